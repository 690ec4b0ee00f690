import * as v from "valibot";
import { Failure } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import { type RecordSource, readJsonRecord } from "../../core/record.ts";
import { quote } from "../quote.ts";
import { ending, lastLines } from "../succeed.ts";

/** A compose project on a machine: its folder, its files, and how compose is called there. */
export interface ComposeProject {
  readonly machine: Machine;
  /** `app-dir`, absolute: relative mounts, `.env` and the project's name come from here. */
  readonly directory: string;
  /** How compose is called: `docker compose`, `sudo -E /opt/docker-compose`. */
  readonly command: readonly string[];
  /** As `compose-file` gives them, relative to the folder; empty: compose's own default. */
  readonly files: readonly string[];
  /** For the variables in the files, beside those of `.env`: `SAVEPOINT_COMMIT` and the like. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** The label that says which commit an image was built from; its containers carry it too. */
export const COMMIT_LABEL = "savepoint.commit";

/** A container of a project, as the engine tells it. */
export interface Container {
  readonly id: string;
  /** `shop-web-1`. */
  readonly name: string;
  readonly service: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`. */
  readonly state: string;
  /** `starting`, `healthy`, `unhealthy`, or a word of the engine's own; undefined where the image has no health check. */
  readonly health: string | undefined;
  readonly exitCode: number;
  readonly restarts: number;
  /** Whether the engine killed it for its memory. */
  readonly outOfMemory: boolean;
  /** Full image id (`sha256:…`). */
  readonly image: string;
  /** The image as the compose file called it. */
  readonly imageName: string;
  /** The names of its environment's variables; their values may be secrets. */
  readonly variables: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What of it is reached on the machine, and where. */
  readonly ports: readonly PublishedPort[];
  /** Whether it is meant to stay up, as far as that shows: it has a restart policy, or a port that is published. */
  readonly staysUp: boolean;
}

export interface PublishedPort {
  /** In the container. */
  readonly inside: number;
  /** As it is dialled on the machine: an address, never "all of them". */
  readonly host: string;
  readonly port: number;
}

/** The words of a compose call in the project; `cwd` is the project's folder. */
export function composeWords({ command, files }: Pick<ComposeProject, "command" | "files">, ...args: readonly string[]): readonly string[] {
  return [...command, ...files.flatMap((file) => ["--file", file]), ...args];
}

/** The same as a person pastes it on the machine, from wherever that one is: in another folder it would be another project's. */
export function composePasted(project: Pick<ComposeProject, "command" | "files" | "directory">, ...args: readonly string[]): string {
  return `cd ${quote([project.directory])} && ${quote(composeWords(project, ...args))}`;
}

/**
 * How the engine's own client is called where compose is called so: `docker` for `docker compose --profile x`, and
 * `sudo -E docker` for `sudo -E /opt/docker-compose`.
 */
export function dockerWords({ command }: Pick<ComposeProject, "command">, ...args: readonly string[]): readonly string[] {
  const plugin = command.indexOf("compose", 1);
  if (plugin > 0) return [...command.slice(0, plugin), ...args];
  const own = command.findIndex((word) => /(?:^|\/)docker-compose$/.test(word));
  return [...command.slice(0, own === -1 ? -1 : own), "docker", ...args];
}

/** Whether another program decides who may call compose. */
export function isThroughSudo({ command: [first = ""] }: Pick<ComposeProject, "command">): boolean {
  return /(?:^|\/)sudo$/.test(first);
}

/** What to look at where compose or the engine's client could not be called: who may call them, and through what. */
export function engineHint({ machine, command }: Pick<ComposeProject, "machine" | "command">): string {
  const client = dockerWords({ command }).join(" ");
  if (!isThroughSudo({ command }))
    return `${machine.login} must be able to use the engine there (\`${client} ps\`): by the group docker, or by sudo in compose-command.`;
  return `${machine.login} must be able to run \`${command.join(" ")}\` and \`${client}\` there without a password or a terminal. For sudo, in /etc/sudoers.d: NOPASSWD:SETENV: and the paths of both programs (SETENV is for -E).`;
}

/** Runs compose in the project's folder; resolves with any exit code. */
export async function compose(
  project: ComposeProject,
  args: readonly string[],
  options: Omit<Command, "words" | "cwd"> = {},
): Promise<Finished> {
  return await project.machine.run({
    ...options,
    words: composeWords(project, ...args),
    cwd: project.directory,
    env: { ...project.environment, ...options.env },
  });
}

/**
 * The containers of a project by its name, also stopped ones, without those of `compose run`. In one trip; what the files
 * say now does not matter.
 */
export async function containersNamed(project: Pick<ComposeProject, "machine" | "command">, name: string): Promise<readonly Container[]> {
  const filter = `label=com.docker.compose.project=${name}`;
  const list = quote(dockerWords(project, "ps", "--all", "--quiet", "--no-trunc", "--filter", filter));
  const inspect = quote(dockerWords(project, "inspect", "--type", "container"));
  // One that is gone between the two is left out, and inspect then ends with 1.
  const script = `ids=$(${list}) || exit ${NO_LIST}; [ -z "$ids" ] && { echo '[]'; exit 0; }; ${inspect} $ids || :`;
  const finished = await project.machine.run({ words: ["sh", "-c", script], repeatable: true });
  if (finished.code === 0) return read(project.machine, finished);
  throw new Failure(`Looking at the containers of ${name} failed (${ending(finished)}).`, {
    code: "engine-failed",
    evidence: lastLines(finished),
    ...(finished.code === NO_LIST && { hint: engineHint(project) }),
  });
}

const NO_LIST = 3;

/** By `5432/tcp`; null where nothing is published. */
const bindings = v.record(v.string(), v.nullable(v.array(v.object({ HostIp: v.nullish(v.string()), HostPort: v.string() }))));

const containers = v.array(
  v.object({
    Id: v.string(),
    Name: v.string(),
    Image: v.string(),
    RestartCount: v.number(),
    Config: v.object({ Labels: v.nullish(v.record(v.string(), v.string())), Image: v.string(), Env: v.nullish(v.array(v.string())) }),
    State: v.object({
      Status: v.string(),
      ExitCode: v.number(),
      OOMKilled: v.optional(v.boolean()),
      // An engine that asks nothing says `none`, or nothing. Some have words of their own (`reset`, `stopped`): no app is left
      // running for a word.
      Health: v.nullish(v.object({ Status: v.string() })),
    }),
    NetworkSettings: v.nullish(v.object({ Ports: v.nullish(bindings) })),
    HostConfig: v.nullish(
      v.object({
        RestartPolicy: v.nullish(v.object({ Name: v.nullish(v.string()) })),
        PortBindings: v.nullish(v.record(v.string(), v.unknown())),
      }),
    ),
  }),
);

function read(machine: Machine, { stdout }: Finished): readonly Container[] {
  const found = readJsonRecord(containers, stdout, engineWords(machine, "inspect"));
  return found.filter(({ Config }) => Config.Labels?.["com.docker.compose.oneoff"] !== "True").map(toContainer);
}

/** What the engine's client says, for a failure to read it. */
export function engineWords({ name }: Pick<Machine, "name">, command: string): RecordSource {
  return {
    what: `What the engine's client says on ${name} (\`docker ${command}\`)`,
    hint: "Is it Docker's own client, or one that answers as that does? An older or a newer one may say it in another way.",
    code: "engine-answer",
  };
}

/** Of TCP alone; once where it is published for both families. */
function publishedIn(published: v.InferOutput<typeof bindings>): readonly PublishedPort[] {
  return Object.entries(published).flatMap(([name, at]) => {
    const [inside = "", protocol] = name.split("/");
    const [first] = at ?? [];
    if (protocol !== "tcp" || first === undefined) return [];
    const ip = first.HostIp ?? "";
    const host = ip === "0.0.0.0" || ip === "" ? "127.0.0.1" : ip === "::" ? "::1" : ip;
    return [{ inside: Number(inside), host, port: Number(first.HostPort) }];
  });
}

/** Policies that start again what ended well, too. */
const ALWAYS = new Set(["always", "unless-stopped"]);

function toContainer({
  Id,
  Name,
  Image,
  RestartCount,
  Config,
  State,
  NetworkSettings,
  HostConfig,
}: v.InferOutput<typeof containers>[number]): Container {
  const labels = Config.Labels ?? {};
  const health = State.Health?.Status;
  return {
    id: Id,
    name: Name.replace(/^\//, ""),
    service: labels["com.docker.compose.service"] ?? "",
    state: State.Status,
    health: health === "none" || health === "" ? undefined : health,
    exitCode: State.ExitCode,
    restarts: RestartCount,
    outOfMemory: State.OOMKilled === true,
    image: Image,
    imageName: Config.Image,
    variables: (Config.Env ?? []).map((entry) => entry.slice(0, entry.indexOf("="))),
    labels,
    ports: publishedIn(NetworkSettings?.Ports ?? {}),
    staysUp: ALWAYS.has(HostConfig?.RestartPolicy?.Name ?? "") || Object.keys(HostConfig?.PortBindings ?? {}).length > 0,
  };
}
