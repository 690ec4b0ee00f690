import * as v from "valibot";
import { type Failure, refusal } from "../core/failure.ts";
import { readRecord } from "../core/record.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, qualified } from "../postgres/literal.ts";
import { foreignTool } from "./tool-of.ts";

export const HISTORY_TABLE = "schema_migrations";

/** One row of our history: a migration that was applied, or is on its way. */
export interface HistoryRow {
  readonly version: string;
  readonly description: string;
  readonly checksum: string;
  /** `running` and `failed` only for migrations without a transaction: part of their statements are in the database. */
  readonly state: "running" | "applied" | "failed";
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly appliedBy: string;
  readonly deployId: string | undefined;
  readonly upSql: string;
  /** As it was when the migration was applied, so that going down needs no newer code. */
  readonly downSql: string | undefined;
  readonly irreversible: boolean;
  readonly progress: Progress | undefined;
}

const progress = v.object({
  direction: v.picklist(["up", "down"]),
  done: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  of: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  intent: v.optional(v.object({ index: v.pipe(v.number(), v.safeInteger(), v.minValue(0)), existed: v.boolean() })),
});

/**
 * How far a migration without a transaction has come: statements that are `done`, `of` how many. `intent` is what runs
 * now, or ran when we were stopped, and whether what it makes was there before.
 */
export type Progress = v.InferOutput<typeof progress>;

/** Whose table it is, where it is or would be. */
export type HistoryPlace =
  | { readonly state: "ours"; readonly schema: string }
  | { readonly state: "absent"; readonly schema: string }
  | { readonly state: "foreign"; readonly table: string; readonly tool: string };

/**
 * Looks for our table in the schema that was named, else in every one of the search path (so that a schema that appears
 * later does not hide it), else says where it would be made. A table of that name with other columns is another tool's.
 */
export async function locateHistory(connection: Connection): Promise<HistoryPlace> {
  return (await findHistory(connection)) ?? { state: "absent", schema: await currentSchema(connection) };
}

/** The same in one query, without where it would be made. */
export async function findHistory(connection: Connection): Promise<Exclude<HistoryPlace, { state: "absent" }> | undefined> {
  const { schema: named } = connection.target;
  const rows = await connection.query<{ schema: string; kind: string; columns: string[]; owned: boolean }>(
    `SELECT n.nspname::text AS schema, c.relkind::text AS kind,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND n.nspname = ANY (CASE WHEN $2::text IS NULL THEN current_schemas(false) ELSE ARRAY[$2::name] END) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     ORDER BY array_position(current_schemas(false), n.nspname)`,
    [HISTORY_TABLE, named ?? null],
  );
  for (const row of rows) if (row.kind === "r" && isOurs(row.columns)) return { state: "ours", schema: row.schema };
  const other = rows[0];
  if (other === undefined) return undefined;
  return { state: "foreign", table: `${other.schema}.${HISTORY_TABLE}`, tool: foreignTool(HISTORY_TABLE, other.columns) ?? "another tool" };
}

/**
 * The schema of our table: the one that was named, else the first of the application's search path, else the only one
 * that the database has. What the path is by now, a failed version may have set; undefined where nothing tells which of
 * several is meant.
 */
export async function historySchema(connection: Connection): Promise<string | undefined> {
  const { schema: named } = connection.target;
  const rows = await connection.query<{ schema: string; columns: string[] }>(
    `SELECT n.nspname::text AS schema,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind = 'r' AND n.nspname !~ '^pg_'`,
    [HISTORY_TABLE],
  );
  const ours = rows.filter(({ columns }) => isOurs(columns)).map(({ schema }) => schema);
  const wanted = named === undefined ? await appPath(connection) : [named];
  const first = wanted.find((schema) => ours.includes(schema));
  return first ?? (named === undefined && ours.length === 1 ? ours[0] : undefined);
}

/** The schemas of the search path that role and database give, whatever this session has. */
async function appPath(connection: Connection): Promise<readonly string[]> {
  const [now] = await connection.query<{ path: string }>("SELECT current_setting('search_path') AS path");
  await connection.query("SELECT set_config('search_path', reset_val, false) FROM pg_settings WHERE name = 'search_path'");
  const [row] = await connection.query<{ schemas: string[] }>("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[] AS schemas");
  await connection.query("SELECT pg_catalog.set_config('search_path', $1, false)", [now?.path ?? ""]);
  return row?.schemas ?? [];
}

