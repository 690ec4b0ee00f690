import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { ComposeProject, Container } from "../../machine/container/compose.ts";
import type { DatabaseTarget } from "../../postgres/address.ts";
import { type ProjectServices, servicesOf } from "../../rollout/database-services.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import type { DatabaseWorld } from "./database-target.ts";

/** What says that nobody is at an address: a firewall that is silent says nothing of the name. */
const NOBODY = new Set(["name-not-resolved", "refused"]);

/** An engine that hangs must not keep the failure from being told. Milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Where nobody answers at the database's address: what the compose project in `app-dir` has instead, in a sentence for a
 * hint. Undefined where there is no project, or it cannot be read: then there is nothing to say.
 */
export async function databaseBeside(
  target: DatabaseTarget,
  error: Failure,
  { shared, machine }: DatabaseWorld,
): Promise<string | undefined> {
  if (!NOBODY.has(error.code ?? "") || shared["app-dir"] === undefined || target.socket !== undefined) return undefined;
  try {
    const project = await openComposeProject(inHaste(machine), shared, "the look for the database");
    return describeBeside(target, project, await servicesOf(project));
  } catch (unread) {
    if (unread instanceof Failure) return undefined;
    throw unread;
  }
}

/** The services of a project that are evidently databases; none where it cannot be read. */
export async function databasesOf(project: ComposeProject): Promise<readonly string[]> {
  try {
    return (await servicesOf({ ...project, machine: inHaste(project.machine) })).databases;
  } catch (unread) {
    if (unread instanceof Failure) return [];
    throw unread;
  }
}

/** The same machine, where each command ends in time. */
function inHaste(machine: Machine): Machine {
  return { ...machine, run: async (command) => await machine.run({ timeout: PATIENCE_MS, ...command }) };
}

/** Pure. */
export function describeBeside(
  target: Pick<DatabaseTarget, "host" | "port">,
  { directory }: Pick<ComposeProject, "directory">,
  { services, databases, containers }: ProjectServices,
): string | undefined {
  const named = services.includes(target.host);
  const only = `${target.host} is a service of the compose project in ${directory}, known by that name to its containers alone`;
  if (named && databases.includes(target.host)) return `${only}: give \`database-service: ${target.host}\`.`;
  if (databases.length === 0) return undefined;
  const running = databases.filter((service) => containers.some((one) => one.service === service && one.state === "running"));
  const each = (running.length > 0 ? running : databases).map((service) => reached(service, target, containers));
  return named ? `${only}. ${each.join(" ")}` : `The compose project in ${directory} has a database. ${each.join(" ")}`;
}

function reached(service: string, { host, port }: Pick<DatabaseTarget, "host" | "port">, containers: readonly Container[]): string {
  const running = containers.find((one) => one.service === service && one.state === "running");
  if (running === undefined) return `Its service ${service} does not run.`;
  const published = running.ports.find(({ inside }) => inside === PORT) ?? running.ports[0];
  const give = `\`database-service: ${service}\``;
  if (published === undefined) return `Its service ${service} publishes no port to the host: give ${give}.`;
  const at = `${published.host.includes(":") ? `[${published.host}]` : published.host}:${published.port}`;
  return published.host === (host === "localhost" ? "127.0.0.1" : host) && published.port === port
    ? `Its service ${service} is published there, at ${at}: ${give} reaches it without a port.`
    : `Its service ${service} is published at ${at}: name that address, or give ${give}.`;
}

const PORT = 5432;
