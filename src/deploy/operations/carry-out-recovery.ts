import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { markStableSection } from "../../release/inputs.ts";
import { beginStep, leavingOpen } from "../back/begin.ts";
import { refusingWhere } from "../back/let-in.ts";
import { type LookedForRecovery } from "../back/look-for-recovery.ts";
import { openRollback } from "../back/open-rollback.ts";
import { rollBack } from "../back/rollback-step.ts";
import { rollbackOutcome } from "../back/rollback-outcome.ts";
import { moveTagsAfterRollback } from "../back/stable-again.ts";
import { reasonOf } from "../back/ways.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import { type Environment, ledgerOf } from "../environment/environment.ts";
import { liveSchema } from "../environment/versions.ts";
import type { Transaction } from "../lock/transaction.ts";
import { confirmDeploy, markCommit, mayConfirm } from "../steps/mark.ts";
import { timelineNow } from "../steps/timeline.ts";
import { dropWarm } from "../steps/warm.ts";
import { outcome as marked } from "./mark-stable.ts";

/** What was looked at and decided before the lock is taken. */
export interface ToCarryOut {
  readonly open: DeployRecord;
  readonly looked: LookedForRecovery;
  readonly said: boolean;
  readonly reason: string | undefined;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** Somebody who works on the deploy after all is not waited for. */
const PATIENCE = 5_000;

/** Takes the lock from whoever is gone, and carries out what was decided; what somebody did meanwhile is left to the next try. */
export async function carryOutRecovery(environment: Environment, about: ToCarryOut): Promise<Outcome> {
  const { open, looked, said } = about;
  try {
    await using tx = await beginStep(environment, {
      wants: "end",
      commit: undefined,
      ...(!said && { patienceMs: PATIENCE }),
      moot: (ledger) => (asItWas(ledger, open) ? undefined : "somebody went on with it meanwhile"),
      check: async () => (looked.recovery.do === "forward" ? await mayGoForward(environment, open) : undefined),
    });
    return await ended(tx, about);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "moot") throw error;
    const outputs = { recovery: "wait", deploy: open.id };
    return { outputs, headline: `Deploy ${open.id} of ${environment.title} is left alone: ${error.message}`, blocks: [] };
  }
}

/** Refuses what the confirmation would fail at behind the lock, with that taken from its owner and the journal written. Reads only. */
async function mayGoForward(environment: Environment, open: DeployRecord): Promise<void> {
  await mayConfirm(environment, open);
  await refusingWhere(async () => await liveSchema(environment));
}

/** Whether nothing of it was written since it was looked at. */
function asItWas({ open: now }: Ledger, open: DeployRecord): boolean {
  return now?.id === open.id && now.lastAt === open.lastAt && now.steps.length === open.steps.length;
}

async function ended(tx: Transaction, about: ToCarryOut): Promise<Outcome> {
  const { environment } = tx;
  const { open, looked } = about;
  const reason = about.reason ?? `recovered: ${reasonOf(open)}`;
  if (looked.recovery.do === "close") {
    await dropWarm(tx);
    await tx.close({ as: "abandoned", why: reason, ...(open.from !== undefined && { on: open.from }) });
    return {
      outputs: { recovery: "back", deploy: open.id, commit: open.from },
      headline: `Closed deploy ${open.id} of ${environment.title}, which had changed nothing`,
      blocks: await timelineNow(tx, open.id),
    };
  }
  if (looked.recovery.do === "forward") {
    const { "keep-tags": keepTags } = environment.settingsOf(markStableSection);
    const mark = await leavingOpen(tx, async () => await confirmDeploy(tx, { keepTags }));
    const told = marked(environment, mark, await timelineNow(tx, open.id));
    return { ...told, outputs: { recovery: "forward", deploy: open.id, ...told.outputs } };
  }
  return await wentBack(tx, about, reason);
}

async function wentBack(tx: Transaction, { looked, said, started }: ToCarryOut, reason: string): Promise<Outcome> {
  const { environment } = tx;
  const settings = { ...environment.settingsOf(rollbackSection), ...looked.told, reason, confirm: undefined };
  const { target, savepoint } = await openRollback(tx, settings);
  const before = await tx.record();
  const rolledBack = await rollBack(tx, { target, savepoint, settings, byHand: said, ...(!said && { mayNotRestore: true }) });
  const tags = said ? await moveTagsAfterRollback(environment, rolledBack) : [];
  const durationMs = environment.ports.clock.now().getTime() - started;
  const told = await rollbackOutcome(tx, rolledBack, { before, target, reason, durationMs, tags });
  const { "rolled-back": _, savepoint: __, ...outputs } = told.outputs;
  return { ...told, outputs: { recovery: "back", deploy: before.id, ...outputs } };
}

/** Nothing is open; a run that confirmed its version died before it had moved the tags. */
export async function moveTagsLeft(environment: Environment): Promise<Outcome> {
  await using tx = await beginStep(environment, { wants: "end", commit: undefined, patienceMs: PATIENCE });
  const newest = (await ledgerOf(environment))?.stable.at(-1);
  if (tx.deploy !== undefined || newest === undefined)
    return { outputs: { recovery: "wait" }, headline: `${environment.title} is left alone: somebody works on it`, blocks: [] };
  const { "keep-tags": keepTags } = environment.settingsOf(markStableSection);
  const mark = await tx.alive("mark-stable", async () => await markCommit(environment, newest.commit, { keepTags }, tx));
  const told = marked(environment, mark, []);
  return {
    ...told,
    headline: `${told.headline}; ${shortCommit(newest.commit)} was confirmed before`,
    outputs: { recovery: "forward", ...told.outputs },
  };
}

/** Nothing is open; a run that died, or could not write on a full disk, left the lock. Whoever may still work keeps it. */
export async function freeLockLeft(environment: Environment, owner: string): Promise<Outcome> {
  const none = `Nothing is open on ${environment.title}`;
  try {
    await using tx = await beginStep(environment, { wants: "end", commit: undefined, patienceMs: 0 });
    if (tx.deploy === undefined)
      return { outputs: { recovery: "none" }, headline: `${none}; the lock that ${owner} had left is released`, blocks: [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "busy") throw error;
  }
  return { outputs: { recovery: "wait" }, headline: `${environment.title} is left alone: somebody works on it`, blocks: [] };
}
