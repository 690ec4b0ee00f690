import type { Block, Span } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { Transaction } from "../lock/transaction.ts";

/** A deploy's steps as a picture: what ran when, and how it ended. */
export function timelineOf(deploy: DeployRecord, now: Date): Block {
  const spans: Span[] = deploy.steps.map((step) => ({
    label: step.step,
    start: Date.parse(step.startedAt),
    end: step.endedAt === undefined ? now.getTime() : Date.parse(step.endedAt),
    state: step.state === "done" ? "done" : step.state === "running" ? "running" : "failed",
  }));
  return { kind: "timeline", title: `Deploy ${deploy.id}`, spans };
}

/** The same of one deploy, as the journal has it now. */
export async function timelineNow({ environment, state }: Transaction, id: string | undefined): Promise<readonly Block[]> {
  const record = (await state.journal.read()).deploys.find((one) => one.id === id);
  return record === undefined ? [] : [timelineOf(record, environment.ports.clock.now())];
}
