// machine/process: this machine: programs in groups of their own, their output, their end, local dialling.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Failure, messageOf } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import { reveal } from "../../core/secret.ts";
import { Lanes } from "../shell/lanes.ts";
import { dialLocal } from "./dial.ts";
import { drain } from "./drain.ts";
import { Ending, inputFailure, lineHandler, outputFailure } from "./ending.ts";
import { feed } from "./feed.ts";
import { NOTE } from "./note.ts";
import { Output } from "./output.ts";
import { endGroup } from "./group-end.ts";
import { openLocalLane, runInLocalLane } from "./local-lane.ts";

/** A child whose output is always piped. */
type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * This machine. `env` is what children inherit; where not given, this process's own. That one may change, so there every
 * command has a process of its own; else short ones share a shell, as over SSH.
 */
export function localMachine({ env }: { readonly env?: Variables } = {}): Machine {
  const lanes = env === undefined || importsFunctions(env) ? undefined : new Lanes(async () => await openLocalLane({ ...env }));
  const login = `${userName()}@${hostname()}`;
  return {
    name: "this machine",
    login,
    local: true,
    run: async (command) => (lanes && (await runInLocalLane(lanes, command))) ?? (await run(command, env)),
    dial: dialLocal,
    [Symbol.asyncDispose]: async () => void lanes?.giveUp(),
  };
}

/** Functions that bash hands on could stand in the place of what a lane says its ends with. */
function importsFunctions(env: Variables): boolean {
  return Object.keys(env).some((name) => name.startsWith("BASH_FUNC_"));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number without a name.
    return String(process.getuid?.() ?? "unknown");
  }
}

async function run(command: Command, inherited: Variables | undefined): Promise<Finished> {
  const started = performance.now();
  const [program] = command.words;
  if (program === undefined || program === "") throw new Failure("The command has no program.", { code: "not-found" });
  const ending = new Ending(program, command);
  requireFolder(command.cwd, "working folder");
  if (command.noteIn !== undefined) requireFolder(dirname(command.noteIn), "folder for running commands");
  const env = environment(command, inherited);
  const child = start(command, env);
  const exited = exitOf(child, program);
  const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : undefined);
  const stderr = new Output(lineHandler(command, "stderr", ending));
  const drains = [
    drain(child.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))),
    drain(child.stderr, stderr, () => undefined),
  ];
  let cut = true;
  try {
    ending.endWith(async () => await endGroup(child.pid));
    feed(child.stdin, command.stdin, (error) => ending.fail(inputFailure(program, error)));
    const exit = await Promise.race([exited, ending.over()]);
    await Promise.race([Promise.all(drains.map(async (one) => await one.silence())), ending.over()]);
    cut = ending.early;
    await Promise.all(drains.map(async (one) => await one.close(cut)));
    const finished = { ...exit, stdout: stdout.text(), stderr: stderr.text(), durationMs: performance.now() - started };
    await ending.throwIfEarly(finished);
    return finished;
  } finally {
    ending.release();
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    if (cut) command.stdout?.destroy();
    if (command.noteIn !== undefined) await rm(command.noteIn, { force: true });
  }
}

function environment(command: Command, inherited: Variables | undefined): NodeJS.ProcessEnv {
  // oxlint-disable-next-line node/no-process-env -- what children of this machine inherit where nobody says otherwise
  const env: NodeJS.ProcessEnv = { ...(inherited ?? process.env) };
  for (const [name, value] of Object.entries(command.env ?? {})) env[name] = reveal(value);
  return env;
}

function requireFolder(folder: string | undefined, role: string): void {
  if (folder === undefined) return;
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) throw new Failure(`The ${role} ${folder} does not exist on this machine.`, { code: "no-folder" });
  if (!found.isDirectory()) throw new Failure(`The ${role} ${folder} is not a folder.`, { code: "no-folder" });
}

/** In a session and process group of its own: Ctrl-C at a terminal does not reach it, and all of it can be ended. */
function start(command: Command, env: NodeJS.ProcessEnv): Child {
  const noted = command.noteIn === undefined ? undefined : resolve(command.noteIn);
  const [program = "", ...rest] =
    noted === undefined
      ? command.words
      : ["sh", "-c", `${NOTE}\nnote "$1" "$2" || exit 126\nshift\nexec "$@"`, "sh", noted, ...command.words];
  if (noted !== undefined && !isRunnable(command, env)) throw notFound(command.words[0] ?? "");
  try {
    return spawn(program, rest, {
      cwd: command.cwd,
      env,
      detached: true,
      stdio: [command.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    }) as Child;
  } catch (error) {
    throw couldNotStart(program, error);
  }
}

/** Behind the noting shell a missing program would be an exit code like any other, so it is looked for before. */
function isRunnable(command: Command, env: NodeJS.ProcessEnv): boolean {
  const program = command.words[0] ?? "";
  const folders = program.includes("/") ? [command.cwd ?? "."] : (env["PATH"] ?? "/usr/bin:/bin").split(":");
  return folders.some((folder) => {
    const path = program.startsWith("/") ? program : join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

function exitOf(child: Child, program: string): Promise<{ code: number | null; signal: string | null }> {
  const exited = new Promise<{ code: number | null; signal: string | null }>((done, fail) => {
    child.once("error", (error) => fail(couldNotStart(program, error)));
    child.once("exit", (code, signal) => done({ code, signal }));
  });
  // Awaited later; a program that is missing must not count as an unhandled rejection until then.
  exited.catch(() => undefined);
  return exited;
}

function notFound(program: string): Failure {
  return new Failure(`${program} is not installed on this machine, or not in the PATH.`, {
    code: "not-found",
    hint: `Install ${program}, or give its full path.`,
  });
}

function couldNotStart(program: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return notFound(program);
  if (code === "EACCES") return new Failure(`${program} may not be executed on this machine.`, { code: "not-executable", cause: error });
  return new Failure(`${program} could not be started: ${messageOf(error)}`, { code: "not-started", cause: error });
}
