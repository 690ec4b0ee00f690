import type { HealthSettings } from "../../health/inputs.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { HealthVerdict } from "../../health/check.ts";
import type { Ran } from "../../journal/entries.ts";
import { AS_FOUND, NOT_CHECKED } from "../../journal/unwell.ts";
import type { Standstill } from "../../rollout/standstill.ts";
import type { Environment } from "../environment/environment.ts";
import type { StartedBy } from "../steps/takeover.ts";
import { askHealth, describeHealth, expectedVersion, unhealthy } from "../steps/gate.ts";

/** How long an app that was not touched may take to answer, before it is started once more. Milliseconds. */
const UP_ALREADY = 5_000;

export interface HealthAfter {
  readonly environment: Environment;
  /** Undefined where no health check is known: then it says so. */
  readonly settings: HealthSettings | undefined;
  readonly commit: string;
  /** What is known of the health of this version from before; undefined: nothing. */
  readonly seen: Ran | undefined;
  readonly signal: AbortSignal;
  /** How this rollback started it, where it did. */
  readonly started: StartedBy | undefined;
  /** Whether code and schema were left as they were. */
  readonly kept: boolean;
  /** Whether the schema is known to be this version's. */
  readonly proven: boolean;
  /** One restart, where the app was not started by this rollback; undefined where there is nothing to restart. */
  readonly restart: (() => Promise<void>) | undefined;
  readonly standstill: Standstill;
}

/** Health after a way back. Where nothing had to be stopped, the app gets one restart before it counts as unhealthy. */
export async function healthAfter(request: HealthAfter): Promise<string> {
  const { environment, settings, restart } = request;
  const { report } = environment.ports;
  if (settings === undefined) {
    report.warning("Health not checked: no health settings are known for this version.");
    return NOT_CHECKED;
  }
  // What did not pass before is not waited for.
  let verdict = await ask(request, restart === undefined && request.seen !== "unhealthy" ? settings : quick(settings));
  if (verdict.state === "failing" && request.seen === "unhealthy") {
    report.warning(
      `${shortCommit(request.commit)} is not healthy (${verdict.reason}), as it was not when this deploy opened: all is as it was found.`,
    );
    return AS_FOUND;
  }
  if (verdict.state === "failing" && restart !== undefined) {
    report.say("Not healthy although nothing had to be taken back: starting it once more.");
    request.standstill.nothingAnswered();
    await restart();
    verdict = await ask(request, settings);
  }
  if (verdict.state === "healthy") {
    request.standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
    return describeHealth(verdict);
  }
  const { evidence, hint } = unhealthy(verdict);
  throw new Failure(`${shortCommit(request.commit)} is back, and it is not healthy either: ${verdict.reason}.`, {
    evidence,
    hint: nextMove(request) ?? hint,
    exit: 3,
    code: request.proven ? "unhealthy-at-target" : "unhealthy-and-apart",
  });
}

function nextMove({ kept, proven, seen }: HealthAfter): string | undefined {
  if (!proven)
    return "The database was kept, and its schema is not known to be this version's: mend it by hand, or go back to a savepoint.";
  if (!kept) return undefined;
  if (seen !== "healthy" && seen !== "nameless")
    return "Code and schema are this version's, and it was never seen healthy: it may never have been. Mend it by hand or deploy a version that works; no further rollback is tried.";
  return "Code and schema are as they were when it was healthy: the cause lies elsewhere (a service it needs, the machine, the data). No further rollback is tried.";
}

/** An app that is up already answers at once; one that is down need not be waited for before it is started. */
function quick(settings: HealthSettings): HealthSettings {
  return { ...settings, timeout: Math.min(settings.timeout, UP_ALREADY + settings.successes * settings.interval) };
}

async function ask({ environment, commit, signal, started }: HealthAfter, settings: HealthSettings): Promise<HealthVerdict> {
  const version = await expectedVersion(environment, commit);
  let verdict: HealthVerdict | undefined;
  try {
    return await environment.ports.report.step(
      "Checking the health of the version gone back to",
      async () => {
        verdict = await askHealth(environment, settings, version, signal, { started });
        // Thrown only for the story: a step that ends unhealthy has failed.
        if (verdict.state === "failing") throw unhealthy(verdict);
        return verdict;
      },
      describeHealth,
    );
  } catch (error) {
    if (verdict?.state === "failing") return verdict;
    throw error;
  }
}
