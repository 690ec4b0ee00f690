import { Failure } from "../../core/failure.ts";
import { hostPortOf, isLoopback, showAddress } from "../../health/places.ts";
import { processesIn } from "../../machine/process/work-in.ts";
import type { Environment } from "./environment.ts";
import { readHealthSettings } from "./known-health.ts";

/**
 * Why the app is known to be down, as far as the machine tells: nothing takes a connection where its health is asked, and no
 * process that can be seen works in `app-dir`. Undefined where it is up, where it may be, and where nobody can tell.
 */
export async function knownDown(environment: Environment): Promise<string | undefined> {
  const health = readHealthSettings(environment.settings);
  const clone = await environment.clone();
  if (health?.url === undefined || clone === undefined) return undefined;
  const address = hostPortOf(health.url);
  const { machine, ports } = environment;
  const asked = health.from === "runner" ? ports.here : machine;
  try {
    const socket = await asked.dial(address);
    socket.destroy();
    return undefined;
  } catch (error) {
    // Over SSH "refused" may be the host's word for a name that it does not know.
    if (!(error instanceof Failure) || error.code !== "refused") return undefined;
    if (error.evidence.length > 0 && !isLoopback(address.host)) return undefined;
  }
  const works = await processesIn(machine, clone.directory);
  return works.length > 0 ? undefined : `nothing listens on ${showAddress(address)}, and no process works in ${clone.directory}`;
}
