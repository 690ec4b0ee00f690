import type { HealthSettings } from "../../health/inputs.ts";
import { Failure } from "../../core/failure.ts";
import { formatDuration, plural } from "../../core/format.ts";
import { checkHealth, type HealthVerdict } from "../../health/check.ts";
import { needsOf } from "../../health/kinds.ts";
import type { ExpectedVersion } from "../../health/version.ts";
import { resolvePath } from "../../machine/files/files.ts";
import type { Environment } from "../environment/environment.ts";
import { JOURNAL } from "../../core/settings.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { projectContainers } from "../environment/project-containers.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import type { Transaction } from "../lock/transaction.ts";
import { startEvidence } from "./start-evidence.ts";
import { type StartedBy, takeoverOf, whoHolds } from "./takeover.ts";
import type { Downtime } from "../../rollout/standstill.ts";
import { awayFor, standstillOf } from "./downtime.ts";

/** The version whose health is asked for: its commit, and the tags by which the app may call it. */
export async function expectedVersion(environment: Environment, commit: string): Promise<ExpectedVersion> {
  const clone = await environment.clone();
  if (clone === undefined || !(await clone.has(commit))) return { commit, names: [] };
  const { stdout } = await clone.git.run(["tag", "--points-at", commit]);
  return { commit, names: stdout.split("\n").filter((name) => name !== "") };
}

/** Asks the app whether it is healthy, from where the settings say. Never throws for an unhealthy app. */
export async function askHealth(
  environment: Environment,
  settings: HealthSettings,
  version: ExpectedVersion | undefined,
  signal: AbortSignal,
  { started, nobodyComes }: { readonly started?: StartedBy | undefined; readonly nobodyComes?: boolean } = {},
): Promise<HealthVerdict> {
  const { ports, machine } = environment;
  const needs = needsOf(settings);
  const containers = await projectContainers(environment, { commit: version?.commit, needed: needs.has("containers") });
  const verdict = await checkHealth(settings, {
    machine: settings.from === "runner" ? ports.here : machine,
    here: ports.here,
    database: needs.has("database") ? await environment.database() : undefined,
    version,
    ports: { ...ports, signal },
    cwd: needs.has("folder") ? await appFolder(environment) : undefined,
    takeover: await takeoverOf(environment, settings, started),
    nobodyComes,
    ...(containers && { containers: containers.ask, collectEvidence: containers.tell }),
  });
  if (verdict.state !== "failing") return verdict;
  // What answers may be another program than the one that was started; and where none answers, that one may be gone.
  const start = await startEvidence(environment, settings, started);
  const evidence = [...verdict.evidence, ...(await whoHolds(environment, settings)), ...start.evidence];
  return { ...verdict, evidence, hint: start.hint ?? verdict.hint };
}

/** `app-dir`, absolute: `~` and relative ones are the login user's. */
async function appFolder({ machine, shared }: Environment): Promise<string | undefined> {
  const folder = shared["app-dir"];
  return folder === undefined ? undefined : await resolvePath(machine, folder);
}

/** The gate: health within the deploy, recorded. An unhealthy app is a failure with its evidence. */
export async function passGate(
  tx: Transaction,
  settings: HealthSettings,
  raw: Readonly<Record<string, string>>,
): Promise<Extract<HealthVerdict, { state: "healthy" }> & { readonly downtime: Downtime | undefined }> {
  const { environment } = tx;
  const deploy = await tx.record();
  return await tx.step("health", { title: `Checking the health of ${environment.title}`, intent: {}, settings: raw }, async (signal) => {
    const started = await startedIn(tx, deploy);
    const verdict = await askHealth(environment, settings, await expectedVersion(environment, deploy.commit), signal, { started });
    if (verdict.state === "failing") throw unhealthy(verdict);
    const standstill = await standstillOf(tx);
    standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
    const { downtime } = standstill;
    return {
      value: { ...verdict, downtime },
      result: { attempts: verdict.attempts, elapsedMs: verdict.elapsedMs, ...(downtime && { downtime }) },
      headline: `${describeHealth(verdict)}${awayFor(downtime)}`,
    };
  });
}

/** How this deploy started its version, where it did. */
async function startedIn({ environment }: Transaction, deploy: DeployRecord): Promise<StartedBy | undefined> {
  if (!deploy.steps.some(({ step }) => step === "switch")) return undefined;
  const settings = environment.settings.withFallback({ source: JOURNAL, raw: settingsOfDeploy(deploy) });
  return { deploy: deploy.id, rollout: settings.section(rolloutSection), kept: false };
}

/** `healthy after 1.2 s (5 attempts)`. */
export function describeHealth(verdict: Extract<HealthVerdict, { state: "healthy" }>): string {
  return `healthy after ${formatDuration(verdict.elapsedMs)} (${plural(verdict.attempts, "attempt")})`;
}

/** An unhealthy verdict as the failure it is, with outputs. */
export function unhealthy(verdict: Extract<HealthVerdict, { state: "failing" }>): Failure {
  return new Failure(`The app is not healthy: ${verdict.reason}.`, {
    evidence: verdict.evidence,
    hint: verdict.hint,
    code: "unhealthy",
    outputs: { healthy: false, attempts: verdict.attempts, "elapsed-ms": verdict.elapsedMs, reason: verdict.reason },
  });
}
