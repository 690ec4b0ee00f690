import { createHash } from "node:crypto";
import { canonicalExpression } from "./canonical.ts";
import { OBJECTS } from "./catalog-objects.ts";
import { RELATIONS, STATES } from "./catalog-relations.ts";
import { SCOPE, VERBATIM } from "./catalog-scope.ts";
import type { Connection } from "./connection.ts";
import { writeFingerprint } from "./likeness.ts";
import { lettingLocksGo } from "./locks.ts";

/** What the server's printed definitions depend on, fixed here: for one, a side database lacks the live one's settings until it is swapped in. */
export const PRINTED: Readonly<Record<string, string>> = {
  search_path: "",
  TimeZone: "UTC",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  extra_float_digits: "1",
  bytea_output: "hex",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  // Compiling the long query takes longer than running it.
  jit: "off",
};

/**
 * What the catalogs say of the schema, as `<algorithm>.<server's major version>:<sha256>`: tables, types, code, rights, owners, comments.
 * Equal after dump and restore and after a swap; blind to oids, statistics, the order of columns, the versions of
 * extensions, and our own objects (the migration history, our schema `savepoint`). Switched-off foreign keys, which no
 * restore brings back, make a second sum behind a plus. See docs/fingerprint.md. Compare with `compareFingerprints`.
 */
export async function schemaFingerprint(connection: Connection): Promise<string> {
  const { lines, states } = await readSchema(connection);
  const { serverVersion } = connection;
  return writeFingerprint({ serverVersion, restored: sum(lines), beyond: states.length === 0 ? undefined : sum(states) });
}

/** The sorted lines behind what a restore brings back, one for each object, to show a difference. */
export async function schemaListing(connection: Connection): Promise<readonly string[]> {
  return (await readSchema(connection)).lines;
}

/** The same, with what no restore brings back. */
export async function wholeListing(connection: Connection): Promise<readonly string[]> {
  const { lines, states } = await readSchema(connection);
  return [...lines, ...states];
}

function sum(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  /** Null where nothing is said of it. */
  readonly definition: string | null;
}

async function readSchema(connection: Connection): Promise<{ readonly lines: readonly string[]; readonly states: readonly string[] }> {
  const before = await settings(connection, PRINTED);
  // Of each view that is printed the tables are locked.
  const read = await lettingLocksGo(connection, async () => await readObjects(connection)).catch(async (error: unknown) => {
    // In a transaction that failed nothing can be set, and its end takes the settings back.
    await settings(connection, before).catch(() => undefined);
    throw error;
  });
  await settings(connection, before);
  return { lines: read.objects.map(lineOf).sort(), states: read.states.map(lineOf).sort() };
}

async function readObjects(
  connection: Connection,
): Promise<{ readonly objects: readonly SchemaObject[]; readonly states: readonly SchemaObject[] }> {
  return {
    objects: await connection.query<SchemaObject>(`${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}`),
    states: await connection.query<SchemaObject>(`${SCOPE} ${STATES}`),
  };
}

function lineOf({ kind, name, definition: said }: SchemaObject): string {
  const definition = said ?? "";
  const at = definition.indexOf(VERBATIM);
  const shown = at < 0 ? canonicalExpression(definition) : canonicalExpression(definition.slice(0, at)) + definition.slice(at + 1);
  return `${kind} ${name}: ${shown}`.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Sets and returns what was set before. */
async function settings(connection: Connection, wanted: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const rows = await connection.query<{ name: string; before: string }>(
    "SELECT w.name, w.before FROM (SELECT name, setting, current_setting(name) AS before FROM unnest($1::text[], $2::text[]) AS given(name, setting) OFFSET 0) w, LATERAL set_config(w.name, w.setting, false)",
    [Object.keys(wanted), Object.values(wanted)],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.before]));
}
