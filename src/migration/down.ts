import { Failure, refusal, stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Database } from "../postgres/database.ts";
import { waitForDumps } from "../postgres/sessions.ts";
import { type Bookmark, runByStatement } from "./by-statement.ts";
import { historyName, type HistoryRow, historySchema, locateHistory, readRows, refuseForeign } from "./history.ts";
import { deleteRow, noteFailure, updateProgress } from "./history-writing.ts";
import { holdMigrationLock, type LockPorts } from "./lock.ts";
import { canonicalVersion, compareMigrationVersions, type Script, sameMigrationVersion } from "./migration.ts";
import { statementProblem, wordsOf } from "./rules.ts";
import { readSections } from "./sections.ts";
import { splitStatements } from "./split.ts";
import type { MigrateOutputs } from "./status.ts";
import { type StatementLimits, runInTransaction, type ScriptWorld } from "./transaction.ts";

const DUMP_WAIT_MS = 30 * 60_000;

/** What going down would do, decided from the history alone: no file is needed. */
export interface DownPlan {
  /** In the order in which they would be taken back: the last applied first. */
  readonly steps: readonly DownStep[];
  /** Why it cannot be done, a line for each version; empty where it can. */
  readonly problems: readonly string[];
  /** What would be lost, by keyword, a line for each statement. */
  readonly losses: readonly string[];
}

export interface DownStep {
  readonly row: HistoryRow;
  /** Absent where there is none to run. */
  readonly script?: Script;
  /** Why it cannot be taken back. */
  readonly problem?: string;
  /** What its DOWN would lose, by keyword. */
  readonly losses: readonly string[];
}

/** How far: to a version (which stays), by a number of steps, or to a set of versions that shall remain. */
export type DownTarget = { readonly to: string } | { readonly steps: number } | { readonly keep: readonly string[] };

/** Plans from the history's rows. Pure. */
export function planDown(rows: readonly HistoryRow[], target: DownTarget): DownPlan {
  const latestFirst = rows.toReversed();
  const chosen = choose(latestFirst, target);
  const problems: string[] = [];
  const losses: string[] = [];
  if ("keep" in target) {
    const have = new Set(rows.map((row) => canonicalVersion(row.version)));
    for (const version of target.keep)
      if (!have.has(canonicalVersion(version))) problems.push(`${version}: is not applied, and going down cannot bring it`);
  }
  const steps = chosen.map((row): DownStep => {
    const script = scriptOfDown(row);
    const problem = problemOf(row, script);
    const lost = (script?.statements ?? []).flatMap((statement) => {
      const loss = lossOf(wordsOf(statement));
      return loss === undefined ? [] : [`line ${statement.line} of its DOWN: ${loss}`];
    });
    if (problem !== undefined) problems.push(`${row.version} (${row.description}): ${problem}`);
    losses.push(...lost.map((loss) => `${row.version} (${row.description}), ${loss}`));
    return { row, losses: lost, ...(script !== undefined && { script }), ...(problem !== undefined && { problem }) };
  });
  return { steps, problems, losses };
}

/**
 * The same, read from the database: what is applied beyond `keep`, and whether all of it has a DOWN. Where
 * `schema_migrations` is another tool's, nothing of ours is applied.
 */
export async function downPlan(connection: Connection, keep: readonly string[]): Promise<DownPlan> {
  const schema = await historySchema(connection);
  return planDown(schema === undefined ? [] : await readRows(connection, schema), { keep });
}

function choose(latestFirst: readonly HistoryRow[], target: DownTarget): readonly HistoryRow[] {
  if ("steps" in target) return latestFirst.slice(0, target.steps);
  if ("to" in target) return latestFirst.filter((row) => compareMigrationVersions(row.version, target.to) > 0);
  const kept = new Set(target.keep.map(canonicalVersion));
  return latestFirst.filter((row) => !kept.has(canonicalVersion(row.version)));
}

/** The DOWN that the history keeps. */
export function scriptOfDown(row: HistoryRow): Script | undefined {
  if (row.downSql === undefined) return undefined;
  const { down } = readSections(row.downSql, "down");
  const { statements } = splitStatements(row.downSql);
  return { file: `the DOWN of ${row.version}`, sql: row.downSql, statements, transactional: down?.transactional ?? true };
}

function problemOf(row: HistoryRow, script: Script | undefined): string | undefined {
  if (row.state !== "applied" && row.progress?.direction !== "down") {
    return `is half applied (statement ${row.progress?.done ?? 0} of ${row.progress?.of ?? "?"}); let \`apply\` finish it first`;
  }
  if (row.irreversible) return "is marked irreversible";
  if (script === undefined || script.statements.length === 0) return "has no DOWN";
  const forbidden = script.statements
    .map((statement) => statementProblem(statement, script.transactional))
    .find((problem) => problem !== undefined);
  return forbidden;
}

/** By keyword. */
export function lossOf(words: readonly string[]): string | undefined {
  const [first, second] = words;
  if (first === "TRUNCATE") return "TRUNCATE empties tables";
  if (first === "DELETE") return "DELETE removes rows";
  if (first === "DROP" && ["TABLE", "SCHEMA", "SEQUENCE", "DATABASE", "OWNED"].includes(second ?? ""))
    return `DROP ${second} loses what is in it`;
  if (first === "DROP" && second === "MATERIALIZED") return "DROP MATERIALIZED VIEW loses its rows";
  if (first === "ALTER" && second === "TABLE") {
    const drops = words.some(
      (word, index) =>
        word === "DROP" && !["CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION", "TRIGGER"].includes(words[index + 1] ?? ""),
    );
    if (drops) return "ALTER TABLE … DROP loses a column's values";
  }
  if (words.includes("CASCADE")) return "CASCADE takes what depends on it along";
  return words.some((word, index) => word === "DELETE" && words[index + 1] === "FROM") ? "DELETE removes rows" : undefined;
}

