import type { Block, Span } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";

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
