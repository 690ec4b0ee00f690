import { Cancelled, Failure, stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Database } from "../postgres/database.ts";
import { BlockerWatch, describeBlocker } from "./blockers.ts";
import { type LockPorts, type MigrationLock, RUN } from "./lock.ts";
import type { Script } from "./migration.ts";
import { statementFailure } from "./sql-error.ts";

/** How long statements may wait for locks and run. Milliseconds; 0 means without limit. */
export interface StatementLimits {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** What every run of a script needs. */
export interface ScriptWorld {
  readonly database: Database;
  readonly lock: MigrationLock;
  readonly ports: LockPorts;
  readonly limits: StatementLimits;
}

export const TRIES = 5;
/** lock_not_available, deadlock_detected: nothing is wrong with the statement. */
export const WORTH_ANOTHER_TRY = ["55P03", "40P01"];
const RECONNECT_MS = 30_000;

/**
 * Runs a script in one transaction together with `record`, the history's part of it: both or neither.
 * A lock that is not free within the limit rolls all of it back, and it is tried again, five times in all.
 * A connection that drops at COMMIT is looked after: `isRecorded` asks a new session how it ended.
 */
export async function runInTransaction(
  script: Script,
  world: ScriptWorld,
  history: {
    readonly record: (connection: Connection) => Promise<void>;
    readonly isRecorded: (connection: Connection) => Promise<boolean>;
  },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const blocked = await attemptOnce(script, world, history);
    if (blocked === undefined) return;
    if (attempt === TRIES) throw blocked;
    const pause = attempt * 1000 + (Number.parseInt(world.ports.random(2), 16) % 1000);
    world.ports.report.say(
      `${script.file}: no lock within ${formatDuration(world.limits.lockTimeoutMs)}, rolled back; try ${attempt + 1} of ${TRIES} in ${formatDuration(pause)}`,
    );
    await world.ports.clock.sleep(pause, world.ports.signal);
  }
}

/** Undefined when done; the Failure where another try may help. */
async function attemptOnce(
  script: Script,
  world: ScriptWorld,
  history: Parameters<typeof runInTransaction>[2],
): Promise<Failure | undefined> {
  const { database, ports, limits } = world;
  await using connection = await openSession(world);
  await using watch = watchBlockers(world, connection.pid);
  let committing = false;
  try {
    await connection.transaction(async () => {
      await connection.exec(`SET LOCAL lock_timeout = ${limits.lockTimeoutMs}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
      for (const statement of script.statements) {
        try {
          await connection.exec(statement.sql);
        } catch (error) {
          throw statementFailure(error, statement, script);
        }
      }
      // The file may have changed who speaks.
      await connection.exec("RESET SESSION AUTHORIZATION; RESET ROLE");
      await history.record(connection);
      committing = true;
    }, "ISOLATION LEVEL READ COMMITTED READ WRITE");
    return undefined;
  } catch (error) {
    if (error instanceof Failure && WORTH_ANOTHER_TRY.includes(error.code ?? "")) return scriptLockFailure(error, watch, limits);
    if (!(error instanceof Failure) || error.code !== "connection-lost") throw inTransaction(error, script);
    if (!committing)
      throw error.with({ hint: `${script.file} had not been committed, so nothing of it is in the database. Run it again.` });
    return await settle(error, script, { database, ports, pid: connection.pid, isRecorded: history.isRecorded });
  }
}

/** Constraints that are checked at COMMIT fail there, without a statement to point at. */
function inTransaction(error: unknown, script: Script): unknown {
  if (!(error instanceof Failure) || error.message.startsWith(script.file)) return error;
  return new Failure(`${script.file}: at its end: ${error.message}`, {
    code: error.code,
    cause: error.cause,
    evidence: error.evidence,
    hint: error.hint,
  });
}

/** The session in which files run: cancelling the run cancels its statement. */
export async function openSession(world: ScriptWorld): Promise<Connection> {
  const { database, ports } = world;
  return await database.connect(RUN, { signal: ports.signal, onNotice: (text) => ports.report.detail(text) });
}

export function watchBlockers(world: ScriptWorld, pid: number): BlockerWatch {
  const { limits, ports, lock } = world;
  const intervalMs = limits.lockTimeoutMs === 0 ? 500 : Math.min(500, Math.max(50, Math.floor(limits.lockTimeoutMs / 4)));
  return new BlockerWatch({
    observer: lock.connection,
    pid,
    clock: ports.clock,
    intervalMs,
    onBlocked: (blockers) => ports.report.say(`Waits for a lock held by ${blockers.map(describeBlocker).join("; ")}`),
  });
}

/** Names who was in the way. */
export function scriptLockFailure(error: Failure, watch: BlockerWatch, limits: StatementLimits): Failure {
  const pid = watch.last[0]?.pid;
  const deadlock = error.code === "40P01";
  return error.with({
    evidence: [...error.evidence, ...watch.last.map((blocker) => `held by ${describeBlocker(blocker)}`)],
    hint: deadlock
      ? "It and another session waited for each other, several times: let that one end first."
      : `Let that session end, or end it${pid === undefined ? "" : ` (SELECT pg_terminate_backend(${pid});)`}, or raise lock-timeout (${formatDuration(limits.lockTimeoutMs)}, ${TRIES} tries).`,
  });
}

/** The connection went while COMMIT was on its way: the server knows whether it arrived. */
async function settle(
  lost: Failure,
  script: Script,
  world: {
    readonly database: Database;
    readonly ports: LockPorts;
    readonly pid: number;
    readonly isRecorded: (connection: Connection) => Promise<boolean>;
  },
): Promise<undefined> {
  const { clock, report, signal } = world.ports;
  const until = clock.now().getTime() + RECONNECT_MS;
  for (;;) {
    stopIfCancelled(signal);
    try {
      await using connection = await world.database.connect("migrate check");
      // The old session may still be at its COMMIT; only when it is gone is the answer final.
      const alive = await connection.query(
        "SELECT FROM pg_stat_activity WHERE pid = $1 AND datname = current_database() AND application_name = $2",
        [world.pid, world.database.applicationName(RUN)],
      );
      if (alive.length === 0) {
        if (!(await world.isRecorded(connection))) {
          throw lost.with({
            code: "rolled-back",
            hint: `The connection dropped at COMMIT of ${script.file}; the database says that it was rolled back. Run it again.`,
          });
        }
        report.warning(`The connection dropped at COMMIT of ${script.file}; the database says that it was committed.`);
        return undefined;
      }
    } catch (error) {
      if (error instanceof Cancelled || (error instanceof Failure && error.code === "rolled-back")) throw error;
      report.detail(`not back yet: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (clock.now().getTime() >= until) {
      throw lost.with({
        code: "outcome-unknown",
        exit: 3,
        hint: `The connection dropped at COMMIT of ${script.file}, and the server was not reached again within ${formatDuration(RECONNECT_MS)}: whether it was committed, the command \`migrate status\` will tell.`,
      });
    }
    await clock.sleep(500, signal);
  }
}
