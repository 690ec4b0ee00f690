import type { DeployEnd, Entry } from "./entries.ts";
import type { StepRecord } from "./step-record.ts";

/** How a deploy ended. */
export interface DeployClosing {
  readonly as: DeployEnd;
  readonly at: string;
  readonly why: string;
  readonly on: string | undefined;
  readonly blocks: boolean;
  /** Who ended it: its owner, or whoever took its lock over. */
  readonly by: string;
}

export function closingOf(entry: Extract<Entry, { kind: "deploy.closed" }>): DeployClosing {
  const { as, at, why, on, owner, blocks } = entry;
  return { as, at, why, on, blocks: as === "failed" && blocks === true, by: owner };
}

/** On which version the environment is proven to be, and whether nothing runs. */
export interface Runs {
  readonly on: string | undefined;
  readonly nothingRuns: boolean;
}

/** The same after a deploy's end. One that was ended as it stood may have left running what it had switched to. */
export function runsAfter(
  { as, on, nothingRuns }: Extract<Entry, { kind: "deploy.closed" }>,
  steps: readonly Pick<StepRecord, "step">[],
  before: Runs,
): Runs {
  if (on !== undefined || nothingRuns === true) return { on, nothingRuns: on === undefined };
  return (as === "failed" || as === "rolled-back") && steps.some(({ step }) => step === "switch")
    ? { ...before, nothingRuns: false }
    : before;
}
