import { shortCommit } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";

/** `d1 of abc1234: rolled back to bbbbbbb, because migrate failed: …`: what became of a deploy, and why. Pure. */
export function lastDeploy({ id, commit, end, steps, goingBack }: DeployRecord): string {
  const name = goingBack ? `${id}, a rollback to ${shortCommit(commit)}` : `${id} of ${shortCommit(commit)}`;
  if (end === undefined) return `${name}: open`;
  if (end.as !== "rolled-back" || goingBack) return `${name}: ${end.as}, ${end.why}`;
  const failed = steps.findLast(({ step, state }) => step !== "rollback" && (state === "failed" || state === "cancelled"));
  const why = failed === undefined ? end.why : `${failed.step} ${failed.state}${failed.message === undefined ? "" : `: ${failed.message}`}`;
  return `${name}: taken back${end.on === undefined ? "" : ` to ${shortCommit(end.on)}`}, because ${why}`;
}
