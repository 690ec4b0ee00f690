// deploy/lock: who may do something now: turn, admission, heartbeat, and the transaction that a step works in.

import { tokenOf } from "../../config/shared.ts";
import { Failure, refusal } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { Holder, Lock, LockStatus } from "../../journal/lock.ts";
import { type Admission, type AdmissionRequest, admit } from "./admission.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { statusWay } from "../call/next-command.ts";
import type { Opening } from "./opening.ts";
import { refuseDamaged } from "./damaged-journal.ts";
import { attemptCompleted } from "../call/owner.ts";
import { isDead, processIdentity } from "./process-identity.ts";
import { type Opener, refusedUnfit } from "./quarantined.ts";

/** Between looks: short at first, as most steps that are waited for are about to end. */
const FIRST_POLL = 250;
const POLL_EVERY = 2_000;
const LOST_RACE = 100;

export interface BeginRequest {
  readonly wants: AdmissionRequest["wants"];
  readonly commit: string | undefined;
  /** With `open`: the command that does it. */
  readonly opener?: Opener | undefined;
  /** Looks at what a new deploy begins on, and may act on it. Called with the lock held; what can be refused before, `check` refuses. */
  readonly opening?: ((ledger: Ledger) => Promise<Opening>) | undefined;
  /** Asked at each look: why there is nothing to do here any more. Then it is refused, with code `moot`. */
  readonly moot?: ((ledger: Ledger) => string | undefined) | undefined;
  /**
   * Asked when it is this step's turn, before the lock is taken: throws what it must be refused for, so that a refusal touches
   * nothing. Whoever is refused behind the lock has renewed its sign of life, and the next one waits for a run long gone.
   */
  readonly check?: ((found: Pick<Turn, "ledger" | "admission">) => Promise<void>) | undefined;
  /** How long to wait for others. Default: the lease. Milliseconds. */
  readonly patienceMs?: number | undefined;
}

/** The lock, taken; and what was found when it was. */
export interface Turn {
  readonly holder: Holder;
  /** Who held it before. */
  readonly before: Holder | undefined;
  /** Whether a step of the one before did not end: what it began may still run. */
  readonly midStep: boolean;
  readonly admission: Exclude<Admission, { do: "wait" } | { do: "refuse" }>;
  readonly ledger: Ledger;
  readonly process: string;
}

/** Waits for this step's turn and takes the lock; refuses where it must not begin (contract, 2). */
export async function takeTurn(environment: Environment, request: BeginRequest): Promise<Turn> {
  const { journal } = stateOf(environment);
  const { ports } = environment;
  const process = await processIdentity(ports.here);
  const patience = request.patienceMs ?? environment.shared["lock-lease"];
  const since = ports.clock.now().getTime();
  const unfit = askedOnce(environment, request.opener);
  let said = "";
  let pause = FIRST_POLL;
  for (;;) {
    // The lock before the journal: what is written after this look shows once the lock is taken.
    const lock = await journal.lock.status();
    const ledger = await journal.read();
    const moot = request.moot?.(ledger);
    if (moot !== undefined) throw refusal(moot, { code: "moot" });
    refuseDamaged(environment, ledger);
    const admission = admit(await admissionRequest(environment, request, ledger, lock, unfit));
    if (admission.do === "refuse") throw refused(environment, ledger, admission.failure);
    if (admission.do === "wait") {
      if (ports.clock.now().getTime() - since > patience) {
        throw refusal(`Waited ${formatDuration(patience)}: ${admission.why}.`, { code: "busy", ways: [statusWay(environment)] });
      }
      if (said !== admission.why) {
        const held = lock.state === "held" ? lock.holder.since : undefined;
        environment.notify({ kind: "lock.waiting", why: admission.why, ...(held !== undefined && { since: held }) });
        ports.report.progress?.(`waiting since ${ports.clock.now().toISOString().slice(11, 19)} UTC: ${admission.why}`);
      }
      said = admission.why;
      await ports.clock.sleep(pause, ports.signal);
      pause = Math.min(2 * pause, POLL_EVERY);
      continue;
    }
    if (said !== "") ports.report.progress?.("");
    await request.check?.({ ledger, admission });
    const before = lock.state === "held" ? lock.holder : undefined;
    const holder = nextHolder(environment, { admission, lock, ledger });
    const taken = before === undefined ? await journal.lock.take(holder) : await journal.lock.takeOver(before, holder);
    if (taken && underLocks(await journal.read()) === underLocks(ledger)) {
      await journal.lock.beat(holder, { running: true, step: "starting", process });
      return { holder, before, midStep: lock.state === "held" && lock.beat?.running !== false, admission, ledger, process };
    }
    // What was looked at is not what there is: the lock went through others' hands since, or the one who was taken for dead wrote.
    if (taken) await giveBack(journal.lock, holder, before);
    // Somebody else was faster: look again.
    await ports.clock.sleep(LOST_RACE, ports.signal);
  }
}

