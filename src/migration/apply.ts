import { Failure, refusal, stopIfCancelled } from "../core/failure.ts";
import { formatDuration, plural } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Database } from "../postgres/database.ts";
import { waitForDumps } from "../postgres/sessions.ts";
import { type Bookmark, runByStatement } from "./by-statement.ts";
import { type Comparison, compareWithHistory, refuseChanged, refuseUnfinished } from "./compare.ts";
import { historyName, type HistoryRow, readHistory } from "./history.ts";
import { type Applier, createHistory, insertRow, noteFailure, replaceText, updateProgress } from "./history-writing.ts";
import { holdMigrationLock, type LockPorts } from "./lock.ts";
import { compareMigrationVersions, type Migration, sameMigrationVersion } from "./migration.ts";
import { type MigrateOutputs, outputsOf } from "./status.ts";
import { type StatementLimits, runInTransaction, type ScriptWorld } from "./transaction.ts";

const DUMP_WAIT_MS = 30 * 60_000;

export interface ApplyRequest extends Applier {
  readonly database: Database;
  readonly migrations: readonly Migration[];
  readonly limits: StatementLimits;
  readonly ports: LockPorts;
  /** The last version to apply; all that is pending where not given. */
  readonly to?: string | undefined;
  /** At most so many. */
  readonly steps?: number | undefined;
  /** How long to wait for another run's lock, milliseconds; default 5 min. */
  readonly lockWaitMs?: number | undefined;
  /** Told at the end of each file that is one transaction, inside of it: what it holds can still be seen. */
  readonly beforeCommit?: ((migration: Migration, connection: Connection) => Promise<void>) | undefined;
}

/**
 * Applies what is pending, in the order of versions, each file atomic with its history row. Idempotent.
 * Throws before anything is touched where an applied file changed (exit 2), or another tool's history is found; a Failure
 * of a file carries the outputs so far: what was applied before it stays.
 */
export async function applyMigrations(request: ApplyRequest): Promise<MigrateOutputs> {
  const { database, ports } = request;
  const before = await look(request);
  if (selectPending(before, request).length === 0) return outputsOf(before);
  await using lock = await holdMigrationLock({ database, ports, waitMs: request.lockWaitMs });
  // Another run may have been at work while we waited.
  const now = await look(request);
  const todo = selectPending(now, request);
  if (todo.length === 0) return outputsOf(now);
  for (const migration of now.outOfOrder.filter((one) => todo.includes(one))) {
    ports.report.warning(`${migration.up.file} is older than ${now.current}, which is applied already; it is applied now.`);
  }
  for (const row of now.missing)
    ports.report.warning(`${row.version} (${row.description}) is applied and has no file here: the database is ahead of this commit.`);
  await waitForDumps(database, { clock: ports.clock, report: ports.report, signal: ports.signal, timeoutMs: DUMP_WAIT_MS });
  const schema = await prepare(database);
  const world: ScriptWorld = { database, lock, ports, limits: request.limits };
  const applied: string[] = [];
  for (const migration of todo) {
    try {
      stopIfCancelled(ports.signal);
      await lock.confirm();
      const started = ports.clock.now().getTime();
      await applyOne(migration, {
        request,
        world,
        schema,
        row: now.unfinished.find((row) => sameMigrationVersion(row.version, migration.version)),
      });
      ports.report.say(`Applied ${migration.up.file} in ${formatDuration(ports.clock.now().getTime() - started)}`);
      applied.push(migration.version);
    } catch (error) {
      throw withOutcome(error, { now, applied, migration, migrations: request.migrations });
    }
  }
  const pending = now.pending.filter((migration) => !todo.includes(migration));
  return { applied, pending: pending.map((migration) => migration.version), current: newest([...applied, now.current ?? ""]) };
}

async function look(request: ApplyRequest): Promise<Comparison> {
  await using connection = await request.database.connect("migrate look", { signal: request.ports.signal });
  const comparison = compareWithHistory(request.migrations, await readHistory(connection));
  refuseChanged(comparison);
  refuseUnfinished(comparison);
  return comparison;
}

