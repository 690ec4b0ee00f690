import type { Entry } from "./entries.ts";
import type { StepName } from "./steps.ts";

/** One step of a deploy as the journal tells it. */
export interface StepRecord {
  readonly step: StepName;
  readonly startedAt: string;
  /** The job of the workflow that it is a step of. */
  readonly job?: string | undefined;
  endedAt?: string;
  state: "running" | "done" | "failed" | "cancelled";
  readonly intent: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, string>>;
  result?: Readonly<Record<string, unknown>>;
  message?: string;
  /** Of what failed, so that the same failure is known again. */
  code?: string;
  /** A rollback that never came to see the database. */
  unseen?: boolean;
}

/** Writes into the step that is running how it ended. */
export function endStep(steps: readonly StepRecord[], entry: Extract<Entry, { kind: "step.done" | "step.failed" }>): void {
  const step = steps.findLast((one) => one.step === entry.step && one.state === "running");
  if (!step) return;
  step.endedAt = entry.at;
  if (entry.kind === "step.done") {
    step.state = "done";
    step.result = entry.result;
  } else {
    step.state = entry.cancelled === true ? "cancelled" : "failed";
    step.message = entry.message;
    if (entry.stopped !== undefined) step.result = { stopped: entry.stopped };
    if (entry.code !== undefined) step.code = entry.code;
    if (entry.unseen === true) step.unseen = true;
  }
}
