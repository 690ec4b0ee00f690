import { Cancelled, clauseOf, refusal, stopIfCancelled } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import { within } from "../core/within.ts";
import { shortLine, cleanText } from "./excerpt.ts";
import type { HealthSettings } from "./inputs.ts";
import { checksOf, secretsOf } from "./kinds.ts";
import { masker } from "./masking.ts";
import { healthProblems } from "./plan.ts";
import type { Check, HealthVerdict } from "./verdict.ts";
import { waitUntilHealthy } from "./wait.ts";
import type { HealthWorld } from "./world.ts";

export type { HealthVerdict } from "./verdict.ts";
export type { HealthWorld } from "./world.ts";

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
  const secrets = secretsOf(settings, world);
  for (const secret of secrets) report.mask(secret);
  const mask = masker(secrets);
  const machine = settings.from === "runner" ? world.here : world.machine;
  const checks = await checksOf({ settings, world, machine, mask });
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
  return { ...verdict, evidence: [...verdict.evidence, ...collected.map((line) => mask(cleanText(line)))] };
}

function refuseProblems(settings: HealthSettings, world: HealthWorld): void {
  const problems = healthProblems(settings, { database: world.database, version: world.version, containers: world.containers });
  const [first] = problems;
  if (first === undefined) return;
  const lines = problems.map(({ input, message, form }) => `${input} ${message}${form === undefined ? "" : ` (${form})`}`);
  throw refusal(problems.length === 1 ? (lines[0] ?? "") : "The health check's settings do not fit together.", {
    evidence: problems.length === 1 ? [] : lines,
    hint: "Correct the inputs of the health check.",
    code: "health-settings",
  });
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
    return [`further evidence could not be collected: ${shortLine(clauseOf(error))}`];
  }
}
