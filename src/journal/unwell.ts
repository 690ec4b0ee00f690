import type { DeployRecord } from "./deploy-record.ts";
import type { Entry } from "./entries.ts";
import { mayMoveApp, STEPS } from "./steps.ts";

/** What stands in the journal for the health of what was not healthy when the deploy opened either. */
export const AS_FOUND = "not healthy, as it was found";
/** What stands there where no health check is known. */
export const NOT_CHECKED = "not checked";

/** That the version which is on is not known to be healthy. */
export interface Unwell {
  /** `unhealthy`: it was asked, and it was not; `unasked`: it was left as it stood, and nobody has asked it since. */
  readonly how: "unhealthy" | "unasked";
  /** The deploy whose end left it so. */
  readonly deploy: string;
  /** The version; undefined where it is whatever was left running. */
  readonly commit: string | undefined;
  /** Since when it has given no healthy answer, as far as the journal tells. ISO 8601, UTC. */
  readonly since: string;
}

/** The same after a deploy's end (contract, 7). */
export function unwellAfter(
  entry: Extract<Entry, { kind: "deploy.closed" }>,
  deploy: Pick<DeployRecord, "id" | "steps"> | undefined,
  before: Unwell | undefined,
): Unwell | undefined {
  if (entry.as === "confirmed") return undefined;
  if (deploy === undefined || entry.as === "abandoned") return before;
  if (entry.as === "rolled-back") return before !== undefined && leavesAsItWas(entry, deploy) ? before : undefined;
  // While it blocks, a person is called for that.
  if (entry.blocks === true) return before;
  const left = { deploy: deploy.id, commit: entry.on };
  if (entry.on !== undefined) return { ...left, how: "unhealthy", since: sinceOf(deploy, before) ?? entry.at };
  if (!deploy.steps.some(({ step }) => mayMoveApp(step))) return before;
  const last = deploy.steps.at(-1);
  return last !== undefined && STEPS[last.step].gate && last.state === "done" ? undefined : { ...left, how: "unasked", since: entry.at };
}

/** The same after a health check that passed beside any deploy. It speaks of what it was asked after, and not of a later failure. */
export function unwellAfterPass(entry: Extract<Entry, { kind: "health.passed" }>, before: Unwell | undefined): Unwell | undefined {
  const same = before?.commit === undefined || entry.commit === undefined || before.commit === entry.commit;
  return same && before?.deploy === entry.after ? undefined : before;
}

/** Whether a way back, or a restore by hand, ended on the same version, and nobody saw it healthy. */
function leavesAsItWas({ on, nothingRuns }: Extract<Entry, { kind: "deploy.closed" }>, { steps }: Pick<DeployRecord, "steps">): boolean {
  const back = steps.findLast(({ step }) => step === "rollback" || step === "restore");
  const health = back?.result?.["health"];
  // Earlier versions did not note it of a restore.
  const unseen = health === NOT_CHECKED || health === AS_FOUND || (back?.step === "restore" && health === undefined);
  return on !== undefined && nothingRuns !== true && unseen;
}

function sinceOf({ steps }: Pick<DeployRecord, "steps">, before: Unwell | undefined): string | undefined {
  if (before?.how === "unhealthy") return before.since;
  const stopped = steps.findLast(({ step }) => step === "switch")?.result?.["stopped"];
  const since: unknown = typeof stopped === "object" && stopped !== null && "since" in stopped ? stopped.since : undefined;
  return typeof since === "string" && !Number.isNaN(Date.parse(since)) ? since : undefined;
}
