import { Failure, stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import { dropInvalid, existedBefore, indexState, refuseForeignInvalid, traceOf } from "./concurrently.ts";
import type { Progress } from "./history.ts";
import type { Script } from "./migration.ts";
import { outsideTransaction, wordsOf } from "./rules.ts";
import type { Statement } from "./split.ts";
import { statementFailure } from "./sql-error.ts";
import { scriptLockFailure, openSession, type ScriptWorld, TRIES, watchBlockers, WORTH_ANOTHER_TRY } from "./transaction.ts";

/** How the history keeps the place. Each is called outside of a transaction unless said. */
export interface Bookmark {
  /** Where an earlier run stopped, if one did. */
  readonly from: Progress | undefined;
  readonly direction: "up" | "down";
  /** Writes `running` and the progress. May be called inside of a transaction. */
  save(connection: Connection, progress: Progress): Promise<void>;
  /** Writes that all is done. */
  finish(connection: Connection): Promise<void>;
  /** Writes that it failed; where nothing was done and nothing is left behind, that it never began. */
  fail(connection: Connection, progress: Progress, untouched: boolean): Promise<void>;
}

/** Milliseconds for putting things straight after a failure or a cancel: a runner kills us 10 s after that. */
const AFTERMATH = { lockTimeout: 2000, statementTimeout: 4000 };

/**
 * Runs a script whose statements cannot share a transaction, one by one, and resumes behind the last that is done.
 * A statement that can run in a transaction shares one with its progress. For the others the intent is written first;
 * after a crash the catalogs tell whether an index was built, half built (INVALID: dropped and built anew) or not.
 */
export async function runByStatement(script: Script, world: ScriptWorld, bookmark: Bookmark): Promise<void> {
  const of = script.statements.length;
  let progress: Progress = bookmark.from ?? { direction: bookmark.direction, done: 0, of };
  try {
    await using connection = await openSession(world);
    if (bookmark.from !== undefined) world.ports.report.say(`${script.file}: goes on behind statement ${progress.done} of ${of}`);
    for (const [index, statement] of script.statements.entries()) {
      if (index < progress.done) continue;
      stopIfCancelled(world.ports.signal);
      const resumed = bookmark.from?.intent?.index === index ? bookmark.from.intent : undefined;
      const existed = resumed?.existed ?? (await existedBefore(connection, statement));
      progress = { direction: bookmark.direction, done: index, of, intent: { index, existed } };
      await bookmark.save(connection, progress);
      if (resumed === undefined) await refuseForeignInvalid(connection, statement, script.file);
      const done: Progress = { direction: bookmark.direction, done: index + 1, of };
      const save = async (): Promise<void> => await bookmark.save(connection, done);
      if (resumed !== undefined && (await isDone(connection, statement, existed))) await save();
      else await runOne(statement, script, { ...world, connection, existed, save });
      progress = done;
    }
    await bookmark.finish(connection);
  } catch (error) {
    throw await aftermath(error, script, world, bookmark, progress);
  }
}

/** Whether the interrupted statement had come to its end. */
async function isDone(connection: Connection, statement: Statement, existed: boolean): Promise<boolean> {
  const trace = traceOf(statement);
  if (trace.kind === "none") return false;
  const { state } = await indexState(connection, trace);
  return trace.kind === "creates-index" ? !existed && state === "valid" : existed && state === "absent";
}

type OneWorld = ScriptWorld & { readonly connection: Connection; readonly existed: boolean; readonly save: () => Promise<void> };

/** Runs a statement and saves that it is done, in one transaction where PostgreSQL lets it. */
async function runOne(statement: Statement, script: Script, world: OneWorld): Promise<void> {
  const { connection, limits, ports } = world;
  const alone = outsideTransaction(wordsOf(statement));
  // What builds or drops CONCURRENTLY waits for old transactions and makes nobody wait meanwhile.
  const lockTimeout = alone === undefined ? limits.lockTimeoutMs : 0;
  await using watch = watchBlockers(world, connection.pid);
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!world.existed) await dropOwnInvalid(statement, world);
      if (alone !== undefined || mayCommit(statement)) {
        await connection.exec(`SET lock_timeout = ${lockTimeout}`);
        await connection.exec(`SET statement_timeout = ${limits.statementTimeoutMs}`);
        await connection.exec(statement.sql);
        await world.save();
      } else {
        await connection.transaction(async () => {
          await connection.exec(`SET LOCAL lock_timeout = ${lockTimeout}; SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
          await connection.exec(statement.sql);
          await world.save();
        });
      }
      return;
    } catch (error) {
      const failure = statementFailure(error, statement, script);
      if (!(failure instanceof Failure) || !WORTH_ANOTHER_TRY.includes(failure.code ?? "")) throw failure;
      if (attempt === TRIES) throw scriptLockFailure(failure, watch, limits);
      ports.report.say(
        `${script.file}:${statement.line}: no lock within ${formatDuration(limits.lockTimeoutMs)}; try ${attempt + 1} of ${TRIES} follows`,
      );
      await ports.clock.sleep(attempt * 1000 + (Number.parseInt(ports.random(2), 16) % 1000), ports.signal);
    }
  }
}

async function dropOwnInvalid(statement: Statement, world: OneWorld): Promise<void> {
  const dropped = await dropInvalid(world.connection, statement);
  if (dropped !== undefined) world.ports.report.say(`Dropped the INVALID index ${dropped} that an interrupted run left`);
}

/** DO blocks and procedures may commit by themselves, which is what the mark is for. */
function mayCommit(statement: Statement): boolean {
  const [first] = wordsOf(statement);
  return first === "DO" || first === "CALL";
}

/** Cleans up what the failed statement left, notes how far it came, and gives the error to throw. */
async function aftermath(error: unknown, script: Script, world: ScriptWorld, bookmark: Bookmark, progress: Progress): Promise<unknown> {
  const notes: string[] = [];
  try {
    // A session of its own: the other one is cancelled or lost.
    await using connection = await world.database.connect("migrate look", AFTERMATH);
    const statement = script.statements[progress.done];
    let clean = true;
    if (statement !== undefined && progress.intent !== undefined && !progress.intent.existed) {
      const dropped = await dropInvalid(connection, statement);
      if (dropped !== undefined) notes.push(`the INVALID index ${dropped} that it left was dropped`);
      clean = !mayCommit(statement) && !(await isDone(connection, statement, false));
    }
    await bookmark.fail(connection, progress, progress.done === 0 && clean);
  } catch (problem) {
    // The history says `running` with the statement's number, which the next run reads as well.
    notes.push(`how far it came could not be noted afterwards: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
  if (!(error instanceof Failure)) {
    for (const note of notes) world.ports.report.say(`${script.file}: ${note}`);
    return error;
  }
  if (error.code === "connection-lost") {
    return error.with({
      evidence: [...error.evidence, ...notes],
      hint: "Its history row says how far it came; the next run goes on there.",
      state: [`${script.file}: stopped at statement ${progress.done + 1} of ${progress.of}`],
    });
  }
  const where = progress.done === 0 ? "Nothing of it was done" : `${progress.done} of ${progress.of} statements are done and stay`;
  return error.with({
    evidence: [...error.evidence, ...notes],
    state: [`${script.file}: ${where}; it has no transaction around it, and the next run goes on there`],
  });
}
