import { Cancelled, Failure, refusal, stopIfCancelled } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import type { Report } from "../core/report.ts";
import { applyChanges, withLiveSecrets } from "./carry.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { type DatabaseSettings, databaseSettings } from "./database-settings.ts";
import { endSessionsIn, heldSessions, stayingSessions } from "./evict.ts";
import { identifier, literal } from "./literal.ts";
import { preparedFailure, stayingPrepared } from "./prepared.ts";
import { type SettingChange, settingChanges } from "./setting-changes.ts";
import { holdShut, type ShutDatabase, letIn } from "./shut.ts";
import { commentFor, databaseExists } from "./replaced-databases.ts";
import { outcomeOf, swapperOf } from "./swap-outcome.ts";

export interface SwapRequest {
  readonly database: Database;
  /** The database that takes the live one's place. */
  readonly side: string;
  /** The name that the live one is kept under; see `replacedName`. */
  readonly replacedAs: string;
  /** What the live database shall have besides its contents; where it is not known, what it has now. */
  readonly settings?: DatabaseSettings | undefined;
  /** How the side is known, where it was made long before: it must be the one that was proven. */
  readonly shut?: ShutDatabase | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly report: Report;
}

export interface Swapped {
  /** How long nobody could work in the live database, in milliseconds. */
  readonly blockedMs: number;
  /** Settings that the role may not set. */
  readonly refused: readonly SettingChange[];
}

/** How often a lock that others hold is waited for, and how long each time. */
const ATTEMPTS = 4;
const LOCK_TIMEOUT = 5000;
/** Codes after which nothing has changed and another try may succeed: lock not available, object in use, deadlock. */
const AGAIN = ["55P03", "55006", "40P01"];

/**
 * Puts the side in the live database's place by two renames in one transaction, and gives it rights, settings, comment
 * and connection limit, which no rename carries. Others' sessions are ended while it waits; clients that reconnect wait at
 * the lock and find the side. If anything fails, or this process dies, nothing has changed.
 */
export async function swapDatabases(request: SwapRequest): Promise<Swapped> {
  const { database, side, replacedAs, signal, report } = request;
  await using renamer = await database.connectMaintenance("swap", { lockTimeout: LOCK_TIMEOUT, signal });
  await using evictor = await database.connectMaintenance("swap");
  if (await alreadySwapped(renamer, request)) return { blockedMs: 0, refused: [] };
  await refuseObstacles(renamer, request);
  await refuseHolders(evictor, database, [database.name, side], signal);
  const swapper = await swapperOf(renamer);
  for (let attempt = 1; ; attempt += 1) {
    if (signal) stopIfCancelled(signal);
    try {
      const { blockedMs, refused, ended } = await attemptSwap(renamer, evictor, request, async (lost) => {
        const swapped = async (connection: Connection): Promise<boolean> => await alreadySwapped(connection, request);
        return await outcomeOf(database, swapper, { replacedAs, lost, swapped });
      });
      report.detail(`${side} is now ${database.name}; ${plural(ended, "session")} ended; blocked for ${Math.round(blockedMs)} ms`);
      const unset = refused.map((change) => inPlace(change, request));
      for (const { what, statement = "" } of unset)
        report.warning(
          `The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`,
        );
      return { blockedMs, refused: unset };
    } catch (error) {
      if (!(error instanceof Failure && AGAIN.includes(error.code ?? ""))) throw error;
      const held = await heldSessions(evictor, [database.name, side]);
      if (held.length > 0) throw whoHolds(database, held, error);
      if (attempt === ATTEMPTS)
        throw error.with({
          hint: `Nothing was changed; something keeps ${database.name} or ${side} in use: run it again.`,
          state: [`${database.name} is as it was`, `${side} is still beside it; ${replacedAs} does not exist`],
        });
      report.detail(`the databases are in use (${error.code}); trying again`);
    }
  }
}

/** The change as it is made once the side is the live database, with no secret in it. */
function inPlace({ shown, ...change }: SettingChange, { database, side, replacedAs }: SwapRequest): SettingChange {
  const statement = (shown?.(replacedAs) ?? change.statement)?.replace(identifier(side), identifier(database.name));
  return { ...change, statement };
}

