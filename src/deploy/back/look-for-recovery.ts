import { clauseOf, Failure } from "../../core/failure.ts";
import { formatDuration, shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { beingTakenBack, changedSomething, type DeployRecord, gatePassed, type Ledger } from "../../journal/ledger.ts";
import { nextCommand } from "../call/next-command.ts";
import { isEarlierAttempt, type Owner } from "../call/owner.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { STEP_DEAD_AFTER } from "../lock/admission.ts";
import { isGone, type Signs } from "../lock/standing.ts";
import { backupStore } from "../steps/backup.ts";
import { runningVersion } from "../steps/running-version.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { isAutomatic } from "./automatic.ts";
import { begunNow } from "./begun-now.ts";
import { chooseTarget } from "./choose-target.ts";
import { lookAtDatabase } from "./look.ts";
import { decideRecovery, type Recovery, type RecoveryFacts } from "./recovery.ts";
import { type Told } from "./tried.ts";

/** What recovery would do with an open deploy, and what a rollback is to be told for it. */
export interface LookedForRecovery {
  readonly recovery: Recovery;
  /** What it would do if a person said that it shall be ended. */
  readonly ifSaid: Recovery;
  readonly told: Told;
}

/** Looks at host and database, and decides; what cannot be looked at is a reason to ask. Reads only. */
export async function lookForRecovery(
  environment: Environment,
  ledger: Ledger,
  open: DeployRecord,
  { said, signs }: { readonly said: boolean; /** Undefined where it is known to be left. */ readonly signs: Signs | undefined },
): Promise<LookedForRecovery> {
  const lives = signs === undefined ? undefined : livesStill(open, signs, { said, me: environment.owner });
  const { to, database: wish } = await begunNow(environment, ledger, open);
  const decided = (seen: Pick<RecoveryFacts, "runs" | "database">, told: Told = { to, database: wish }): LookedForRecovery => {
    const facts = { open, lives, automatic: isAutomatic(environment), ...seen };
    return { recovery: decideRecovery({ ...facts, said }), ifSaid: decideRecovery({ ...facts, said: true }), told };
  };
  if (lives !== undefined || !changedSomething(open)) return decided({ runs: "unknown", database: NOT_ASKED });
  const runs = gatePassed(open) && !beingTakenBack(open) ? await whatRuns(environment, open) : "another";
  if (typeof runs === "object") return decided({ runs: "another", database: { action: "impossible", why: runs.why } });
  if (runs !== "another") return decided({ runs, database: NOT_ASKED });
  const database = await wayOfDatabase(environment, ledger, open, { to, database: wish });
  // A rollback by hand refuses to restore what was not said; now a person did.
  const mustBeSaid = said && open.goingBack && database.action === "restore";
  return decided({ runs, database }, { to, database: mustBeSaid ? "restore" : wish });
}

const NOT_ASKED = { action: "none" } as const;

/** Who works on it or may go on with it. A person's word counts as with a rollback by hand: whoever takes the lock waits for a silent minute. */
function livesStill(open: DeployRecord, signs: Signs, { said, me }: { readonly said: boolean; readonly me: Owner }): string | undefined {
  const { lock, beaterDead } = signs;
  const silentMs = lock.state === "held" ? lock.silentMs : Number.POSITIVE_INFINITY;
  const dead = beaterDead || silentMs >= STEP_DEAD_AFTER;
  if (lock.state === "held" && lock.beat?.running !== false && !dead)
    return `${lock.holder.owner} is running ${lock.beat?.step ?? "a step"}, last sign of life ${formatDuration(lock.silentMs)} ago`;
  const later = !me.terminal && isEarlierAttempt(open.owner, me.id);
  if (said || later || isGone(open, signs)) return undefined;
  return `${open.owner} may go on with it${lock.state === "held" ? `, last sign of life ${formatDuration(silentMs)} ago` : ""}`;
}

async function whatRuns(environment: Environment, open: DeployRecord): Promise<RecoveryFacts["runs"] | { readonly why: string }> {
  try {
    // What the app told of itself, it told before its deploy was left: somebody may have put another version there since.
    const head = switched(open) ? await (await environment.clone())?.current() : undefined;
    if (head !== undefined && head !== open.commit) return "another";
    const running = await runningVersion(environment, open.commit, open);
    if (!running.known) return "unknown";
    return running.commit === open.commit ? "its version" : "another";
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { why: `what runs could not be looked at: ${clauseOf(error)}` };
  }
}

function switched({ steps }: DeployRecord): boolean {
  return steps.some(({ step, state }) => step === "switch" && state === "done");
}

async function wayOfDatabase(
  environment: Environment,
  ledger: Ledger,
  open: DeployRecord,
  { to, database: wish }: Told,
): Promise<RecoveryFacts["database"]> {
  try {
    const asked = { ...environment.settingsOf(rollbackSection), to, database: wish };
    const { target, savepoint } = await chooseTarget(environment, ledger, asked);
    const { manifests } = await backupStore(environment, stateOf(environment)).all();
    const { decision } = await lookAtDatabase(environment, {
      target,
      wish,
      preferDown: asked["prefer-down"],
      savepoint: savepoint ?? savepointFor(manifests, open, target, ledger),
      others: [],
      deploy: open,
    });
    return decision.action === "impossible" ? { action: "impossible", why: `there is no way back: ${decision.why}` } : decision;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { action: "impossible", why: clauseOf(error) };
  }
}

/** `go back`: what it does, in words. */
export function recoveryWords({ do: what }: Recovery, open: DeployRecord): string {
  return {
    wait: "wait",
    forward: `go forward, and confirm ${shortCommit(open.commit)}`,
    close: "go back, which is nothing but to close it",
    back: "go back",
    ask: "ask a person",
  }[what];
}

/** `recover` and what it would do, in a sentence, for whoever is told of an open deploy. */
export function recoveryText(recovery: Recovery, open: DeployRecord): string {
  return `\`recover\` would ${recoveryWords(recovery, open)}: ${recovery.why}.`;
}

/** Where a deploy was left: what `recover` would do, and, where that is to go on and not back, its command. Reads only. */
export async function recoveryOf(
  environment: Environment,
  ledger: Ledger,
  open: DeployRecord,
): Promise<{ readonly text: string; readonly ways: readonly Way[] }> {
  const { recovery } = await lookForRecovery(environment, ledger, open, { said: false, signs: undefined });
  const forward = {
    command: nextCommand(environment, "recover", ["--confirm", environment.name]),
    means: `Confirms ${shortCommit(open.commit)}: ${recovery.why}.`,
  };
  return { text: recoveryText(recovery, open), ways: recovery.do === "forward" ? [forward] : [] };
}
