import { type Failure, refusal } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import { beingTakenBack, changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { ownDeployOver } from "../state/over-deploy.ts";
import { isEarlierAttempt, type Owner } from "../call/owner.ts";

/** How long a deploy that changed nothing may be silent before the next opener closes it. Milliseconds. */
export const ABANDONED_AFTER = 120_000;
/** How long without a beat until a running step counts as dead: four beats. Milliseconds. */
export const STEP_DEAD_AFTER = 60_000;

export interface AdmissionRequest {
  readonly title: string;
  readonly ledger: Ledger;
  readonly lock: LockStatus;
  readonly me: Owner;
  /** The commit this step is about; undefined where it goes with whatever is open. */
  readonly commit: string | undefined;
  /**
   * `open`: opens a deploy where none is open; `join`: continues the owner's deploy, alone it only locks;
   * `mark`: the same, but refused rather than made to wait while another owner's deploy is open;
   * `end`: a confirmed hand rollback or unlock, which may take a deploy from its owner.
   */
  readonly wants: "open" | "join" | "mark" | "end";
  readonly leaseMs: number;
  readonly now: Date;
  /** GitHub's word on the open deploy's owner: completed, running, or not to be had. */
  readonly ownerCompleted: boolean | undefined;
  /** Why this run may open no deploy: it is older than the newest confirmed one, or its version was taken back. Undefined where it may. */
  readonly unfit?: Failure | undefined;
  /** Whether the process that last beat is known to be dead (it ran on this machine and is not there any more). */
  readonly beaterDead: boolean;
}

export type Admission =
  | { readonly do: "open" }
  | { readonly do: "abandon"; readonly deploy: DeployRecord; readonly why: string }
  | { readonly do: "continue"; readonly deploy: DeployRecord }
  | { readonly do: "lock" }
  | { readonly do: "wait"; readonly why: string }
  | { readonly do: "refuse"; readonly failure: Failure };

/** Whether a step may begin now, in which deploy, or must wait, or is refused (contract, 2). Pure. */
export function admit(request: AdmissionRequest): Admission {
  const admission = admitByTurn(request);
  if (request.unfit === undefined || request.wants !== "open") return admission;
  // Waiting for another one's end would make it neither younger nor another version.
  const opens = admission.do === "open" || admission.do === "abandon";
  const waits = admission.do === "wait" && request.ledger.open?.owner !== request.me.id;
  return opens || waits ? { do: "refuse", failure: request.unfit } : admission;
}

function admitByTurn(request: AdmissionRequest): Admission {
  const { ledger, lock, me } = request;
  const open = ledger.open;
  const silentMs = silence(request, open);
  const stepRuns = lock.state === "held" && lock.beat?.running !== false && !request.beaterDead && lock.silentMs < STEP_DEAD_AFTER;
  if (stepRuns) {
    const whose =
      lock.holder.owner === me.id
        ? me.terminal
          ? `another command of ${me.id}`
          : "another step of this run"
        : `${lock.holder.owner}${lock.holder.run === undefined ? "" : ` (${lock.holder.run})`}`;
    return { do: "wait", why: `${whose} is running ${lock.beat?.step ?? "a step"} on ${request.title}` };
  }
  const over = endedMeanwhile(request);
  if (over !== undefined) return { do: "refuse", failure: over };
  if (open === undefined) return { do: request.wants === "open" ? "open" : "lock" };
  if (request.wants === "end")
    return endsNow(request, open, silentMs) ? { do: "continue", deploy: open } : { do: "wait", why: livesOn(request, open) };
  if (open.end !== undefined) return { do: "refuse", failure: blockedBy(request, open, "failed and was not taken back") };
  if (isMine(request, open, silentMs)) {
    if (beingTakenBack(open)) return { do: "refuse", failure: blockedBy(request, open, "is being taken back, and that did not end") };
    if (request.commit === undefined || request.commit === open.commit) return { do: "continue", deploy: open };
    // A person who tries again with another commit; nothing is there to be taken back.
    if (me.terminal && request.wants === "open" && !changedSomething(open)) {
      return { do: "abandon", deploy: open, why: `it had changed nothing, and ${open.owner} goes on with ${shortCommit(request.commit)}` };
    }
    return {
      do: "refuse",
      failure: refusal(
        `This run's open deploy ${open.id} is of ${shortCommit(open.commit)}, and this step is about ${shortCommit(request.commit)}.`,
        {
          code: "other-commit",
          hint: "One run deploys one commit. End the open deploy first: a rollback takes it back, and `mark-stable` keeps it.",
        },
      ),
    };
  }
  const gone = ownerGone(request, open, silentMs);
  if (!changedSomething(open)) {
    if (gone || silentMs >= ABANDONED_AFTER) {
      return request.wants === "open"
        ? { do: "abandon", deploy: open, why: `${open.owner} is gone and had changed nothing` }
        : { do: "lock" };
    }
    return waitOrRefuse(request, open, `${open.owner} has opened ${open.id} (${shortCommit(open.commit)}) on ${request.title}`);
  }
  if (gone) return { do: "refuse", failure: blockedBy(request, open, `was left by ${open.owner}, ${formatDuration(silentMs)} ago`) };
  return waitOrRefuse(request, open, `${open.owner} is deploying ${shortCommit(open.commit)} to ${request.title}`);
}

/** A run whose deploy was closed by somebody else must not migrate without its savepoint, nor mark what does not run any more. */
function endedMeanwhile({ ledger, me, wants }: AdmissionRequest): Failure | undefined {
  if (wants !== "join" && wants !== "mark") return undefined;
  const last = ownDeployOver(ledger, me);
  if (last?.end === undefined || last.end.blocks) return undefined;
  return refusal(
    `This run's deploy ${last.id} is over (${last.end.as}: ${last.end.why}; by ${last.end.by}), and this step would go on without it.`,
    { hint: 'Backup, migrations and switch belong to one deploy: choose "Re-run all jobs".', code: "deploy-over" },
  );
}

function waitOrRefuse({ wants }: AdmissionRequest, open: DeployRecord, why: string): Admission {
  if (wants !== "mark") return { do: "wait", why };
  return {
    do: "refuse",
    failure: refusal(`Nothing can be marked stable now: ${why}.`, { hint: `Wait for ${open.id} to end.`, code: "busy" }),
  };
}

/** Whether a deploy may be taken from its owner by hand: it is over, ours, its owner is gone, or nothing of it has beaten for a minute. */
function endsNow(request: AdmissionRequest, open: DeployRecord, silentMs: number): boolean {
  const over = open.end !== undefined || open.owner === request.me.id;
  return over || request.beaterDead || silentMs >= STEP_DEAD_AFTER || ownerGone(request, open, silentMs);
}

function livesOn({ title }: AdmissionRequest, open: DeployRecord): string {
  return `${open.owner} was deploying ${shortCommit(open.commit)} to ${title} less than ${formatDuration(STEP_DEAD_AFTER)} ago, and may go on`;
}

/**
 * How long the open deploy gave no sign of life. Whoever writes an entry holds the lock and beats, and the beat's age is the
 * host's own clock's; entries carry the time of the runner that wrote them, and count only where nobody holds the lock.
 */
function silence({ lock, now }: AdmissionRequest, open: DeployRecord | undefined): number {
  if (lock.state === "held") return lock.silentMs;
  return open === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now.getTime() - Date.parse(open.lastAt));
}

function isMine({ me, leaseMs }: AdmissionRequest, open: DeployRecord, silentMs: number): boolean {
  return open.owner === me.id && (!me.terminal || silentMs <= leaseMs);
}

function ownerGone({ me, leaseMs, ownerCompleted }: AdmissionRequest, open: DeployRecord, silentMs: number): boolean {
  if (!me.terminal && isEarlierAttempt(open.owner, me.id)) return true;
  return ownerCompleted ?? silentMs > leaseMs;
}

/** What stands in the way of a new deploy: its name and its state. The ways on are told by whoever can look for them. */
export function blockedBy({ title }: Pick<AdmissionRequest, "title">, open: DeployRecord, how: string): Failure {
  return refusal(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${title} ${how}; it may have changed code or database.`, {
    hint: "Take it back first; a new deploy would build on an unknown state.",
    state: open.steps.map((step) => `${step.step}: ${step.state === "running" ? "did not end" : step.state}`),
    code: "blocked",
  });
}
