import type { HealthSettings } from "../../health/inputs.ts";
import type { RolloutSettings } from "../../rollout/inputs.ts";
import { posix } from "node:path";
import type { HealthWorld } from "../../health/check.ts";
import { hostPortOf, isLoopback } from "../../health/places.ts";
import { judgeTakeover } from "../../health/takeover.ts";
import { lookAtPort } from "../../machine/process/listeners.ts";
import { lastStart } from "../../rollout/started.ts";
import type { Environment } from "../environment/environment.ts";

/** By what start the version that is asked for its health came to run. */
export interface StartedBy {
  readonly deploy: string;
  readonly rollout: Pick<RolloutSettings, "command" | "start-command">;
  /** Whether the process from before the deploy would be the right one: it goes back to what ran then. */
  readonly kept: boolean;
}

/**
 * Who listens on the health URL's port, to tell the new version from the old. Undefined where the app tells it itself, where
 * the URL is not the host's own, and where no command of the user's has started anything.
 */
export async function takeoverOf(
  environment: Environment,
  settings: HealthSettings,
  started: StartedBy | undefined,
): Promise<HealthWorld["takeover"]> {
  const { machine } = environment;
  const url = ownUrl(environment, settings);
  const clone = await environment.clone();
  if (started === undefined || url === undefined || clone === undefined) return undefined;
  const begun = await lastStart(clone, started.rollout, started.deploy);
  if (begun === undefined) return undefined;
  const { port } = hostPortOf(url);
  return async () => {
    const sight = await lookAtPort(machine, { port, since: begun.since, folder: clone.directory, also: begun.own?.pid });
    return sight === undefined ? { state: "unknown" } : judgeTakeover(sight, begun, { port, kept: started.kept });
  };
}

/** The health URL, where it is asked on the host itself and the app does not tell its version. */
function ownUrl({ machine }: Environment, { url, from, "expect-version": version }: HealthSettings): URL | undefined {
  const asked = url !== undefined && (version === undefined || version.from === "literal");
  return asked && (from !== "runner" || machine.local) && isLoopback(hostPortOf(url).host) ? url : undefined;
}

/** The port of a health URL that is asked on the host itself; undefined for all others. */
export function ownPort({ machine }: Pick<Environment, "machine">, { url, from }: HealthSettings): number | undefined {
  if (url === undefined || (from === "runner" && !machine.local)) return undefined;
  const { host, port } = hostPortOf(url);
  return isLoopback(host) ? port : undefined;
}

/** Says before anything changes where nothing will tell the new version from the old (contract, 3). */
export function noticeUntold(environment: Environment, rollout: RolloutSettings, health: HealthSettings | undefined): void {
  const { report } = environment.ports;
  const commands = rollout.command !== undefined || rollout["start-command"] !== undefined;
  if (health === undefined || !commands || rollout["stop-command"] !== undefined) return;
  if (health.url !== undefined && health["expect-version"] !== undefined && health["expect-version"].from !== "literal") return;
  const url = ownUrl(environment, health);
  report.notice(
    `Nothing that was given tells the new version from the old one: no \`stop-command\`, and no \`expect-version\`. ${
      url === undefined
        ? "Should the old one go on answering, that will not be seen."
        : `What is looked at instead is which process listens on port ${hostPortOf(url).port} of ${environment.machine.name}, as far as ${environment.machine.login} may see it.`
    }`,
  );
}

/** Who holds the health URL's port on the host, as evidence for a health check that did not pass; empty where nobody tells. */
export async function whoHolds({ machine }: Pick<Environment, "machine">, settings: HealthSettings): Promise<readonly string[]> {
  const port = ownPort({ machine }, settings);
  if (port === undefined) return [];
  const sight = await lookAtPort(machine, { port, since: Number.MAX_SAFE_INTEGER, folder: "/", also: undefined });
  if (sight === undefined || sight.holders.length === 0) return [];
  const who = sight.holders.map((pid) => {
    const program = sight.programs.get(pid);
    return program === undefined ? String(pid) : `${pid} (${posix.basename(program)})`;
  });
  return [`port ${port} of ${machine.name} is held by process ${who.join(", ")}`];
}