async function attemptSwap(
  renamer: Connection,
  evictor: Connection,
  { database, side, replacedAs, settings, shut }: SwapRequest,
  outcome: (lost: unknown) => Promise<boolean>,
): Promise<{ blockedMs: number; refused: readonly SettingChange[]; ended: number }> {
  const live = database.name;
  let started = 0;
  const evicting = { on: false, ended: 0 };
  let loop = Promise.resolve();
  let kept: readonly SettingChange[] = [];
  try {
    await renamer.transaction(async () => {
      const [present, besides] = [await databaseSettings(renamer, live), await databaseSettings(renamer, side)];
      if (present === undefined || besides === undefined) throw refusal(`There is no database ${live} in the cluster.`, { code: "3D000" });
      if (shut !== undefined && !(await holdShut(renamer, shut))) throw notProven(side);
      // All that needs no lock on the live database comes first.
      const wanted = settings === undefined ? present : withLiveSecrets(settings, present);
      kept = await applyChanges(renamer, settingChanges(side, besides, wanted));
      await renamer.exec(`COMMENT ON DATABASE ${identifier(live)} IS ${literal(commentFor(live, replacedAs, new Date()))}`);
      started = performance.now();
      evicting.on = true;
      loop = keepEvicting(evictor, [live, side], evicting);
      // Awaited below; until then its failure is not unheard.
      loop.catch(() => undefined);
      await renamer.exec(`ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replacedAs)}`);
      await renamer.exec(`ALTER DATABASE ${identifier(side)} RENAME TO ${identifier(live)}`);
      if (shut !== undefined) await letIn(renamer, live);
      evicting.on = false;
      await loop;
    });
    return { blockedMs: performance.now() - started, refused: kept, ended: evicting.ended };
  } catch (error) {
    // Lost, or hung up on when the run was cancelled: the COMMIT may have come through all the same.
    const unsure = error instanceof Cancelled || (error instanceof Failure && error.code === "connection-lost");
    if (started === 0 || !unsure || !(await outcome(error))) throw error;
    return { blockedMs: performance.now() - started, refused: kept, ended: evicting.ended };
  } finally {
    evicting.on = false;
    await loop;
  }
}

function notProven(side: string): Failure {
  return new Failure(`The database ${side} is not the copy that was proven any more: somebody changed or opened it.`, {
    code: "differs",
    hint: "Nothing was changed. Run it again: the savepoint is restored anew.",
  });
}

/** Ends sessions again and again: those that hold the rename up, and those that were just coming in before its lock. */
async function keepEvicting(evictor: Connection, names: readonly string[], state: { on: boolean; ended: number }): Promise<void> {
  while (state.on) {
    state.ended += await endSessionsIn(evictor, names);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The same names again after the commit: the replaced one is there and the side is gone. */
async function alreadySwapped(connection: Connection, { database, side, replacedAs }: SwapRequest): Promise<boolean> {
  return (
    (await databaseExists(connection, replacedAs)) &&
    (await databaseExists(connection, database.name)) &&
    !(await databaseExists(connection, side))
  );
}

async function refuseObstacles(connection: Connection, { side, replacedAs }: SwapRequest): Promise<void> {
  if (!(await databaseExists(connection, side))) throw refusal(`There is no database ${side} to swap in.`, { code: "3D000" });
  if (await databaseExists(connection, replacedAs)) throw refusal(`A database ${replacedAs} exists already.`, { code: "42P04" });
}

/** What keeps databases from being renamed and no statement of ours ends: sessions of others, prepared transactions. */
async function refuseHolders(connection: Connection, database: Database, names: readonly string[], signal?: AbortSignal): Promise<void> {
  const prepared = await stayingPrepared(connection, names, signal);
  if (prepared.length > 0) throw preparedFailure(database, prepared);
  const staying = await stayingSessions(connection, names, signal);
  if (staying.length > 0) throw whoHolds(database, staying);
}

/** Asked before the app is stopped: what a swap would stumble over behind that. Reads only. */
export async function refuseBeforeSwap(database: Database, signal?: AbortSignal): Promise<void> {
  await using connection = await database.connectMaintenance("look", { signal });
  await refuseHolders(connection, database, [database.name], signal);
}

function whoHolds(database: Database, held: readonly string[], cause?: Failure): Failure {
  return new Failure(
    `${database.name} cannot be swapped: ${plural(held.length, "session")} in it cannot be ended by ${database.adminTarget.user}.`,
    {
      code: "55006",
      evidence: held,
      hint: `Nothing was changed. End them, or GRANT pg_signal_backend TO ${identifier(database.adminTarget.user)} (a superuser's session only a superuser can end: name one in database-admin-url).`,
      cause,
    },
  );
}
