import { changedSomething, type DeployRecord } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { takesBack } from "../../journal/steps.ts";
import type { Owner } from "../call/owner.ts";

/** What GitHub gives all that comes after a cancellation, together. Milliseconds. */
const GIVEN = 5 * 60_000;
/** What of it a way back needs to stop safely and to say so. Milliseconds. */
const TO_STOP = 30_000;
/** A cancelled step is ended this long after it was asked to stop. Milliseconds. */
const TO_DIE = 10_000;

/** What is seen at the end of a job that failed or was cancelled. */
export interface JobEndFacts {
  readonly open: DeployRecord | undefined;
  readonly me: Owner;
  /** Whether anything is taken back by itself here. */
  readonly automatic: boolean;
  /** Until when a way back may work. Milliseconds since the epoch; undefined where nothing shows that the job was cancelled. */
  readonly until: number | undefined;
  readonly now: number;
}

/**
 * `nothing`: there is nothing of this job. `leave`: it is not this job's to end, or was told already. `ask`: a person has to end
 * it. `late`: GitHub ends the job first. `close`: it changed nothing. `back`: as the rollback step of a workflow does.
 */
export type JobEnd =
  | { readonly do: "nothing"; readonly why: string }
  | { readonly do: "leave"; readonly why: string }
  | { readonly do: "late"; readonly why: string }
  | { readonly do: "ask"; readonly open: DeployRecord }
  | { readonly do: "close"; readonly open: DeployRecord }
  | { readonly do: "back"; readonly open: DeployRecord };

/** What the end of a job does with an open deploy (contract, 2). Pure. */
export function decideJobEnd({ open, me, automatic, until, now }: JobEndFacts): JobEnd {
  if (open === undefined) return { do: "nothing", why: "no deploy is open" };
  if (open.owner !== me.id) return { do: "nothing", why: "the open deploy is another run's" };
  if (open.goingBack) return { do: "leave", why: "it is a rollback by hand" };
  const why = notOneJobs(open, me);
  if (why !== undefined) return { do: "leave", why };
  if (hasFailed(open)) return { do: "leave", why: "what failed is not tried again unasked" };
  if (!changedSomething(open)) return { do: "close", open };
  if (!automatic) return { do: "ask", open };
  if (until !== undefined && until <= now) return { do: "late", why: "the five minutes that GitHub gives a cancelled job are used up" };
  return { do: "back", open };
}

/** Why the end of this job leaves a deploy of its run alone; undefined where all of it is this job's. Pure. */
export function notOneJobs({ job: opener, steps }: Pick<DeployRecord, "job" | "steps">, me: Owner): string | undefined {
  const jobs = [opener, ...steps.map(({ job }) => job)];
  if (me.job === undefined || jobs.includes(undefined)) return "the journal does not say of each step which job's it is";
  const other = jobs.find((job) => job !== me.job);
  return other === undefined ? undefined : `\`${other}\`, another job of this run, had a part in it`;
}

/** Whether it was closed as failed, or its way back failed and its end could not be written. */
function hasFailed({ end, steps }: DeployRecord): boolean {
  return end !== undefined || steps.findLast(({ step }) => takesBack(step))?.state === "failed";
}

/**
 * Until when a way back may work where the job was cancelled: by the step that noted so, else by the last sign of life of one
 * that did not end. Where neither is there, the job has failed, and has its time; or a step of the user's was cancelled, which
 * nobody can see. Pure.
 */
export function untilWhen(open: DeployRecord | undefined, lock: LockStatus, now: number): number | undefined {
  const cancelled = open?.steps.find(({ state }) => state === "cancelled");
  if (cancelled?.endedAt !== undefined) return Date.parse(cancelled.endedAt) - TO_DIE + GIVEN - TO_STOP;
  return open?.steps.at(-1)?.state === "running" && lock.state === "held" ? now - lock.silentMs - TO_DIE + GIVEN - TO_STOP : undefined;
}
