import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { journaledSettings } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { readableSchema } from "./live-look.ts";
import { SWAP_UNKNOWN } from "../../postgres/swap-outcome.ts";
import { dropLeftSides } from "../steps/left-sides.ts";
import { standing } from "./left-open.ts";
import { waysWithoutHealth } from "./ways-without-health.ts";
import { replaceDatabase } from "./replace-database.ts";
import type { RestoredByHand, RestoreSource } from "./request.ts";

/**
 * A restore by hand, in the journal as a way back to the version that runs: killed while the app is stopped, it stays
 * open, and `rollback` starts that version again. Where no app is known there is nothing to be stopped, and the swap is
 * one transaction.
 */
export async function restoreByHand(tx: Transaction, source: RestoreSource): Promise<RestoredByHand> {
  const { environment } = tx;
  const running = await (await environment.clone())?.current();
  const ledger = await tx.state.journal.read();
  await dropLeftSides(environment, ledger);
  if (running === undefined) return await replaceDatabase(tx, source);
  const live = await readableSchema(environment);
  const told = { settings: journaledSettings(environment.settings), hooks: environment.hooks };
  await tx.open({ commit: running, goingBack: true, from: running, live, ...told }, ledger);
  const touched = { app: false };
  try {
    const done = await replaceDatabase(tx, source, touched);
    // No restore brings switched-off foreign keys back: what is there now is the version's.
    const restored = done.schema === "proven" ? await readableSchema(environment) : undefined;
    if (restored !== undefined) await tx.write({ kind: "version.seen", commit: running, schema: restored, during: "rollback" });
    const what = source.kind === "backup" ? source.manifest.id : source.database;
    await tx.close({ as: "rolled-back", why: `${what} was restored by hand`, on: running, schema: done.schema });
    return done;
  } catch (error) {
    throw await conclude(tx, error, touched.app);
  }
}

/** Cancelled while the app was stopped, it stays open, to be finished; whatever else went wrong is over, and red. */
async function conclude(tx: Transaction, error: unknown, touched: boolean): Promise<unknown> {
  if (error instanceof Failure && error.code === "lock-lost") return error;
  // Nor is one finished whose swap nobody could ask after: `rollback` looks, and starts the app.
  const unknown = error instanceof Failure && error.code === SWAP_UNKNOWN;
  if (touched && (unknown || error instanceof Cancelled)) return await standing(tx, error);
  const id = tx.deploy;
  await tx.close({ as: touched ? "failed" : "abandoned", why: messageOf(error), blocks: false });
  const ledger = await tx.state.journal.read();
  const { unwell } = ledger;
  if (!(error instanceof Failure) || unwell === undefined || unwell.deploy !== id) return error;
  const running = await (await tx.environment.clone())?.current();
  return error.with({ ways: await waysWithoutHealth(tx.environment, ledger, { unwell, running, justAsked: true }) });
}
