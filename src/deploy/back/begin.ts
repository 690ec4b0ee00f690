import type { Environment } from "../environment/environment.ts";
import { Transaction } from "../lock/transaction.ts";
import { Blocked, type BeginRequest } from "../lock/turn.ts";
import { waysOfDeploy } from "./open-ways.ts";

/** Begins a step's transaction. Where an open deploy blocks it, the refusal names the ways on from that one. */
export async function beginStep(environment: Environment, request: BeginRequest): Promise<Transaction> {
  try {
    return await Transaction.begin(environment, request);
  } catch (error) {
    if (!(error instanceof Blocked)) throw error;
    throw error.with({ ways: await waysOfDeploy(environment, error.ledger, error.open) });
  }
}