/** What `to` and `steps` leave of the pending ones. Throws a refusal where `to` is no version. */
export function selectPending(
  comparison: Comparison,
  wanted: { readonly migrations: readonly Migration[]; readonly to?: string | undefined; readonly steps?: number | undefined },
): readonly Migration[] {
  const { to, steps } = wanted;
  if (to !== undefined && !wanted.migrations.some((migration) => sameMigrationVersion(migration.version, to))) {
    throw refusal(`There is no migration with version ${to}.`, {
      code: "migration-unknown",
      hint: `\`to\` is one of ${
        wanted.migrations
          .map((migration) => migration.version)
          .slice(-10)
          .join(", ") || "none: the folder is empty"
      }`,
    });
  }
  const bounded = comparison.pending.filter((migration) => to === undefined || compareMigrationVersions(migration.version, to) <= 0);
  return steps === undefined ? bounded : bounded.slice(0, steps);
}

async function prepare(database: Database): Promise<string> {
  await using connection = await database.connect("migrate look");
  return await createHistory(connection);
}

interface One {
  readonly request: ApplyRequest;
  readonly world: ScriptWorld;
  readonly schema: string;
  /** Where an earlier run stopped in the middle. */
  readonly row: HistoryRow | undefined;
}

async function applyOne(migration: Migration, { request, world, schema, row }: One): Promise<void> {
  if (!migration.up.transactional) {
    await runByStatement(migration.up, world, upBookmark(migration, { request, schema, row }));
    return;
  }
  await runInTransaction(migration.up, world, {
    record: async (connection) => {
      await request.beforeCommit?.(migration, connection);
      await insertRow(connection, schema, migration, { ...applier(request), state: "applied" });
    },
    isRecorded: async (connection) =>
      (await connection.query(`SELECT FROM ${historyName(schema)} WHERE version = $1`, [migration.version])).length > 0,
  });
}

function applier(request: Applier): Applier {
  return { appliedBy: request.appliedBy, deployId: request.deployId };
}

function upBookmark(migration: Migration, { request, schema, row }: Omit<One, "world">): Bookmark {
  let written = false;
  return {
    from: row?.progress,
    direction: "up",
    save: async (connection, progress) => {
      if (!written) {
        // The text may have been mended behind the statements that are done; the row then takes the new one.
        if (row !== undefined) await replaceText(connection, schema, migration, row.version);
        else await insertRow(connection, schema, migration, { ...applier(request), state: "running", progress });
        written = true;
      }
      await updateProgress(connection, schema, migration.version, "running", progress);
    },
    finish: async (connection) => {
      if (!written && row !== undefined) await replaceText(connection, schema, migration, row.version);
      await updateProgress(connection, schema, migration.version, "applied", undefined);
    },
    fail: async (connection, progress, untouched) =>
      await noteFailure(connection, schema, migration.version, progress, untouched ? "gone" : "failed"),
  };
}

function withOutcome(
  error: unknown,
  run: {
    readonly now: Comparison;
    readonly applied: readonly string[];
    readonly migration: Migration;
    readonly migrations: readonly Migration[];
  },
): unknown {
  if (!(error instanceof Failure)) return error;
  const pending = run.now.pending.map((migration) => migration.version).filter((version) => !run.applied.includes(version));
  const earlier =
    run.applied.length === 0
      ? "Nothing was applied"
      : `${plural(run.applied.length, "migration")} of this run ${run.applied.length === 1 ? "is" : "are"} applied and stay: ${run.applied.join(", ")}`;
  return error.with({
    outputs: { ...error.outputs, applied: run.applied, pending, current: newest([...run.applied, run.now.current ?? ""]) },
    state: [
      ...error.state,
      ...(run.migration.up.transactional && error.code !== "outcome-unknown"
        ? [`${run.migration.up.file}: rolled back, nothing of it is in the database`]
        : []),
      earlier,
    ],
  });
}

function newest(versions: readonly string[]): string {
  return (
    versions
      .filter((version) => version !== "")
      .toSorted(compareMigrationVersions)
      .at(-1) ?? ""
  );
}
