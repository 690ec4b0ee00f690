import { createHash } from "node:crypto";
import { canonicalExpression } from "./canonical.ts";
import { OBJECTS } from "./catalog-objects.ts";
import { RELATIONS } from "./catalog-relations.ts";
import { SCOPE } from "./catalog-scope.ts";
import type { Connection } from "./connection.ts";
import { lettingLocksGo } from "./locks.ts";

/** What the server's printed definitions depend on, fixed here: for one, a side database lacks the live one's settings until it is swapped in. */
const PRINTED: Readonly<Record<string, string>> = {
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
 * A sha256 (hex) over everything the catalogs say of the schema: tables, types, code, rights, owners, comments.
 * Equal after dump and restore and after a swap; blind to oids, statistics, the order of columns, the versions of
 * extensions, and our own objects (the migration history, the schema `savepoint`).
 */
export async function schemaFingerprint(connection: Connection): Promise<string> {
  const lines = await schemaListing(connection);
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** The sorted lines behind the fingerprint, one for each object, to show a difference. */
export async function schemaListing(connection: Connection): Promise<readonly string[]> {
  const before = await settings(connection, PRINTED);
  // Of each view that is printed the tables are locked.
  const rows = await lettingLocksGo(connection, async () => await readObjects(connection)).catch(async (error: unknown) => {
    // In a transaction that failed nothing can be set, and its end takes the settings back.
    await settings(connection, before).catch(() => undefined);
    throw error;
  });
  await settings(connection, before);
  return rows
    .map((row) => `${row.kind} ${row.name}: ${canonicalExpression(row.definition)}`.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"))
    .sort();
}

async function readObjects(
  connection: Connection,
): Promise<readonly { readonly kind: string; readonly name: string; readonly definition: string }[]> {
  return await connection.query(`WITH ${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}`);
}

/** Sets and returns what was set before. */
async function settings(connection: Connection, wanted: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const rows = await connection.query<{ name: string; before: string }>(
    "SELECT w.name, w.before FROM (SELECT name, setting, current_setting(name) AS before FROM unnest($1::text[], $2::text[]) AS given(name, setting) OFFSET 0) w, LATERAL set_config(w.name, w.setting, false)",
    [Object.keys(wanted), Object.values(wanted)],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.before]));
}
