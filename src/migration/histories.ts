import { refusal } from "../core/failure.ts";
import type { HistoryEntry, HistoryTable } from "../core/history.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, qualified } from "../postgres/literal.ts";
import { KNOWN_TOOLS, type KnownTool } from "./known.ts";
import { toolOf } from "./tool-of.ts";

/** A table in which a tool records what it applied. */
export interface FoundTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly readable: boolean;
  readonly known: KnownTool | undefined;
}

/**
 * What every migration tool's table in this database says was applied: ours and those of the known tools, found by
 * their columns in all schemas, and the tables named in `history-tables`. Ordered by table; entries oldest first.
 * Reads only, and works inside a transaction of the caller's. Refuses where a table may not be read, with the GRANT.
 */
export async function readHistories(connection: Connection, extraTables: readonly string[] = []): Promise<HistoryTable[]> {
  const tables: HistoryTable[] = [];
  for (const found of await connection.atOnce(async () => await findHistories(connection, extraTables))) {
    const entries = found.known === undefined ? await readUnknown(connection, found) : await readKnown(connection, found, found.known);
    tables.push({ table: displayName(found), tool: found.known?.tool ?? "unknown", entries });
  }
  return tables;
}

/** Where they are, by table. Inside of `atOnce` it is one round trip, but for what `extraTables` spells oddly. */
export async function findHistories(connection: Connection, extraTables: readonly string[]): Promise<readonly FoundTable[]> {
  const [known, ...extras] = await Promise.all([
    findKnown(connection),
    ...extraTables.map(async (table) => await findExtra(connection, table)),
  ]);
  const unknown = extras.flat().filter((found) => !known.some((one) => one.schema === found.schema && one.name === found.name));
  const found = [...known, ...unknown].sort(byTable);
  for (const one of found) refuseUnreadable(one, connection);
  return found;
}

/** What the tables are called in which the known tools record what they applied, whether they may be read or not. */
export async function historyTableNames(connection: Connection): Promise<readonly string[]> {
  return (await connection.atOnce(async () => await findKnown(connection))).map((found) => displayName(found));
}

/** Those of `history-tables` that this database does not have: mistyped, or not made yet. For a warning. */
export async function absentTables(connection: Connection, extraTables: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(extraTables.map(async (table) => ({ table, found: await findExtra(connection, table) })));
  return found.filter((one) => one.found.length === 0).map((one) => one.table);
}

