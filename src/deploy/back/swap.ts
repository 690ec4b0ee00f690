import type { SavedSettings } from "../../postgres/database-settings.ts";
import { restoreToSide } from "../../backup/restore.ts";
import { clauseOf, messageOf } from "../../core/failure.ts";
import type { Database } from "../../postgres/database.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { formatDuration } from "../../core/format.ts";
import { afterSwap, disableSubscriptions } from "../../postgres/replication.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { databaseExists, freeReplacedName } from "../../postgres/replaced-databases.ts";
import { newSideName } from "../../postgres/side.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import { waitForDumps } from "../../postgres/sessions.ts";
import { refuseBeforeSwap, swapDatabases } from "../../postgres/swap.ts";
import type { Decision } from "./decision.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import type { Transaction } from "../lock/transaction.ts";
import { backupStore } from "../steps/backup.ts";
import { standstillOf } from "../steps/downtime.ts";
import { tellVersions } from "./extension-versions.ts";
import { provenFact } from "../steps/restore-proofs.ts";
import { lookAtSettings, settingsOfSwapped } from "./database-settings.ts";

/** How long a swap waits for a backup that is being made of the live database. */
const DUMP_WAIT_MS = 30 * 60_000;

/** Restores a backup beside the live database, which goes on working. Returns the side's name. */
export async function restoreBesideLive(
  tx: Transaction,
  manifest: Manifest,
  { signal, side, foreign }: { readonly signal: AbortSignal; readonly side: string; readonly foreign: boolean },
): Promise<string> {
  const { environment } = tx;
  const database = await databaseOf(environment);
  const { durationMs, uncompared } = await restoreToSide({
    database,
    store: backupStore(environment, tx.state),
    manifest,
    side,
    foreign,
    ports: { ...environment.ports, signal },
    noteIn: tx.note(),
  });
  if (uncompared.length === 0) await tx.write(provenFact(manifest, durationMs));
  return side;
}

/** The name of the side database of one rollback; planned before it is made, so that a later one can remove it. */
export async function planSide(environment: Environment): Promise<string> {
  const database = await databaseOf(environment);
  return newSideName(database.name, "restore", environment.ports.clock.now());
}

/** Removes a side database that is not needed after all. */
export async function dropSide(environment: Environment, side: string): Promise<void> {
  await dropOrWarn(await databaseOf(environment), side, environment.ports.report);
}

/**
 * Waits while a backup of ours reads the live database: it would hold the renaming up. Ask it before the app is stopped:
 * a scheduled backup waits for the step that runs, so none begins after.
 */
export async function waitForBackups(environment: Environment, signal: AbortSignal): Promise<void> {
  const { clock, report } = environment.ports;
  await waitForDumps(await databaseOf(environment), { clock, report, signal, timeoutMs: DUMP_WAIT_MS });
}

/** Before the app is stopped: what the change would stumble over is refused while nothing stands still (contract, 2). */
export async function readyFor(action: Decision["action"], environment: Environment, signal: AbortSignal): Promise<void> {
  if (action === "restore" || action === "down") await waitForBackups(environment, signal);
  if (action === "restore") await refuseBeforeSwap(await databaseOf(environment), signal);
}

/** Puts the side in the live database's place; the live one is kept under the name that is returned. */
export async function swapIn(
  tx: Transaction,
  request: {
    readonly side: string;
    /** How the side is known, where it was kept since it was proven. */
    readonly shut?: ShutDatabase | undefined;
    readonly backup: string;
    readonly settings: SavedSettings | undefined;
    readonly signal: AbortSignal;
  },
): Promise<{
  readonly replaced: string;
  readonly blockedMs: number;
  /** A line for each difference. */ readonly settings: readonly string[];
}> {
  const { environment } = tx;
  const database = await databaseOf(environment);
  await waitForBackups(environment, request.signal);
  const replaced = await freeReplacedName(database, environment.ports.clock.now());
  const look = await lookAtSettings(environment, request.settings);
  // Before it happens: if this process dies right after, the name is known.
  const { comment } = look.present;
  await tx.write({ kind: "database.replaced", database: database.name, replaced, backup: request.backup, comment });
  const { signal, side, shut, settings } = request;
  const { report } = environment.ports;
  const { blockedMs, refused } = await withoutSubscriptions(environment, { database, replaced, signal }, async () => {
    const standstill = await standstillOf(tx);
    return await standstill.timed(
      (swapped) => `swapping the databases, of which connections were blocked for ${formatDuration(swapped.blockedMs)}`,
      async () => await swapDatabases({ database, side, shut, replacedAs: replaced, settings, signal, report }),
    );
  });
  const lines = settingsOfSwapped(environment, look, refused);
  return { replaced, blockedMs, settings: [...lines, ...(await tellVersions(environment, settings?.extensions))] };
}

/** Swaps while the live database's subscriptions stand still; where that fails, they go on. Says what stayed behind. */
async function withoutSubscriptions<T>(
  environment: Environment,
  { database, replaced, signal }: { readonly database: Database; readonly replaced: string; readonly signal: AbortSignal },
  swap: () => Promise<T>,
): Promise<T> {
  const enableAgain = await detach(environment, database, signal);
  try {
    return await swap();
  } catch (error) {
    await orWarn(environment, enableAgain);
    throw error;
  } finally {
    await sayWhatStayed(environment, database, replaced);
  }
}

/** Where it was said, the live database's subscriptions are stopped: they would go on in the replaced one. */
async function detach(environment: Environment, database: Database, signal: AbortSignal): Promise<() => Promise<void>> {
  if (!environment.shared["detach-subscriptions"]) return async () => undefined;
  return await disableSubscriptions(database, { name: database.name, signal });
}

/** The failed swap is what is told first; that its subscriptions stay stopped must not be missed either. */
async function orWarn({ ports }: Environment, enableAgain: () => Promise<void>): Promise<void> {
  try {
    await enableAgain();
  } catch (error) {
    ports.report.warning(
      `Subscriptions that were stopped for the swap could not be started again (${clauseOf(error)}). Look with SELECT subname, subenabled FROM pg_subscription, and enable those that are not.`,
    );
  }
}

/** What a swap does not take along, with its commands. The database is back by now: nothing fails over this. */
async function sayWhatStayed({ ports }: Environment, database: Database, replaced: string): Promise<void> {
  try {
    await using connection = await database.connectMaintenance("look");
    if (!(await databaseExists(connection, replaced))) return;
    for (const warning of await afterSwap(connection, database.name, replaced)) ports.report.warning(warning);
  } catch (error) {
    ports.report.warning(`What of replication stayed with ${replaced} could not be asked: ${messageOf(error)}`);
  }
}
