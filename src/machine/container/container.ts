import * as v from "valibot";
import { Failure, refusal } from "../../core/failure.ts";
import type { Finished } from "../../core/machine.ts";
import { readJsonRecord } from "../../core/record.ts";
import { compose, composePasted, type ComposeProject, dockerWords, engineHint, engineWords } from "./compose.ts";
import { ending, lastLines } from "../succeed.ts";

/** What compose exits with where a file that it was to read is not there. */
const NO_COMPOSE_FILE = 14;

/** The one running container of a service. */
export interface ServiceContainer {
  readonly id: string;
  /** `shop-postgres-1`. */
  readonly name: string;
  /** Those by which compose knows a service's containers, as `name=value`. */
  readonly labels: readonly string[];
  /** As the image and the compose file say it. It may hold secrets. */
  readonly environment: ReadonlyMap<string, string>;
  /** Whether it has the host's own network. */
  readonly hostNetwork: boolean;
  /** Its addresses on its networks. */
  readonly addresses: readonly string[];
  /** Where the host publishes a port of it: container's port, and where on the host. */
  readonly published: readonly { readonly port: number; readonly at: { readonly host: string; readonly port: number } }[];
}

/**
 * The running container of a project's service.
 * Refuses (exit 2) where there is none or are several, naming the services that there are.
 */
export async function findServiceContainer(project: ComposeProject, service: string): Promise<ServiceContainer> {
  const { machine, directory } = project;
  const ids = await containerIds(project, service);
  const containers = ids.length === 0 ? [] : await inspect(project, ids);
  const lasting = containers.filter((one) => one.Config.Labels?.["com.docker.compose.oneoff"] !== "True");
  const running = lasting.filter((one) => one.State.Running && !one.State.Paused && !one.State.Restarting);
  const [only, ...others] = running;
  if (only === undefined) {
    throw refusal(`The service ${service} of ${directory} on ${machine.name} does not run.`, {
      code: "service-stopped",
      hint: [
        `Start it on ${machine.name}: ${composePasted(project, "up", "--detach", "--wait", service)}`,
        `Where it does not stay up, look there at what it says: ${composePasted(project, "logs", "--tail", "30", service)}`,
      ].join("\n"),
      evidence: lasting.length === 0 ? ["it has no container"] : lasting.map((one) => `${nameOf(one)}: ${one.State.Status}`),
    });
  }
  if (others.length > 0) {
    throw refusal(`The service ${service} of ${directory} on ${machine.name} has ${running.length} running containers.`, {
      code: "service-ambiguous",
      hint: "A database is one server: scale the service to 1, or name the right server by database-url.",
      evidence: running.map(nameOf),
    });
  }
  return toContainer(only);
}

/** `running`, `exited`, …; undefined where the container is gone. */
export async function containerState(project: ComposeProject, id: string): Promise<string | undefined> {
  const finished = await project.machine.run({
    words: dockerWords(project, "inspect", "--format", "{{.State.Status}}", id),
    repeatable: true,
  });
  return finished.code === 0 ? finished.stdout.trim() : undefined;
}

/** Milliseconds since a container was started last, by the clock of the machine that holds it. */
export async function startedAgo(project: ComposeProject, id: string): Promise<number | undefined> {
  const { machine } = project;
  const started = await machine.run({ words: dockerWords(project, "inspect", "--format", "{{.State.StartedAt}}", id), repeatable: true });
  const now = await machine.run({ words: ["date", "+%s"], repeatable: true });
  const ago = Number(now.stdout.trim()) * 1000 - Date.parse(started.stdout.trim());
  return started.code === 0 && now.code === 0 && Number.isFinite(ago) ? ago : undefined;
}

async function containerIds(project: ComposeProject, service: string): Promise<readonly string[]> {
  const listed = await listContainers(project, service);
  const ids = wordsOf(listed.stdout);
  if (listed.code === 0 && ids.length > 0) return ids;
  // The files of a broken version may be unreadable, or know the service no more, while it still runs: then its labels tell.
  const labelled = await labelledIds(project, service);
  if (labelled.length > 0) return labelled;
  await refuseUnknown(project, service, listed);
  return [];
}

async function listContainers(project: ComposeProject, service: string): Promise<Finished> {
  try {
    return await compose(project, ["ps", "--all", "--quiet", "--", service]);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not-found")) throw error;
    throw refusal(`\`database-service\`: ${error.message}`, {
      code: error.code,
      cause: error,
      hint: "Install docker with compose there, say how compose is called (compose-command), or give database-url.",
    });
  }
}

