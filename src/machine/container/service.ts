// machine/container: a service of a compose project as a machine, and what the engine tells of containers.

import { randomBytes } from "node:crypto";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { Failure, messageOf } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import { composePasted, type ComposeProject, dockerWords } from "./compose.ts";
import { containerState, findServiceContainer, startedAgo, type ServiceContainer } from "./container.ts";
import { ServiceDial } from "./dial.ts";
import { type ContainerStart, enterScript, enterWords, finishMarkedWords, parseEntry } from "./script.ts";
import { quote } from "../quote.ts";
import { lastLines } from "../succeed.ts";

/** A running service of a compose project, as a machine: its commands run in the container. */
export interface ServiceMachine extends Machine {
  readonly holder: NonNullable<Machine["holder"]>;
  /** As the image and the compose file say it. It may hold secrets. */
  readonly environment: ReadonlyMap<string, string>;
  /** Whether a name, as the containers of its networks know it, is this one's own: an alias, the container's name, `localhost`. */
  isNamed(host: string): Promise<boolean>;
  /** Milliseconds since its container was started last; undefined where that cannot be told. */
  startedAgo(): Promise<number | undefined>;
}

/**
 * Finds a service's container, once, and makes a machine of it. What runs there needs a POSIX shell in the image.
 * Refuses (exit 2) where the service is not there, does not run, or has several containers.
 */
export async function openService(project: ComposeProject, service: string): Promise<ServiceMachine> {
  const container = await findServiceContainer(project, service);
  const inside: Inside = { project, service, container };
  const run = async (around: readonly string[], command: Command): Promise<Finished> => await runInside(inside, around, command);
  const way = new ServiceDial({
    machine: project.machine,
    service,
    container,
    look: async () => await findServiceContainer(project, service),
    run: async (command) => await run([], command),
  });
  return {
    name: `the service ${service} on ${project.machine.name}`,
    login: `${service}@${project.machine.name}`,
    local: false,
    environment: container.environment,
    isNamed: async (host) => {
      // Where the image cannot be asked, the name is not known to be its own.
      const found = await run([], { words: ["sh", "-c", 'getent hosts "$1" 2>/dev/null; true', "sh", host], repeatable: true });
      const addresses = found.stdout.split("\n").map((line) => line.split(/\s/)[0] ?? "");
      return addresses.some((address) => address === "::1" || address.startsWith("127.") || container.addresses.includes(address));
    },
    startedAgo: async () => await startedAgo(project, container.id),
    holder: {
      machine: project.machine,
      run,
      addressOf: async (port) => await way.addressOf(port),
      foundBy: { engine: dockerWords(project), labels: container.labels },
    },
    run: async (command) => await run([], command),
    dial: async (address) => await way.dial(address),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

interface Inside {
  readonly project: ComposeProject;
  readonly service: string;
  readonly container: ServiceContainer;
}

async function runInside(inside: Inside, around: readonly string[], command: Command): Promise<Finished> {
  const { project, container } = inside;
  if (command.words[0] === undefined || command.words[0] === "") throw new Failure("The command has no program.", { code: "not-found" });
  const mark = `savepoint-${randomBytes(12).toString("hex")}`;
  let entry: ContainerStart | undefined;
  let whole = false;
  try {
    const entering = [...around, ...dockerWords(project, "exec", "--interactive", container.id, ...enterWords(mark))];
    const finished = await project.machine.run({
      words: command.noteIn === undefined ? entering : ["sh", "-c", FOLLOWED, "sh", quote(finishWords(inside, mark)), ...entering],
      stdin: behind(enterScript(command, mark), command.stdin),
      stdout: command.stdout,
      signal: command.signal,
      timeout: command.timeout,
      noteIn: command.noteIn,
      onLine: (line, from) => {
        const said = from === "stderr" && entry === undefined ? parseEntry(line, mark) : undefined;
        if (said === undefined) command.onLine?.(line, from);
        else entry = said;
      },
    });
    // A docker that fails, or what is around it, may leave the command running.
    whole = finished.code === 0;
    if (entry !== "started") throw await notEntered(inside, command, entry, finished);
    return { ...finished, stderr: finished.stderr.replace(`${mark} started\n`, "") };
  } catch (error) {
    if (error instanceof Failure && error.code === "connection-lost") whole = true;
    throw error;
  } finally {
    if (!whole) await finishMarked(inside, mark);
  }
}

/** The end of `docker exec` ends nothing in the container, so it is looked for there. */
async function finishMarked(inside: Inside, mark: string): Promise<void> {
  // In a container that is gone nothing runs; what else may fail here must not hide why the command was ended.
  await inside.project.machine.run({ words: finishWords(inside, mark), timeout: 30_000 }).catch(() => undefined);
}

function finishWords({ project, container }: Inside, mark: string): readonly string[] {
  return dockerWords(project, "exec", container.id, ...finishMarkedWords(mark));
}

/**
 * A noted command may be ended by a later process, which knows only what runs on the holder: so that ends what runs in
 * the container. `$1` is how, the rest what is run. A shell's background has no input but what it is given.
 */
const FOLLOWED = `
finish=$1; shift
exec 3<&0
trap 'eval "$finish" >/dev/null 2>&1; exit 143' TERM HUP INT
"$@" <&3 3<&- &
wait "$!"`;

/** The script, and behind it the command's own input. */
function behind(script: string, stdin: string | Readable | undefined): string | Readable {
  if (stdin === undefined || typeof stdin === "string") return script + (stdin ?? "");
  const joined = new PassThrough();
  joined.write(script);
  // Each hears of the other's failure; the reader of `joined` reports it.
  pipeline(stdin, joined, () => undefined);
  return joined;
}

async function notEntered(inside: Inside, command: Command, entry: ContainerStart | undefined, finished: Finished): Promise<Failure> {
  const { project, service, container } = inside;
  const where = `the service ${service} on ${project.machine.name}`;
  const program = command.words[0] ?? "";
  if (entry === "no-folder") return new Failure(`The working folder ${command.cwd} does not exist in ${where}.`, { code: "no-folder" });
  if (entry === "not-found") {
    return new Failure(`${program} is not in ${where}, or not in its PATH.`, { code: "not-found", hint: "Choose an image that has it." });
  }
  const state = await containerState(project, container.id).catch((error: unknown) => messageOf(error));
  const evidence = [`${container.name}: ${state ?? "the container is gone"}`, ...lastLines(finished)];
  if (state !== "running") {
    return new Failure(`${where} stopped or was replaced while it was worked with.`, {
      code: "service-stopped",
      evidence,
      hint: `What it says, on ${project.machine.name}: ${composePasted(project, "logs", "--tail", "30", service)}\nWhen it runs again, run this again.`,
    });
  }
  return new Failure(`${program} could not be started in ${where}.`, {
    code: "not-started",
    evidence,
    hint: "The image needs a POSIX shell (sh), and the user must be able to use docker exec.",
  });
}
