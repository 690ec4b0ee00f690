import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { beingTakenBack } from "../../journal/ledger.ts";
import { SWAP_UNKNOWN } from "../../postgres/swap-outcome.ts";
import type { Transaction } from "../lock/transaction.ts";
import { accountOf } from "./account.ts";
import { decideFirst, prepare } from "./decide-now.ts";
import { endWhatIsLeft } from "./end-left.ts";
import { Laps } from "./laps.ts";
import { findApp, startTarget, stopAndLookAgain, whatMoves } from "./move-app.ts";
import { knownBySavepoint } from "./prepare-side.ts";
import { proveNow } from "./proof.ts";
import type { CarryOutRequest, RolledBack } from "./request.ts";
import { startedAgain, STAYS_STOPPED } from "./start-again.ts";
import { readyFor } from "./swap.ts";
import { takeDatabase } from "./take-database.ts";
import { checkTargetHealth } from "./target-health.ts";
import { runRollbackHooks, survey, type UnderWay } from "./under-way.ts";

/**
 * Takes code and database of an environment back to one version, together (contract, 4). Throws a Failure with each part's
 * state where it cannot prove all of it; an app that was stopped for nothing is then not left so (contract, 2).
 */
export async function carryOut(
  tx: Transaction,
  request: CarryOutRequest,
  told: Pick<UnderWay, "signal" | "plannedSide" | "parts">,
): Promise<RolledBack> {
  const target = knownBySavepoint(request.target, request.savepoint);
  const way: UnderWay = { tx, request, ...told, target, startAgain: undefined, warm: undefined };
  const { parts } = way;
  try {
    return await goBack(way);
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const failure = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error });
    // With nothing open there is nothing to finish either: a refusal leaves all as it was. An open deploy is not back, nor is
    // what an earlier process began and did not end: it may have stopped the app.
    const nothingToFinish = request.deploy === undefined || (request.deploy.goingBack && !beingTakenBack(request.deploy));
    if (failure.exit === 2 && !parts.touched && nothingToFinish) throw failure;
    // A run that took over may be at it.
    if (failure.code === SWAP_UNKNOWN) parts.app = STAYS_STOPPED;
    else if (failure.code !== "lock-lost" && way.startAgain !== undefined) parts.app = await startedAgain(way.startAgain);
    await survey(way);
    throw failure.with({ exit: 3, state: parts.lines(), code: failure.code });
  }
}

/** The way back, act by act. The copy is restored while the app still runs, and what was decided is looked at again once it stands. */
async function goBack(way: UnderWay): Promise<RolledBack> {
  const laps = new Laps(way.tx.environment.ports.clock);
  await endWhatIsLeft(way.tx);
  const app = await findApp(way);
  const found = await decideFirst(way);
  laps.end("decision");
  const prepared = await prepare(way, found.look);
  laps.end("restore");
  const moves = await whatMoves(way, app, prepared.look.decision);
  await readyFor(prepared.look.decision.action, way.tx.environment, way.signal);
  way.parts.touched = true;
  await runRollbackHooks(way, "before-rollback", app.running);
  laps.end("decision");
  const decided = moves.stopped ? await stopAndLookAgain(way, app, prepared) : prepared;
  laps.end("stop");
  const { decision } = decided.look;
  const database = await takeDatabase(way, decided);
  laps.end("swap");
  await startTarget(way, app, moves);
  laps.end("start");
  await proveNow(way, decision);
  const { health, up } = await checkTargetHealth(way, app, { decision, stopped: moves.stopped });
  // Once more: a version that migrates when it starts has had its time by now.
  await proveNow(way, decision);
  laps.end("health");
  await runRollbackHooks(way, "after-rollback", app.running);
  return await accountOf(way, app, { found, decision, database, health, up, times: laps.times });
}
