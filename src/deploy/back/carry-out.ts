import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { SWAP_UNKNOWN } from "../../postgres/swap-outcome.ts";
import { beingTakenBack } from "../../journal/ledger.ts";
import type { Transaction } from "../lock/transaction.ts";
import type { Parts } from "./parts.ts";
import { STAYS_STOPPED } from "./start-again.ts";
import type { RolledBack, CarryOutRequest } from "./request.ts";
import { Rollback } from "./rollback.ts";

/**
 * Takes code and database of an environment back to one version, together (contract, 4): ends what was left running,
 * restores beside the running app, stops it, looks again, swaps, starts the old version, checks health and proves.
 * Throws a Failure with each part's state where it cannot prove all of it.
 */
export async function carryOut(
  tx: Transaction,
  request: CarryOutRequest,
  signal: AbortSignal,
  side: string | undefined,
  parts: Parts,
): Promise<RolledBack> {
  const way = new Rollback(tx, request, signal, parts, side);
  try {
    return await way.go();
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const failure = error instanceof Failure ? error : new Failure(messageOf(error), { cause: error });
    // With nothing open there is nothing to finish either: a refusal leaves all as it was. An open deploy is not back, nor is
    // what an earlier process began and did not end: it may have stopped the app.
    const nothingToFinish = request.deploy === undefined || (request.deploy.goingBack && !beingTakenBack(request.deploy));
    if (failure.exit === 2 && !parts.touched && nothingToFinish) throw failure;
    // A run that took over may be at it.
    if (failure.code === SWAP_UNKNOWN) parts.app = STAYS_STOPPED;
    else if (failure.code !== "lock-lost") await way.startAgain();
    await way.survey();
    throw failure.with({ exit: 3, state: parts.lines(), code: failure.code });
  }
}
