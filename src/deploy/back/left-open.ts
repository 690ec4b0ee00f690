import { Cancelled, Failure, type FailureDetails, messageOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { changedSomething, type DeployRecord } from "../../journal/ledger.ts";
import { waysOfDeploy } from "./open-ways.ts";
import { timelineOf } from "../steps/timeline.ts";
import type { Transaction } from "../lock/transaction.ts";

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

/** The error, with where the open deploy stands; unchanged where none is open or the journal cannot be read any more. */
export async function standing(tx: Transaction, error: unknown): Promise<unknown> {
  if (tx.deploy === undefined || (error instanceof Failure && error.code === "lock-lost")) return error;
  try {
    const deploy = await tx.record();
    const about = await openNow(tx, deploy);
    if (error instanceof Cancelled) return new Cancelled(error.message, { ...about, ...error.details });
    if (!(error instanceof Failure)) return error;
    return error.with({
      state: [...error.state, ...(about.state ?? [])],
      ways: error.ways.length > 0 ? error.ways : about.ways,
      blocks: [...error.blocks, ...(about.blocks ?? [])],
    });
  } catch (unread) {
    tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
    return error;
  }
}

/** What is true of a deploy that stays open, and the ways on. */
async function openNow(tx: Transaction, deploy: DeployRecord): Promise<Pick<FailureDetails, "state" | "ways" | "blocks">> {
  const { environment } = tx;
  const steps = deploy.steps.map((step) => `${step.step} ${step.state}`).join(", ");
  const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${steps === "" ? "no step was begun" : steps}.`;
  const blocks = [timelineOf(deploy, environment.ports.clock.now())];
  if (!changedSomething(deploy))
    return { state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."], blocks };
  return {
    state: [
      open,
      environment.owner.terminal
        ? "It holds the lock until it is taken back."
        : "It holds the lock until it is taken back: by this run's rollback step (`if: failure() || cancelled()`), or by hand.",
    ],
    ways: await waysOfDeploy(environment, await tx.state.journal.read(), deploy),
    blocks,
  };
}
