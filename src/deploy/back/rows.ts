import type { Manifest } from "../../backup/manifest.ts";
import { clauseOf, Failure } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import { formatCount, plural } from "../../core/format.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { historyTableNames } from "../../migration/histories.ts";
import { countRows } from "../../postgres/counts.ts";
import type { Database } from "../../postgres/database.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { bringBackAsked } from "./bring-back.ts";

/** A table's rows in the live database against the savepoint's. */
export interface RowDifference {
  readonly table: string;
  readonly live: number | undefined;
  readonly savepoint: number | undefined;
}

export interface RowsRequest {
  readonly savepoint: Manifest;
  readonly signal: AbortSignal;
  /** Default: the live database. */
  readonly database?: string;
}

/**
 * Counts every table of a database against the savepoint (counts do not see updates). The history tables of migration tools
 * are left out: their rows are no user's, and that they are fewer after a restore is what was wanted.
 */
export async function compareRows(
  database: Database,
  { savepoint, signal, database: named }: RowsRequest,
): Promise<readonly RowDifference[]> {
  await using connection = await database.connect("count", { admin: true, signal, ...(named !== undefined && { database: named }) });
  const counted = await countRows(connection);
  const histories = new Set([...(await historyTableNames(connection)), ...savepoint.schema.history.map((one) => one.table)]);
  const tables = [...new Set([...counted.keys(), ...Object.keys(savepoint.rows)])].filter((table) => !histories.has(table)).sort();
  return tables.map((table) => ({ table, live: counted.get(table), savepoint: savepoint.rows[table] }));
}

/** The same for people, who must not lose the way back over it: a database that cannot be counted is a warning. */
export async function compareRowsIfReadable(
  environment: Environment,
  database: Database,
  request: RowsRequest,
): Promise<readonly RowDifference[]> {
  try {
    return await compareRows(database, request);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.warning(
      `The rows of ${request.database ?? database.name} could not be counted (${clauseOf(error)}): compare them by hand.`,
    );
    return [];
  }
}

/** What a replaced database holds against the savepoint, counted exactly now that nobody writes to it. */
export async function rowsLeftIn(
  environment: Environment,
  replaced: string | undefined,
  savepoint: Manifest | undefined,
): Promise<readonly RowDifference[]> {
  if (replaced === undefined || savepoint === undefined) return [];
  const { signal } = environment.ports;
  return await compareRowsIfReadable(environment, await databaseOf(environment), { savepoint, signal, database: replaced });
}

/** The tables whose counts differ. */
export function changedTables(rows: readonly RowDifference[]): readonly RowDifference[] {
  return rows.filter((row) => row.live !== row.savepoint);
}

/** `2 tables differ: public.orders 120 → 100 rows, …`. */
export function describeRows(rows: readonly RowDifference[]): string {
  const changed = changedTables(rows);
  if (rows.length === 0) return "No table was compared.";
  if (changed.length === 0)
    return `${rows.length === 1 ? "The 1 table holds" : `All ${plural(rows.length, "table")} hold`} as many rows as the savepoint (updates are not seen by counts).`;
  const shown = changed.slice(0, 20).map((row) => `${row.table}: ${count(row.live)} now, ${count(row.savepoint)} in the savepoint`);
  return [
    `${plural(changed.length, "table")} of ${formatCount(rows.length)} ${changed.length === 1 ? "differs" : "differ"} from the savepoint (updates are not seen by counts):`,
    ...shown.map((line) => `  ${line}`),
  ].join("\n");
}

/** Of how many tables a message tells. */
const TOLD_TABLES = 5;

/** The same in a line each, for the journal and whoever hears of it: `public.orders 120, restored 100`. */
export function rowsTold(rows: readonly RowDifference[]): readonly string[] {
  const changed = changedTables(rows);
  const shown = changed.slice(0, TOLD_TABLES).map((row) => `${row.table} ${count(row.live)}, restored ${count(row.savepoint)}`);
  return changed.length > TOLD_TABLES ? [...shown, `and ${plural(changed.length - TOLD_TABLES, "further table")}`] : shown;
}

/** The rows as a table of the summary: what the replaced database holds and the restored one does not. */
export function rowsBlock(rows: readonly RowDifference[]): Block {
  const changed = changedTables(rows);
  return {
    kind: "table",
    title: "Rows in the replaced database against the restored one (updates are not seen by counts)",
    head: ["table", "replaced", "restored", "difference"],
    rows: changed.map((row) => [row.table, count(row.live), count(row.savepoint), formatCount((row.live ?? 0) - (row.savepoint ?? 0))]),
  };
}

/** How to look into a replaced database: the command to be pasted, and where. */
export async function lookInto(environment: Environment, replaced: string): Promise<string> {
  const { shared, machine } = environment;
  const service = shared["database-service"];
  if (service === undefined) return await lookByAddress(await databaseOf(environment), replaced);
  const command = `${shared["compose-command"]} exec ${service} sh -c 'psql -U "\${POSTGRES_USER:-postgres}" "$0"' ${inQuotes(replaced)}`;
  return `Look into it, in ${shared["app-dir"] ?? "app-dir"} on ${machine.name}: \`${command}\``;
}

/** As it is dialled; the password is asked for. The administrating role may always enter. */
async function lookByAddress({ adminTarget, dialFrom }: Database, replaced: string): Promise<string> {
  const { host, port, user, socket } = adminTarget;
  const command = `${quote(["psql", "-h", socket ?? host, "-p", String(port), "-U", user])} -d ${inQuotes(replaced)}`;
  return `Look into it${dialFrom.local ? "" : `, on ${dialFrom.name}`}: \`${command}\``;
}

/** Where the replaced database is, and what can be done with it. */
export async function keptBlock(environment: Environment, replaced: string): Promise<Block> {
  return { kind: "text", text: [`The replaced database is kept as ${replaced}.`, ...(await waysInto(environment, replaced))].join("\n") };
}

/** What can be done with the replaced database, below the state that names it. */
export async function intoReplacedBlock(environment: Environment, replaced: string): Promise<Block> {
  return { kind: "text", text: ["The replaced database:", ...(await waysInto(environment, replaced))].join("\n") };
}

async function waysInto(environment: Environment, replaced: string): Promise<readonly string[]> {
  return [await lookInto(environment, replaced), bringBackAsked(environment, replaced)];
}

function count(rows: number | undefined): string {
  return rows === undefined ? "no such table" : formatCount(rows);
}