export interface DownRequest {
  readonly database: Database;
  readonly target: DownTarget;
  readonly limits: StatementLimits;
  readonly ports: LockPorts;
  readonly lockWaitMs?: number | undefined;
  /** Whoever calls has told what is lost; else it is a warning. */
  readonly lossesTold?: true | undefined;
  /** Told of each that was taken back, and how long that took. Milliseconds. */
  readonly onTakenBack?: ((version: string, ms: number) => void) | undefined;
}

/**
 * Takes applied migrations back with the DOWN that the history keeps, the last applied first, each atomic with the
 * removal of its row. All that is missing or irreversible is said before anything runs (exit 2).
 * `applied` of the result is empty, `reverted` are the versions that are gone.
 */
export async function downMigrations(request: DownRequest): Promise<MigrateOutputs & { readonly reverted: readonly string[] }> {
  const { database, ports } = request;
  await using lock = await holdMigrationLock({ database, ports, waitMs: request.lockWaitMs });
  const schema = await historySchema(lock.connection);
  if (schema === undefined) refuseForeign(await locateHistory(lock.connection));
  const rows = schema === undefined ? [] : await readRows(lock.connection, schema);
  refuseUnknown(rows, request.target);
  const plan = planDown(rows, request.target);
  refuseImpossible(plan);
  const reverted: string[] = [];
  const outputs = () => ({
    applied: [],
    pending: reverted,
    reverted,
    current: newest(rows.filter((row) => !reverted.includes(row.version))),
  });
  if (plan.steps.length === 0) return outputs();
  if (plan.losses.length > 0 && request.lossesTold !== true)
    ports.report.warning(`Going down loses data (by keyword): ${plan.losses.join("; ")}.`);
  await waitForDumps(database, { clock: ports.clock, report: ports.report, signal: ports.signal, timeoutMs: DUMP_WAIT_MS });
  const world: ScriptWorld = { database, lock, ports, limits: request.limits };
  for (const { row, script } of plan.steps) {
    try {
      stopIfCancelled(ports.signal);
      await lock.confirm();
      const started = ports.clock.now().getTime();
      if (script !== undefined && schema !== undefined) await downOne({ row, script, schema, world });
      const ms = ports.clock.now().getTime() - started;
      ports.report.say(`Took back ${row.version} (${row.description}) in ${formatDuration(ms)}`);
      request.onTakenBack?.(row.version, ms);
      reverted.push(row.version);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const gone = reverted.length === 0 ? "Nothing was taken back" : `Taken back before it: ${reverted.join(", ")}`;
      throw error.with({
        outputs: { ...error.outputs, applied: [], pending: reverted, current: outputs().current },
        state: [...error.state, gone],
      });
    }
  }
  return outputs();
}

function refuseUnknown(rows: readonly HistoryRow[], target: DownTarget): void {
  if (!("to" in target) || /^0+$/.test(target.to) || rows.some((row) => sameMigrationVersion(row.version, target.to))) return;
  throw refusal(`Version ${target.to} is not applied, so there is no going down to it.`, {
    code: "migration-unknown",
    hint: `\`to\` is the version that stays, one of ${
      rows
        .map((row) => row.version)
        .slice(-10)
        .join(", ") || "none: nothing is applied"
    }; 0 takes everything back.`,
  });
}

function refuseImpossible(plan: DownPlan): void {
  const [first] = plan.problems;
  if (first === undefined) return;
  throw refusal(
    plan.problems.length === 1
      ? `Cannot go down: ${first}.`
      : `Cannot go down: ${plan.problems.length} of ${plan.steps.length} migrations cannot be taken back.`,
    {
      code: "no-way-down",
      hint: "Nothing was run. Go down less far, or restore the savepoint: a rollback with `database: restore`.",
      ...(plan.problems.length > 1 && { evidence: plan.problems }),
    },
  );
}

async function downOne({
  row,
  script,
  schema,
  world,
}: {
  readonly row: HistoryRow;
  readonly script: Script;
  readonly schema: string;
  readonly world: ScriptWorld;
}): Promise<void> {
  if (!script.transactional) {
    await runByStatement(script, world, downBookmark(row, schema));
    return;
  }
  await runInTransaction(script, world, {
    record: async (connection) => await deleteRow(connection, schema, row.version),
    isRecorded: async (connection) =>
      (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [row.version])).length === 0,
  });
}

function downBookmark(row: HistoryRow, schema: string): Bookmark {
  return {
    from: row.progress?.direction === "down" ? row.progress : undefined,
    direction: "down",
    save: async (connection, progress) => await updateProgress(connection, schema, row.version, "running", progress),
    finish: async (connection) => await deleteRow(connection, schema, row.version),
    fail: async (connection, progress, untouched) =>
      await noteFailure(connection, schema, row.version, progress, untouched ? "applied" : "failed"),
  };
}

function newest(rows: readonly HistoryRow[]): string {
  return (
    rows
      .map((row) => row.version)
      .toSorted(compareMigrationVersions)
      .at(-1) ?? ""
  );
}
