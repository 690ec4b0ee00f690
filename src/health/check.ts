import { Cancelled, messageOf, refusal, stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Machine } from "../core/machine.ts";
import type { Ports } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { within } from "../core/within.ts";
import type { Database } from "../postgres/database.ts";
import { passwordToHide } from "../postgres/address.ts";
import { commandCheck } from "./command.ts";
import { aliveCheck, type Containers, serviceCheck } from "./containers.ts";
import { oneLine, printable } from "./excerpt.ts";
import { httpCheck } from "./http.ts";
import type { HealthSettings } from "./inputs.ts";
import { masker, secretsIn } from "./masking.ts";
import { healthProblems } from "./plan.ts";
import { queryCheck } from "./query.ts";
import { tcpCheck } from "./tcp.ts";
import { type Takeover, takeoverCheck } from "./takeover.ts";
import { trustIn } from "./trust.ts";
import type { Check, HealthVerdict } from "./verdict.ts";
import type { ExpectedVersion } from "./version.ts";
import { waitUntilHealthy } from "./wait.ts";

export type { HealthVerdict } from "./verdict.ts";

export interface HealthWorld {
  /** The host's machine, where there is one, else `here`. `from: runner` probes from `here` all the same. */
  readonly machine: Machine;
  readonly here: Machine;
  /** What `query` asks. */
  readonly database?: Pick<Database, "connect" | "name" | "target"> | undefined;
  readonly ports: Pick<Ports, "clock" | "report" | "signal">;
  /** The version that must answer; on a rollback the target's. */
  readonly version?: ExpectedVersion | undefined;
  /** The folder on the machine that `command` runs in; with `from: runner` it runs where the run does. */
  readonly cwd?: string | undefined;
  /** Added to the environment of `command`. */
  readonly env?: Readonly<Record<string, string | Secret>> | undefined;
  /** Asked once before a failing verdict, e.g. for the containers' last log lines, while everything still runs. */
  readonly collectEvidence?: (() => Promise<readonly string[]>) | undefined;
  /** The containers of the app's compose project, where it is one. */
  readonly containers?: Containers | undefined;
  /** Who listens, where that can tell whether it is the new version that answers. */
  readonly takeover?: (() => Promise<Takeover>) | undefined;
  /** Nothing is about to start there: where nobody listens, one try is enough. */
  readonly nobodyComes?: boolean | undefined;
  /** Further values that must not stand in the evidence. */
  readonly secrets?: readonly Secret[] | undefined;
}

/** How long the caller's evidence may take, in milliseconds. */
const COLLECTING_MS = 15_000;

/**
 * Asks until every given check passes in the same round, `successes` times in a row, or `timeout` is over.
 * An unhealthy app is a verdict, never an error. Throws a refusal (exit 2) for settings that cannot be checked,
 * before anything is asked, and Cancelled.
 */
export async function checkHealth(settings: HealthSettings, world: HealthWorld): Promise<HealthVerdict> {
  refuseProblems(settings, world);
  const { clock, report, signal } = world.ports;
  const ownSecrets = secretsIn(settings.headers ?? []);
  for (const secret of ownSecrets) report.mask(secret);
  const password = world.database && passwordToHide(world.database.target);
  const mask = masker([...ownSecrets, ...(world.secrets ?? []), ...(password === undefined ? [] : [password])]);
  const checks = await checksOf(settings, world, mask);
  const { nobodyComes } = world;
  const verdict = await waitUntilHealthy({
    checks: checks.map((check) => masked(check, mask)),
    settings,
    nobodyComes,
    clock,
    report,
    signal,
  });
  if (verdict.state === "healthy") return verdict;
  const collected = await collect(world);
  return { ...verdict, evidence: [...verdict.evidence, ...collected.map((line) => mask(printable(line)))] };
}

function refuseProblems(settings: HealthSettings, world: HealthWorld): void {
  const problems = healthProblems(settings, { database: world.database, version: world.version, containers: world.containers });
  const [first] = problems;
  if (first === undefined) return;
  const lines = problems.map(({ input, message, form }) => `${input} ${message}${form === undefined ? "" : ` (${form})`}`);
  throw refusal(problems.length === 1 ? (lines[0] ?? "") : "the health check's settings do not fit together", {
    evidence: problems.length === 1 ? [] : lines,
    hint: "Correct the inputs of the health check.",
    code: "health-settings",
  });
}

async function checksOf(settings: HealthSettings, world: HealthWorld, mask: (text: string) => string): Promise<readonly Check[]> {
  const machine = settings.from === "runner" ? world.here : world.machine;
  const { clock } = world.ports;
  const checks: Check[] = (settings.tcp ?? []).map((address) => tcpCheck(address, machine, clock));
  if (world.containers !== undefined) {
    checks.push(aliveCheck(world.containers, world.version));
    if (settings.service !== undefined) checks.push(serviceCheck(settings.service, world.containers, world.version));
  }
  if (settings.query !== undefined && world.database !== undefined) checks.push(queryCheck(settings.query, world.database));
  if (settings.url !== undefined) {
    const source = settings["expect-version"];
    checks.push(
      httpCheck({
        request: {
          url: settings.url,
          method: settings.method,
          headers: (settings.headers ?? []).map(({ name, value }) => [name, value.reveal()] as const),
        },
        expectations: {
          status: settings["expect-status"],
          body: settings["expect-body"],
          json: settings["expect-json"],
          headers: settings["expect-header"],
          // A literal is compared as it is; the others were refused where no version is known.
          version: source && { source, expected: world.version ?? { commit: "", names: [] } },
          maxLatencyMs: settings["max-latency"],
        },
        followRedirects: settings["follow-redirects"],
        machine,
        clock,
        mask,
        trust: settings["tls-ca"] === undefined ? undefined : await trustIn(settings["tls-ca"], world.here),
      }),
    );
  }
  if (world.takeover !== undefined) checks.push(takeoverCheck(world.takeover));
  if (settings.command !== undefined) {
    checks.push(
      commandCheck({ command: settings.command, machine, cwd: settings.from === "runner" ? undefined : world.cwd, env: world.env, mask }),
    );
  }
  return checks;
}

/** The same check, with nothing secret in what it says. */
function masked(check: Check, mask: (text: string) => string): Check {
  return {
    ...check,
    run: async (attempt) => {
      const result = await check.run(attempt);
      if (result.passed) return { passed: true, detail: mask(result.detail) };
      return {
        ...result,
        reason: mask(result.reason),
        hint: result.hint && mask(result.hint),
        topic: result.topic && mask(result.topic),
        evidence: result.evidence.map(mask),
      };
    },
  };
}

async function collect({ collectEvidence, ports }: HealthWorld): Promise<readonly string[]> {
  if (collectEvidence === undefined) return [];
  const { clock, signal } = ports;
  const late = () => [`further evidence did not come within ${formatDuration(COLLECTING_MS)}`];
  try {
    return await within({ ms: COLLECTING_MS, late, signal, clock }, collectEvidence);
  } catch (error) {
    stopIfCancelled(signal);
    if (error instanceof Cancelled) throw error;
    return [`further evidence could not be collected: ${oneLine(messageOf(error))}`];
  }
}
