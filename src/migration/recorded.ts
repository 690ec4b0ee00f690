import type { HistoryEntry } from "../core/history.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier, qualified } from "../postgres/literal.ts";
import { displayName, findHistories, type FoundTable } from "./histories.ts";
import { findHistory, type HistoryPlace, type HistoryRow, readRows } from "./history.ts";

/** What a tool's own table says of one migration; what it does not say is undefined. */
export interface Recorded {
  readonly version: string;
  readonly state: HistoryEntry["state"];
  readonly at: Date | undefined;
  readonly tookMs: number | undefined;
  readonly by: string | undefined;
}

/** One tool's table, the oldest migration first. */
export interface RecordedTable {
  readonly table: string;
  /** `unknown` for a table named by `history-tables`: there every row counts as applied. */
  readonly tool: string;
  readonly entries: readonly Recorded[];
}

/** All that the database tells of what was applied to it. */
export interface Histories {
  /** Where our history is, or whose table has its name; undefined where there is none. */
  readonly place: Exclude<HistoryPlace, { state: "absent" }> | undefined;
  readonly rows: readonly HistoryRow[];
  readonly others: readonly RecordedTable[];
}

/**
 * Reads our history and those of the other tools, in two round trips: where they are, and what they say. Wants the session's search
 * path to be the application's.
 */
export async function readAllHistories(connection: Connection, extraTables: readonly string[]): Promise<Histories> {
  const [tables, place] = await connection.atOnce(
    async () => await Promise.all([findHistories(connection, extraTables), findHistory(connection)]),
  );
  const others = tables.filter(({ known }) => known?.tool !== "savepoint");
  const [rows, recorded] = await connection.atOnce(
    async () =>
      await Promise.all([
        place?.state === "ours" ? readRows(connection, place.schema) : [],
        Promise.all(others.map(async (found) => await readRecorded(connection, found))),
      ]),
  );
  return { place, rows, others: recorded };
}

interface RecordedRow {
  readonly version: string | null;
  readonly state: HistoryEntry["state"];
  readonly at: Date | null;
  readonly took: number | null;
  readonly by: string | null;
}

async function readRecorded(connection: Connection, found: FoundTable): Promise<RecordedTable> {
  const { known } = found;
  const table = qualified(found.schema, found.name);
  const [column] = found.columns;
  const version = known?.version ?? (column === undefined ? "''" : `t.${identifier(column)}::text`);
  const rows = await connection.query<RecordedRow & Record<string, unknown>>(
    `SELECT ${version} AS version, ${known?.state ?? "'applied'"} AS state, ${momentOf(known?.at)} AS at,
       (${known?.took ?? "NULL"})::float8 AS took, (${known?.by ?? "NULL"})::text AS by
     FROM ${table} t WHERE ${known?.where ?? "true"} ORDER BY ${known?.order ?? `${version} COLLATE "C"`}`.replaceAll(
      "%table%",
      () => table,
    ),
  );
  return {
    table: displayName(found),
    tool: known?.tool ?? "unknown",
    entries: rows.map((row) => ({
      version: row.version ?? "",
      state: row.state,
      at: row.at ?? undefined,
      tookMs: row.took ?? undefined,
      by: row.by ?? undefined,
    })),
  };
}

/**
 * A time without a zone is read as UTC, whatever the session's zone is. Tools' versions differ in which of the two they have, and a
 * table of the same columns may be anybody's: what is no time at all is none. Each is cast behind its type, by way of its text, since
 * PostgreSQL checks the casts of all branches before it runs one.
 */
function momentOf(at: string | undefined): string {
  if (at === undefined) return "NULL::timestamptz";
  const text = `(${at})::text`;
  return `CASE pg_typeof(${at})
    WHEN 'timestamptz'::regtype THEN ${text}::timestamptz
    WHEN 'timestamp'::regtype THEN ${text}::timestamp AT TIME ZONE 'UTC'
    WHEN 'date'::regtype THEN ${text}::timestamp AT TIME ZONE 'UTC'
  END`;
}