async function labelledIds(project: ComposeProject, service: string): Promise<readonly string[]> {
  const { machine, directory } = project;
  const real = await machine.run({ words: ["pwd", "-P"], cwd: directory, repeatable: true });
  const found = new Set<string>();
  for (const folder of new Set([directory, real.stdout.replace(/\n$/, "")])) {
    const labels = [`service=${service}`, `project.working_dir=${folder}`].flatMap((label) => [
      "--filter",
      `label=com.docker.compose.${label}`,
    ]);
    const listed = await machine.run({ words: dockerWords(project, "ps", "--quiet", "--no-trunc", ...labels), repeatable: true });
    for (const id of wordsOf(listed.stdout)) found.add(id);
  }
  return [...found];
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

async function refuseUnknown(project: ComposeProject, service: string, listed: Finished): Promise<void> {
  const { machine, directory } = project;
  const known = await compose(project, ["config", "--services"]);
  const services = known.stdout.split("\n").filter((name) => name !== "");
  if (known.code === 0 && !services.includes(service)) {
    throw refusal(`\`database-service\`: the compose project of ${directory} on ${machine.name} has no service ${service}.`, {
      code: "unknown-service",
      hint: services.length === 0 ? "It has no services at all." : `It has ${services.toSorted().join(", ")}.`,
    });
  }
  const failed = [listed, known].find((one) => one.code !== 0);
  if (failed === undefined) return;
  if (failed.code === NO_COMPOSE_FILE) {
    throw refusal(`\`database-service\`: there is no compose file in ${directory} on ${machine.name}.`, {
      code: "compose-config",
      evidence: lastLines(failed),
      hint: `Check app-dir and compose-file. Before the very first deploy: bring the compose file there and start the database yourself (${[...project.command, "up", "--detach", service].join(" ")}); no deploy does that.`,
    });
  }
  throw refusal(`The compose project of ${directory} on ${machine.name} cannot be read (${ending(failed)}).`, {
    code: "compose-config",
    evidence: lastLines(failed),
    hint: `Check compose-file and compose-command. ${engineHint(project)}`,
  });
}

const inspected = v.array(
  v.object({
    Id: v.string(),
    Name: v.string(),
    State: v.object({ Status: v.string(), Running: v.boolean(), Paused: v.optional(v.boolean()), Restarting: v.optional(v.boolean()) }),
    Config: v.object({ Env: v.nullish(v.array(v.string())), Labels: v.nullish(v.record(v.string(), v.string())) }),
    HostConfig: v.object({ NetworkMode: v.string() }),
    NetworkSettings: v.object({
      Ports: v.nullish(v.record(v.string(), v.nullable(v.array(v.object({ HostIp: v.string(), HostPort: v.string() }))))),
      Networks: v.nullish(v.record(v.string(), v.object({ IPAddress: v.string() }))),
    }),
  }),
);
type Inspected = v.InferOutput<typeof inspected>[number];

async function inspect(project: ComposeProject, ids: readonly string[]): Promise<readonly Inspected[]> {
  const finished = await project.machine.run({ words: dockerWords(project, "inspect", "--type", "container", ...ids), repeatable: true });
  if (finished.code === 0) return readJsonRecord(inspected, finished.stdout, engineWords(project.machine, "inspect"));
  // Standard output would hold the environment of those that were found.
  throw refusal(`Looking at the containers on ${project.machine.name} failed (${ending(finished)}).`, {
    evidence: lastLines({ stdout: "", stderr: finished.stderr }),
    hint: engineHint(project),
    code: "engine-failed",
  });
}

function nameOf({ Name }: Inspected): string {
  return Name.replace(/^\//, "");
}

function toContainer(one: Inspected): ServiceContainer {
  const { Id, Config, HostConfig, NetworkSettings } = one;
  return {
    id: Id,
    name: nameOf(one),
    labels: ["com.docker.compose.project", "com.docker.compose.service"].map((label) => `${label}=${Config.Labels?.[label] ?? ""}`),
    environment: new Map((Config.Env ?? []).map((pair) => [pair.replace(/=.*/s, ""), pair.slice(pair.indexOf("=") + 1)])),
    hostNetwork: HostConfig.NetworkMode === "host",
    addresses: Object.values(NetworkSettings.Networks ?? {}).flatMap(({ IPAddress }) => (IPAddress === "" ? [] : [IPAddress])),
    published: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) =>
      port.endsWith("/tcp")
        ? (bindings ?? []).map(({ HostIp, HostPort }) => ({
            port: Number.parseInt(port, 10),
            at: { host: loopbackFor(HostIp), port: Number(HostPort) },
          }))
        : [],
    ),
  };
}

/** Published on all addresses is published on the loopback. */
function loopbackFor(ip: string): string {
  if (ip === "" || ip === "0.0.0.0") return "127.0.0.1";
  return ip === "::" ? "::1" : ip;
}