function byTable(a: FoundTable, b: FoundTable): number {
  const [left, right] = [`${a.schema}\0${a.name}`, `${b.schema}\0${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `public.schema_migrations`, `public."SequelizeMeta"`. */
export function displayName(found: Pick<FoundTable, "schema" | "name">): string {
  return [found.schema, found.name].map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name))).join(".");
}

const TABLES = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, a.columns,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') AS columns FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) a
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

async function findKnown(connection: Connection): Promise<readonly FoundTable[]> {
  // Rarest columns first would be faster still; one pass over the catalog is fast enough.
  const signatures = KNOWN_TOOLS.map((known) => `a.columns @> ARRAY[${known.columns.map((column) => `'${column}'`).join(", ")}]::text[]`);
  const neighbours = new Set(KNOWN_TOOLS.flatMap((known) => known.beside ?? []));
  const [rows, beside] = await Promise.all([
    connection.query<Omit<FoundTable, "known">>(`${TABLES} AND (${signatures.join(" OR ")})`),
    connection.query<{ schema: string; name: string }>(`${TABLES} AND c.relname = ANY ($1)`, [[...neighbours]]),
  ]);
  return rows.flatMap((row) => {
    const known = toolOf(row.name, row.columns, (name) => beside.some((one) => one.schema === row.schema && one.name === name));
    return known === undefined ? [] : [{ ...row, known }];
  });
}

/** Without a schema in every one: what the search path is by now, a failed version may have set. */
async function findExtra(connection: Connection, table: string): Promise<readonly FoundTable[]> {
  for (const name of [asWritten(table), asExact(table)]) {
    if (name === undefined) continue;
    const rows = await connection.query<Omit<FoundTable, "known">>(
      `${TABLES} AND c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2)`,
      [name.name, name.schema ?? null],
    );
    if (rows.length > 0) return rows.map((row) => ({ ...row, known: undefined }));
  }
  return [];
}

interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
}

const NAME = String.raw`"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)`;
const WRITTEN = new RegExp(`^(?:(?:${NAME})\\.)?(?:${NAME})$`, "u");

/** As SQL reads it, where it is SQL. */
function asWritten(table: string): TableName | undefined {
  const match = WRITTEN.exec(table);
  if (!match) return undefined;
  const [, quotedSchema, schema, quotedName, name] = match;
  return { schema: unquoted(quotedSchema, schema), name: unquoted(quotedName, name) ?? "" };
}

function unquoted(quoted: string | undefined, plain: string | undefined): string | undefined {
  return quoted?.replaceAll('""', '"') ?? plain?.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** With capitals and dashes meant literally, as people write them in settings: `SequelizeMeta`, `my-app.migrations`. */
function asExact(table: string): TableName | undefined {
  const [first = "", ...rest] = table.replaceAll('"', "").split(".");
  const [schema, name] = rest.length === 0 ? [undefined, first] : [first, rest.join(".")];
  return schema === "" || name === "" ? undefined : { schema, name };
}

function refuseUnreadable(found: FoundTable, connection: Connection): void {
  if (found.readable) return;
  const role = identifier(connection.target.user);
  throw refusal(`The migration history ${displayName(found)} may not be read by ${connection.target.user}.`, {
    code: "42501",
    hint: `GRANT USAGE ON SCHEMA ${identifier(found.schema)} TO ${role}; GRANT SELECT ON ${qualified(found.schema, found.name)} TO ${role};`,
  });
}

async function readKnown(connection: Connection, found: FoundTable, known: KnownTool): Promise<readonly HistoryEntry[]> {
  const table = qualified(found.schema, found.name);
  const rows = await connection.query<{ version: string | null; checksum: string | null; state: HistoryEntry["state"] }>(
    `SELECT ${known.version} AS version, ${known.checksum ?? "NULL"} AS checksum, ${known.state ?? "'applied'"} AS state
     FROM ${table} t WHERE ${known.where ?? "true"} ORDER BY ${known.order}`.replaceAll("%table%", () => table),
  );
  return rows.map((row) => ({ version: row.version ?? "", ...(row.checksum !== null && { checksum: row.checksum }), state: row.state }));
}

/** Every row counts, whatever it means: its hash, and its first column's text as version. */
async function readUnknown(connection: Connection, found: FoundTable): Promise<readonly HistoryEntry[]> {
  const [column] = found.columns;
  const first = column === undefined ? "''" : `t.${identifier(column)}`;
  const [zone] = await connection.query<{ zone: string; digits: string }>(
    "SELECT current_setting('TimeZone') AS zone, current_setting('extra_float_digits') AS digits",
  );
  // Times and floats print as the session says, and the hash must be the same in every session.
  await connection.query("SELECT set_config('TimeZone', 'UTC', false), set_config('extra_float_digits', '1', false)");
  const rows = await connection.query<{ version: string | null; checksum: string }>(
    `SELECT ${first}::text AS version, encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS checksum
     FROM ${qualified(found.schema, found.name)} t ORDER BY ${first}::text COLLATE "C" NULLS FIRST, 2`,
  );
  await connection.query("SELECT set_config('TimeZone', $1, false), set_config('extra_float_digits', $2, false)", [
    zone?.zone ?? "UTC",
    zone?.digits ?? "1",
  ]);
  return rows.map((row) => ({ version: row.version ?? "", checksum: row.checksum, state: "applied" }));
}