async function currentSchema(connection: Connection): Promise<string> {
  const { schema: named, user } = connection.target;
  const [row] = await connection.query<{ schema: string | null; path: string }>(
    `SELECT CASE WHEN $1::text IS NULL THEN current_schema()::text ELSE (SELECT nspname::text FROM pg_namespace WHERE nspname = $1) END AS schema,
       current_setting('search_path') AS path`,
    [named ?? null],
  );
  if (row?.schema) return row.schema;
  const owner = identifier(user);
  if (named !== undefined) {
    throw refusal(`There is no schema ${named} in ${connection.target.database}, and the migrations are to work in it.`, {
      code: "3F000",
      hint: `CREATE SCHEMA ${identifier(named)} AUTHORIZATION ${owner};`,
    });
  }
  throw refusal(`No schema of the search path (${row?.path || "which is empty"}) exists, so there is no place for ${HISTORY_TABLE}.`, {
    code: "3F000",
    hint: `Name the schema in which the migrations are to work: \`schema: public\` (where there is none: CREATE SCHEMA public AUTHORIZATION ${owner};).`,
  });
}

/** By columns, not by name. */
export function isOurs(columns: readonly string[]): boolean {
  return ["version", "checksum", "state", "started_at", "deploy_id", "up_sql", "down_sql", "progress"].every((column) =>
    columns.includes(column),
  );
}

/** The rows in the order in which they were applied; none where there is no table yet. Refuses another tool's table. */
export async function readHistory(connection: Connection): Promise<readonly HistoryRow[]> {
  const place = await locateHistory(connection);
  refuseForeign(place);
  return place.state === "ours" ? await readRows(connection, place.schema) : [];
}

export function refuseForeign(place: HistoryPlace): asserts place is Exclude<HistoryPlace, { state: "foreign" }> {
  if (place.state === "foreign") throw foreignHistory(place);
}

/** Why nothing of ours is applied where another tool's table has our table's name, and what goes on. */
export function foreignHistory(place: Extract<HistoryPlace, { state: "foreign" }>): Failure {
  return refusal(
    `${place.table} belongs to ${place.tool}; Savepoint keeps its history under that name and never writes to another tool's table.`,
    {
      code: "foreign-history",
      hint: `Go on with ${place.tool} and let \`migrate\` run it (\`run: <its command>\`; rollback reads its history). Taking its history over comes with a later version.`,
    },
  );
}

export async function readRows(connection: Connection, schema: string): Promise<readonly HistoryRow[]> {
  const rows = await connection.query(
    `SELECT version, description, checksum, state, started_at, duration_ms::float8 AS duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress
     FROM ${historyName(schema)} ORDER BY started_at, length(version), version`,
  );
  return rows.map((row) => ({
    version: row["version"] as string,
    description: row["description"] as string,
    checksum: row["checksum"] as string,
    state: row["state"] as HistoryRow["state"],
    startedAt: row["started_at"] as Date,
    durationMs: row["duration_ms"] as number,
    appliedBy: row["applied_by"] as string,
    deployId: (row["deploy_id"] as string | null) ?? undefined,
    upSql: row["up_sql"] as string,
    downSql: (row["down_sql"] as string | null) ?? undefined,
    irreversible: row["irreversible"] as boolean,
    progress: row["progress"] === null ? undefined : progressOf(row, schema),
  }));
}

/** The only column whose form the table itself does not hold. What is done is not done again by it, so it is not guessed. */
function progressOf({ version, progress: value }: Readonly<Record<string, unknown>>, schema: string): Progress {
  return readRecord(progress, value, {
    what: `How far the migration ${String(version)} came (\`progress\` in ${historyName(schema)})`,
    hint: "Somebody changed it. Look at which of its statements are in the database, and set it right by hand.",
    code: "history-damaged",
  });
}

export function historyName(schema: string): string {
  return qualified(schema, HISTORY_TABLE);
}