/** How many entries were written under a lock. */
function underLocks({ entries }: Ledger): number {
  return entries.filter(({ fence }) => fence !== undefined).length;
}

/** Leaves the lock as it was found: free, or with the holder whose step may not have ended. */
async function giveBack(lock: Lock, holder: Holder, before: Holder | undefined): Promise<void> {
  await (before === undefined ? lock.release(holder) : lock.takeOver(holder, before));
}

/** Whether this run may open a deploy, asked anew only where something was confirmed or taken back meanwhile. */
function askedOnce(environment: Environment, opener: Opener | undefined): (ledger: Ledger, commit: string) => Promise<Failure | undefined> {
  let known: { readonly of: string; readonly answer: Promise<Failure | undefined> } | undefined;
  return async (ledger, commit) => {
    const of = `${ledger.deploys.filter(({ end }) => end !== undefined).length} ${ledger.stable.at(-1)?.commit} ${ledger.quarantined.has(commit)}`;
    if (known?.of !== of) known = { of, answer: refusedUnfit(environment, ledger, { commit, opener }) };
    return await known.answer;
  };
}

/** A refusal over a deploy that blocks: whoever knows the ways on from it names them. */
export class Blocked extends Failure {
  readonly ledger: Ledger;
  readonly open: DeployRecord;

  constructor(refused: Failure, ledger: Ledger, open: DeployRecord) {
    super(refused.message, refused);
    this.ledger = ledger;
    this.open = open;
  }
}

function refused(environment: Environment, ledger: Ledger, failure: Failure): Failure {
  // What is only busy can be watched.
  if (failure.code === "busy") return failure.with({ ways: [statusWay(environment)] });
  return failure.code === "blocked" && ledger.open !== undefined ? new Blocked(failure, ledger, ledger.open) : failure;
}

function nextHolder({ ports, owner }: Environment, found: Pick<Turn, "admission" | "ledger"> & { readonly lock: LockStatus }): Holder {
  const { admission, lock, ledger } = found;
  // Above all that were ever seen: one who wrote nothing is in the lock, or in the last sign of life.
  const before = (lock.state === "held" ? lock.holder.fence : lock.lastFence) ?? 0;
  return {
    id: ports.random(16),
    fence: Math.max(ledger.highestFence, before) + 1,
    owner: owner.id,
    deploy: admission.do === "continue" ? admission.deploy.id : undefined,
    run: owner.run,
    since: ports.clock.now().toISOString(),
  };
}

async function admissionRequest(
  environment: Environment,
  request: BeginRequest,
  ledger: Ledger,
  lock: LockStatus,
  unfit: (ledger: Ledger, commit: string) => Promise<Failure | undefined>,
): Promise<AdmissionRequest> {
  const { ports, owner, shared, title } = environment;
  const open = ledger.open;
  const foreign = open !== undefined && open.owner !== owner.id && open.end === undefined;
  const token = tokenOf(shared, ports.env);
  const beat = lock.state === "held" ? lock.beat : undefined;
  return {
    title,
    ledger,
    lock,
    me: owner,
    commit: request.commit,
    wants: request.wants,
    leaseMs: shared["lock-lease"],
    now: ports.clock.now(),
    unfit: request.wants === "open" && request.commit !== undefined ? await unfit(ledger, request.commit) : undefined,
    ownerCompleted: foreign && changedSomething(open) ? await attemptCompleted(open.run, ports.env, token) : undefined,
    beaterDead: beat?.running === true && (await isDead(ports.here, beat.process)),
  };
}
