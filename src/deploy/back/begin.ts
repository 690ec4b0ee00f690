import { Failure } from "../../core/failure.ts";
import type { Environment } from "../environment/environment.ts";
import { Transaction } from "../lock/transaction.ts";
import { Blocked, type BeginRequest, type Turn } from "../lock/turn.ts";
import { standing } from "./left-open.ts";
import { recoveryOf } from "./look-for-recovery.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import { andOpen, stillOpen } from "./still-open.ts";

/**
 * Begins a step's transaction. Where an open deploy blocks it, the refusal names the ways on from that one; where its own deploy
 * is refused the step, it says how that stands.
 */
export async function beginStep(environment: Environment, request: BeginRequest): Promise<Transaction> {
  const check = async (found: Pick<Turn, "ledger" | "admission">): Promise<void> => await checked(environment, request, found);
  try {
    return await Transaction.begin(environment, { ...request, check });
  } catch (error) {
    if (!(error instanceof Blocked)) throw error;
    const { ledger, open } = error;
    const recovery = await recoveryOf(environment, ledger, open);
    throw error.with({
      state: [...error.state, recovery.text],
      ways: [...recovery.ways, ...(await waysOfDeploy(environment, ledger, open))],
    });
  }
}

/**
 * Does a step's work. A step that fails or is cancelled ends nothing (contract, 2), so its error also says what stays
 * open, how far it came, and what takes it back.
 */
export async function leavingOpen<T>(tx: Transaction, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw await standing(tx, error);
  }
}

/** A refusal leaves an open deploy of this owner as it is. */
async function checked(environment: Environment, request: BeginRequest, found: Pick<Turn, "ledger" | "admission">): Promise<void> {
  try {
    await request.check?.(found);
  } catch (error) {
    const { ledger, admission } = found;
    if (!(error instanceof Failure) || error instanceof Blocked || admission.do !== "continue" || request.wants === "end") throw error;
    throw andOpen(error, await stillOpen(environment, ledger, admission.deploy));
  }
}
