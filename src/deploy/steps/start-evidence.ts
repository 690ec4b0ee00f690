import type { HealthSettings } from "../../health/inputs.ts";
import type { Machine } from "../../core/machine.ts";
import { plural } from "../../core/format.ts";
import { processesIn } from "../../machine/process/work-in.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { type OutputPlace, outputPlaces } from "../../rollout/start-output.ts";
import { lastStart, type Started } from "../../rollout/started.ts";
import type { Environment } from "../environment/environment.ts";
import { ownPort, type StartedBy } from "./takeover.ts";
import { lookAtPort } from "../../machine/process/listeners.ts";

const LAST_LINES = 10;

/** What the machine knows of a version that commands started and that is not healthy. */
export interface StartEvidence {
  readonly evidence: readonly string[];
  /** Where what was started has ended: then the health check's own hint is beside the point. */
  readonly hint?: string | undefined;
}

/** Whether anything listens, what became of what was started, and what it wrote last or where that is. */
export async function startEvidence(
  environment: Environment,
  settings: HealthSettings,
  started: StartedBy | undefined,
): Promise<StartEvidence> {
  const clone = await environment.clone();
  const name = started?.rollout["start-command"] === undefined ? "command" : "start-command";
  const text = started?.rollout[name];
  if (clone === undefined || started === undefined || text === undefined) return { evidence: [] };
  const { machine } = clone;
  const silent = await nothingListens(environment, settings);
  const begun = await lastStart(clone, started.rollout, started.deploy);
  const works = await processesIn(machine, clone.directory);
  const own = begun?.own && { pid: begun.own.pid, lives: await lives(machine, begun.own) };
  const ended = silent !== undefined && begun !== undefined && works.length === 0 && own?.lives !== true;
  const written = await lastWritten(machine, {
    name,
    log: `${clone.gitDirectory}/savepoint/${name}.log`,
    places: outputPlaces(text, clone.directory),
  });
  return {
    evidence: [
      ...(silent === undefined ? [] : [silent]),
      ...processLines({ name, own, works, folder: clone.directory, begun }),
      ...written.lines,
    ],
    ...(ended && { hint: `What was started has ended, and nothing listens. ${written.hint}` }),
  };
}

async function nothingListens(environment: Environment, settings: HealthSettings): Promise<string | undefined> {
  const port = ownPort(environment, settings);
  if (port === undefined) return undefined;
  const { machine } = environment;
  const sight = await lookAtPort(machine, { port, since: Number.MAX_SAFE_INTEGER, folder: "/", also: undefined });
  return sight === undefined || sight.hidden || sight.holders.length > 0 ? undefined : `nothing listens on port ${port} of ${machine.name}`;
}

interface Processes {
  readonly name: string;
  readonly own: { readonly pid: number; readonly lives: boolean } | undefined;
  readonly works: readonly string[];
  readonly folder: string;
  readonly begun: Started | undefined;
}

function processLines({ name, own, works, folder, begun }: Processes): readonly string[] {
  // Without /proc nobody can tell.
  if (begun === undefined) return [];
  const left = own && `the process that ${name} left in the background (${own.pid}) ${own.lives ? "is still there" : "has ended"}`;
  const others =
    works.length === 0
      ? `no process works in ${folder}`
      : `${plural(works.length, "process", "processes")} in ${folder}: ${works.join(", ")}`;
  return left === undefined ? [others] : [left, others];
}

async function lives(machine: Machine, { pid, start }: NonNullable<Started["own"]>): Promise<boolean> {
  const { stdout } = await machine.run({ words: ["sh", "-c", 'cat "/proc/$1/stat" 2>/dev/null; :', "sh", String(pid)], repeatable: true });
  const [state, ...rest] = stdout
    .slice(stdout.lastIndexOf(")") + 1)
    .trim()
    .split(" ");
  // The 22nd field of all is the 19th behind the state.
  return state !== undefined && state !== "" && !"ZX".includes(state) && start !== undefined && Number(rest[18]) === start;
}

interface Written {
  readonly name: string;
  readonly log: string;
  readonly places: readonly OutputPlace[];
}

/** The last lines of what was started, where they are kept in our log or in a file that its text names; else where they may be. */
async function lastWritten(
  machine: Machine,
  { name, log, places }: Written,
): Promise<{ readonly lines: readonly string[]; readonly hint: string }> {
  const files = places.flatMap((place) => (place.kind === "file" ? [place.path] : []));
  const shown: string[] = [];
  const unseen: string[] = [];
  for (const path of [log, ...files]) {
    const lines = await endOf(machine, path);
    shown.push(...lines.map((line) => `${path === log ? name : path}: ${line}`));
    if (path !== log && lines.length === 0) unseen.push(commandOn(machine, ["tail", "-n", "50", "--", path]));
  }
  for (const place of places) if (place.kind === "keeper") unseen.push(commandOn(machine, place.words));
  const looks = unseen.length === 0 ? "" : ` Look there: ${unseen.join("; ")}.`;
  if (shown.length > 0) return { lines: shown, hint: `What it wrote last says why.${looks}` };
  const nowhere = `${name} wrote nothing that is kept here${unseen.length === 0 ? ", and its text names no file for it" : ""}`;
  return {
    lines: [nowhere],
    hint: `${looks.trim()}${looks === "" ? "" : " "}To have its last lines stand here, let ${name} leave its output alone: \`nohup … &\` without \`>\`.`,
  };
}

async function endOf(machine: Machine, path: string): Promise<readonly string[]> {
  const { code, stdout } = await machine.run({ words: ["tail", "-n", String(4 * LAST_LINES), "--", path], repeatable: true });
  if (code !== 0) return [];
  return stdout
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-LAST_LINES);
}
