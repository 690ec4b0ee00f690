import { beginStep, leavingOpen } from "../back/begin.ts";
import { OF_OPENING, sharedSection } from "../../config/shared.ts";
import { Failure } from "../../core/failure.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Way } from "../../core/way.ts";
import { healthSection } from "../../health/inputs.ts";
import { hasChecks } from "../../health/plan.ts";
import type { HealthVerdict } from "../../health/check.ts";
import { type Environment, ledgerOf, openEnvironment, stateOf } from "../environment/environment.ts";
import { readHealthSettings, withoutForeign } from "../environment/known-health.ts";
import { incomingCommit } from "../environment/incoming.ts";
import { statusWay } from "../call/next-command.ts";
import { describeEnd, ownDeployOver } from "../state/over-deploy.ts";
import type { Downtime } from "../../rollout/standstill.ts";
import { awayFor, DOWNTIME_OUTPUTS, downtimeOutputs } from "../steps/downtime.ts";
import { askHealth, describeHealth, expectedVersion, passGate, unhealthy } from "../steps/gate.ts";
import { type UnwellRequest, waysWithoutHealth } from "../back/ways-without-health.ts";
import { unwellNow } from "../lock/standing.ts";

const sections = { shared: sharedSection, health: healthSection } as const;
type HealthCall = Call<typeof sections>;

export const healthCheck = operation({
  name: "health-check",
  description: "Waits until the app is healthy: HTTP, TCP, a query or a command, several times in a row, with a hard deadline.",
  sections,
  passesOver: OF_OPENING,
  own: "health",
  outputs: {
    healthy: "Whether every check passed, `successes` times in a row.",
    attempts: "How often it was asked.",
    "elapsed-ms": "How long it took.",
    reason: "Why it is not healthy.",
    ...DOWNTIME_OUTPUTS,
  },
  endsJobs: true,
  branding: { icon: "activity", color: "green" },
  async run(call: HealthCall): Promise<Outcome> {
    await using environment = await openEnvironment(call, { state: "optional", journalSettings: true });
    if (call.inputs.shared["dry-run"]) return { outputs: {}, headline: `Would check the health of ${environment.title}`, blocks: [] };
    const verdict = (await ownDeployIsOpen(environment)) ? await inDeploy(environment, call) : await alone(environment, call);
    return {
      outputs: { healthy: true, attempts: verdict.attempts, "elapsed-ms": verdict.elapsedMs, ...downtimeOutputs(verdict.downtime) },
      headline: `${environment.title} is ${describeHealth(verdict)}${awayFor(verdict.downtime)}`,
      blocks: [],
    };
  },
});

/** Whether this run has a deploy open, to which the result belongs. */
async function ownDeployIsOpen(environment: Environment): Promise<boolean> {
  const open = (await ledgerOf(environment))?.open;
  return open !== undefined && open.end === undefined && open.owner === environment.owner.id;
}

type Healthy = Extract<HealthVerdict, { state: "healthy" }> & { readonly downtime?: Downtime | undefined };

async function inDeploy(environment: Environment, call: HealthCall): Promise<Healthy> {
  await using tx = await beginStep(environment, { wants: "join", commit: await incomingCommit(environment) });
  return await leavingOpen(tx, async () => await passGate(tx, call.inputs.health, call.settings.effective(healthSection)));
}

async function alone(environment: Environment, call: HealthCall): Promise<Healthy> {
  await refuseTakenBack(environment);
  const unwell = await unwellOn(environment);
  const commit = await incomingCommit(environment);
  const { report, signal } = environment.ports;
  // Asked from an empty folder, it asks as the last deploy did; a call that says anything says all.
  const known = hasChecks(call.inputs.health) ? undefined : withoutForeign(environment, readHealthSettings(environment.settings));
  const settings = known ?? call.inputs.health;
  return await report.step(
    `Checking the health of ${environment.title}`,
    async () => {
      const verdict = await askHealth(
        environment,
        settings,
        commit === undefined ? undefined : await expectedVersion(environment, commit),
        signal,
      );
      if (verdict.state === "failing") throw unhealthy(verdict).with({ ways: await waysIfUnwell(environment) });
      // Asked again: while it was waited for, somebody may have taken the deploy back, and what is healthy is another version.
      await refuseTakenBack(environment);
      await notePassed(environment, unwell);
      return verdict;
    },
    describeHealth,
  );
}

/** That what is on was not known to be healthy, where it was not. */
async function unwellOn(environment: Environment): Promise<UnwellRequest | undefined> {
  const ledger = await ledgerOf(environment);
  const running = await (await environment.clone())?.current();
  const unwell = ledger && unwellNow(ledger, running);
  return unwell && { unwell, running };
}

async function waysIfUnwell(environment: Environment): Promise<readonly Way[]> {
  const ledger = await ledgerOf(environment);
  const now = await unwellOn(environment);
  return ledger === undefined || now === undefined ? [] : await waysWithoutHealth(environment, ledger, { ...now, justAsked: true });
}

/** What was not known to be healthy is so again. Where that cannot be written, `status` goes on calling a person, and it is said. */
async function notePassed(environment: Environment, asked: UnwellRequest | undefined): Promise<void> {
  if (asked === undefined) return;
  const { owner, ports } = environment;
  const commit = asked.running ?? asked.unwell.commit;
  const fact = { kind: "health.passed", after: asked.unwell.deploy, ...(commit !== undefined && { commit }) } as const;
  try {
    await stateOf(environment).journal.write(fact, { at: ports.clock.now(), owner: owner.id });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.report.warning(`That the app is healthy could not be written to the journal, so \`status\` does not know: ${error.message}`);
  }
}

/** Where somebody else ended this run's deploy, the app's health says nothing of it. After this run's own rollback it is asked for. */
async function refuseTakenBack(environment: Environment): Promise<void> {
  const ledger = await ledgerOf(environment);
  const over = ledger && ownDeployOver(ledger, environment.owner);
  if (over?.end === undefined || over.end.by === environment.owner.id) return;
  throw new Failure(`This run's deploy ${over.id} ${describeEnd(over)}. Whatever answers now, it is not what this run deployed.`, {
    code: "deploy-over",
    hint: "Deploy again once the cause is mended.",
    ways: [statusWay(environment)],
    outputs: { healthy: false, reason: `the deploy ${describeEnd(over)}` },
  });
}
