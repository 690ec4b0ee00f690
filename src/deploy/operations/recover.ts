import { OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Way } from "../../core/way.ts";
import { healthSection } from "../../health/inputs.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { type LookedForRecovery, lookForRecovery, recoveryText, recoveryWords } from "../back/look-for-recovery.ts";
import { waysOfDeploy } from "../back/ways-of-deploy.ts";
import { requireConfirmation } from "../call/confirmation.ts";
import { nextCommand } from "../call/next-command.ts";
import { type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { refuseDamaged } from "../lock/damaged-journal.ts";
import { signsOf } from "../lock/signs.ts";
import { DOWNTIME_OUTPUTS } from "../steps/downtime.ts";
import { timelineOf } from "../steps/timeline.ts";
import { carryOutRecovery, freeLockLeft, moveTagsLeft } from "./carry-out-recovery.ts";

const recoverSection = {
  name: "recover",
  inputs: {
    confirm: input(line, {
      description: "The environment's name, typed in: a person says that the deploy shall be ended, a restore included.",
      perRun: true,
    }),
    reason: input(line, { description: "Why, for the journal. Default: how far the deploy came.", perRun: true }),
  },
} as const satisfies Section;

const sections = { shared: sharedSection, recover: recoverSection } as const;

const READ_ON_THE_WAY = { rollout: rolloutSection, health: healthSection, migrate: migrateSection } as const;

export const recover = operation({
  name: "recover",
  description: "Ends a deploy that nobody works on any more: forward where only its confirmation is missing, else back, or it asks.",
  sections,
  passesOver: OF_DEPLOYS,
  own: "recover",
  outputs: {
    recovery: "What was done: `none` (nothing was open), `wait`, `forward` or `back`; `ask` where a person is needed.",
    deploy: "The deploy that was open.",
    commit: "The version that runs now.",
    "database-action": "On the way back: what became of the database.",
    "stable-tag": "On the way forward: the dated tag.",
    "replaced-database": "The name under which a replaced database is kept.",
    "duration-ms": "How long it took, in milliseconds.",
    ...DOWNTIME_OUTPUTS,
  },
  branding: { icon: "life-buoy", color: "orange" },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { ports, inputs } = call;
    const { confirm } = inputs.recover;
    const dryRun = inputs.shared["dry-run"];
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    if (confirm !== undefined) requireConfirmation(confirm, environment.name, "Ending a deploy by hand");
    const started = ports.clock.now().getTime();
    const { journal } = stateOf(environment);
    const lock = await journal.lock.status();
    const ledger = await journal.read();
    refuseDamaged(environment, ledger);
    const { open } = ledger;
    if (open === undefined) return await nothingOpen(environment, { ledger, lock }, dryRun);
    const signs = await signsOf(environment, open, lock);
    const looked = await lookForRecovery(environment, ledger, open, { said: confirm !== undefined, signs });
    const { recovery } = looked;
    ports.report.say(`${describe(open)}. ${recoveryText(recovery, open)}`);
    if (recovery.do === "wait") return waits(environment, open, recovery.why);
    if (recovery.do === "ask") throw await asks(environment, { ledger, open, looked });
    if (dryRun) return planned(environment, open, looked);
    environment.settings.read(READ_ON_THE_WAY);
    return await carryOutRecovery(environment, { open, looked, said: confirm !== undefined, reason: inputs.recover.reason, started });
  },
});

function describe(open: DeployRecord): string {
  const last = open.steps.at(-1);
  const far = last === undefined ? "no step of it was begun" : `\`${last.step}\` ${last.state === "running" ? "did not end" : last.state}`;
  return `Deploy ${open.id} of ${shortCommit(open.commit)} is open: ${far}`;
}

/** What a run may leave that closed its deploy and died: the tags of a version that was confirmed, and the lock. */
async function nothingOpen(
  environment: Environment,
  { ledger, lock }: { readonly ledger: Ledger; readonly lock: LockStatus },
  dryRun: boolean,
): Promise<Outcome> {
  const waiting = ledger.pendingTags.at(-1);
  const left = lock.state === "held" ? lock.holder.owner : undefined;
  if (waiting !== undefined && !dryRun) return await moveTagsLeft(environment);
  if (left !== undefined && !dryRun) return await freeLockLeft(environment, left);
  const would = [
    ...(waiting === undefined ? [] : [`; the tags of ${shortCommit(waiting.commit)} would be moved`]),
    ...(left === undefined ? [] : [`; the lock that ${left} holds would be released, were ${left} gone`]),
  ];
  return { outputs: { recovery: "none" }, headline: `Nothing is open on ${environment.title}${would.join("")}`, blocks: [] };
}

function waits(environment: Environment, open: DeployRecord, why: string): Outcome {
  return {
    outputs: { recovery: "wait", deploy: open.id },
    headline: `Deploy ${open.id} of ${environment.title} is left to its owner: ${why}`,
    blocks: [],
  };
}

function planned(environment: Environment, open: DeployRecord, { recovery }: LookedForRecovery): Outcome {
  return {
    outputs: { recovery: recovery.do === "close" ? "back" : recovery.do, deploy: open.id },
    headline: `Would end deploy ${open.id} of ${environment.title}`,
    blocks: [{ kind: "text", text: recoveryText(recovery, open) }, timelineOf(open, environment.ports.clock.now())],
  };
}

/** Nothing was touched; a person has to say it. */
async function asks(
  environment: Environment,
  { ledger, open, looked }: { readonly ledger: Ledger; readonly open: DeployRecord; readonly looked: LookedForRecovery },
): Promise<Failure> {
  const { recovery, ifSaid } = looked;
  const said: Way = {
    command: nextCommand(environment, "recover", ["--confirm", environment.name]),
    means: `You confirm that it is ended: it looks again, and would then ${recoveryWords(ifSaid, open)}: ${ifSaid.why}.`,
  };
  return new Failure(
    `Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} needs a person: ${recovery.why}. Nothing was touched.`,
    {
      exit: 3,
      code: "recovery-asks",
      hint: "Choose one of the commands; nothing of this is done unasked.",
      outputs: { recovery: "ask", deploy: open.id },
      ways: [...(ifSaid.do === "ask" ? [] : [said]), ...(await waysOfDeploy(environment, ledger, open))],
      blocks: [timelineOf(open, environment.ports.clock.now())],
    },
  );
}
