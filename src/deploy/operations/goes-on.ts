import { SHARED } from "../../core/input.ts";
import { formatDuration } from "../../core/format.ts";
import { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { type ForwardStep, forwardSteps, STEPS } from "../../journal/steps.ts";
import { migrateSection } from "../../migration/inputs.ts";
import type { Environment } from "../environment/environment.ts";
import { readHealthSettings } from "../environment/known-health.ts";
import { nextCommand } from "../call/next-command.ts";
import { admit } from "../lock/admission.ts";
import type { Signs } from "../lock/standing.ts";
import { hasMigrations, refuseOldSavepoint } from "../steps/migrate.ts";

/** How a deploy of one's own goes on. */
export interface GoesOn {
  /** For people: `with migrate, the next step`. */
  readonly how: string;
  /** What goes on with it, where that can be run from here. */
  readonly way: Way | undefined;
}

/** What runs each step alone. */
const OPERATIONS: Readonly<Record<ForwardStep, readonly string[]>> = {
  prepare: ["rollout", "--phase", "prepare"],
  backup: ["backup"],
  migrate: ["migrate"],
  switch: ["rollout"],
  health: ["health-check"],
  "mark-stable": ["mark-stable"],
};

/**
 * How the open deploy goes on, where it is this owner's and the next step would be let in (contract, 1 and 2); undefined where
 * it is another's, or only a way back is open.
 */
export async function ownGoesOn(
  environment: Environment,
  { ledger, lock, signs }: { readonly ledger: Ledger; readonly lock: LockStatus; readonly signs: Signs },
): Promise<GoesOn | undefined> {
  const { open } = ledger;
  const { owner: me, title, ports } = environment;
  if (open === undefined || open.owner !== me.id) return undefined;
  const { leaseMs, ownerCompleted, beaterDead } = signs;
  const now = ports.clock.now();
  const admission = admit({ title, ledger, lock, me, commit: open.commit, wants: "join", leaseMs, now, ownerCompleted, beaterDead });
  if (admission.do === "wait") return { how: `when what runs has ended: ${admission.why}`, way: undefined };
  if (admission.do !== "continue") return undefined;
  const last = open.steps.at(-1);
  if (last !== undefined && last.state !== "done") {
    const ended = { failed: "failed", cancelled: "was cancelled", running: "did not end" }[last.state];
    const back = me.terminal ? "a rollback" : "a rollback, at the end of its job or by a step of this run";
    return { how: `with ${back}: \`${last.step}\` ${ended}`, way: undefined };
  }
  const whose = me.terminal ? `your deploy, within ${formatDuration(leaseMs)} of its last step (lock-lease)` : "this run's deploy";
  try {
    const step = await nextStep(environment, open);
    // Which it is depends on settings and migrations that are not here.
    if (!isSaidHere(environment, step))
      return {
        how: `with the next step of ${whose}, from where its settings are (savepoint.yml); \`status\` names it there`,
        way: undefined,
      };
    const [operation = "", ...phase] = OPERATIONS[step];
    const confirm = step === "mark-stable" && me.terminal ? ["--confirm", environment.name] : [];
    return {
      how: `with \`${OPERATIONS[step].join(" ")}\`, the next step of ${whose}`,
      way: {
        command: nextCommand(environment, operation, [...phase, "--commit", open.commit, ...confirm]),
        means: `Goes on with ${me.terminal ? "your" : "this run's"} deploy ${open.id}: ${STEPS[step].does}`,
      },
    };
  } catch (error) {
    // A savepoint too old to go on from, with something changed since.
    if (!(error instanceof Failure)) throw error;
    return { how: `with a rollback: ${error.message}`, way: undefined };
  }
}

/** The step behind the last one that has anything to do here. Throws where none may begin any more. */
async function nextStep(environment: Environment, open: DeployRecord): Promise<ForwardStep> {
  const last = open.steps.at(-1)?.step;
  const ahead = forwardSteps.slice(forwardSteps.findIndex((step) => step === last) + 1);
  const { shared, settings } = environment;
  // Its address may be a secret that this call was not given.
  const named = ["database-url", "database-service"].some((name) => settings.text(SHARED, name) !== undefined);
  const database = named || open.live !== undefined;
  for (const step of ahead) {
    if (STEPS[step].database && !database) continue;
    if ((step === "prepare" || step === "switch") && shared["app-dir"] === undefined) continue;
    if (step === "migrate" && !(await hasMigrations(environment, settings.section(migrateSection), open.commit))) continue;
    if (step === "health" && readHealthSettings(settings) === undefined) continue;
    if (step !== "migrate" && step !== "switch") return step;
    return isTooOld(environment, open) ? "backup" : step;
  }
  return "mark-stable";
}

/** Whether the savepoint is too old to go on from, and another one may be taken. Throws where none may. */
function isTooOld(environment: Environment, open: DeployRecord): boolean {
  try {
    refuseOldSavepoint(environment, open);
    return false;
  } catch (error) {
    if (!(error instanceof Failure) || changedSomething(open)) throw error;
    return true;
  }
}

/** Whether what the step cannot do without is said by this call, its folder or its variables: a way forward takes nothing from the journal. */
function isSaidHere({ settings }: Environment, step: ForwardStep): boolean {
  const said = settings.saidHere();
  const given = (...names: readonly string[]): boolean => names.some((name) => said.text(SHARED, name) !== undefined);
  if (STEPS[step].database) return given("database-url", "database-service");
  return step === "prepare" || step === "switch" ? given("app-dir") : true;
}
