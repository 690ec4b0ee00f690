import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import type { Command, Finished } from "../../core/machine.ts";
import { inQuotes, quote } from "../quote.ts";
import { Frame } from "../shell/frame.ts";
import { Lane, type StayingShell } from "../shell/lane.ts";
import type { Lanes } from "../shell/lanes.ts";
import { Ending } from "./ending.ts";
import { endGroup } from "./group-end.ts";
import { Output } from "./output.ts";

/** Longer scripts a process of its own gets faster. */
const SCRIPT_LIMIT = 128 * 1024;
/** Above this a shell's exit code may mean a signal. */
const SIGNALS = 128;
/** What a shell answers for a program that it cannot find or start. */
const NOT_RUN: readonly number[] = [126, 127];

export type LocalLanes = Lanes<LocalShell>;

interface LocalShell extends StayingShell {
  /** It leads a group of its own: all that runs in it is ended with it. */
  readonly leader: number;
}

/**
 * A shell of this machine that stays, with this environment. It leaves when its input ends, so also with this process however
 * that ends, and while nobody waits for it, it keeps this process from ending no more than any other idle thing.
 */
export async function openLocalLane(env: NodeJS.ProcessEnv): Promise<Lane<LocalShell>> {
  const child = spawn("sh", [], { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as readonly Socket[];
  child.stdin.on("error", () => undefined);
  const leader = await new Promise<number>((done, fail) => {
    child.once("error", fail);
    child.once("spawn", () => done(child.pid ?? 0));
  });
  let waiting = false;
  const closed = Promise.race([
    once(child, "close"),
    // What runs in it may live on, and hold its streams open: it is run again, and not twice at once.
    once(child, "exit").then(async () => waiting && (await endGroup(leader))),
  ]);
  return new Lane<LocalShell>({
    leader,
    stdout: child.stdout,
    stderr: child.stderr,
    write: (script) => void child.stdin.write(script),
    close: () => void child.stdin.end(),
    closed,
    awaited: (now) => {
      waiting = now;
      for (const one of [child, ...streams]) {
        if (now) one.ref();
        else one.unref();
      }
    },
  });
}

/** The script for a command in a lane, or undefined where it needs a process of its own. */
function laneScript({ words, stdin, cwd, env = {} }: Command, boundary: string): string | undefined {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${inQuotes(value as string)}`);
  if ([...words, ...settings].some((word) => word.includes("\0"))) return undefined;
  const run = [...settings, `exec ${quote(words)}`].join(" ");
  const script = [
    // A shell runs nothing of what stands between brackets before it has read all of it.
    "(",
    ...(cwd === undefined ? [] : [`cd -P -- ${inQuotes(resolve(cwd))} >/dev/null 2>&1 || { echo ${boundary} no-folder >&2; exit 1; }`]),
    `echo ${boundary}; echo ${boundary} started >&2`,
    stdin === undefined ? run : `printf %s ${inQuotes(stdin as string)} | { ${run}; }`,
    ") </dev/null && savepoint_c=0 || savepoint_c=$?",
    `echo ${boundary} end $savepoint_c; echo ${boundary} end $savepoint_c >&2`,
    "",
  ].join("\n");
  return script.length > SCRIPT_LIMIT ? undefined : script;
}

/** Of a command's own environment, what a lane sets for it: nothing that changes how a shell reads or finds what it is told. */
const PLAIN = /^(?:GIT_[A-Z_]+|LC_ALL)$/;

/** Whether a command is made for a lane. One with a secret in its environment is not: a lane never holds one. */
function fitsLane({ repeatable, words: [program = ""], stdin, stdout, onLine, noteIn, env = {} }: Command): boolean {
  return (
    repeatable === true &&
    ["sh", "git"].includes(program) &&
    [stdout, onLine, noteIn].every((one) => one === undefined) &&
    Object.entries(env).every(([name, value]) => PLAIN.test(name) && typeof value === "string") &&
    (stdin === undefined || (typeof stdin === "string" && stdin.length <= SCRIPT_LIMIT && !stdin.includes("\0")))
  );
}

/**
 * Runs a short command in a lane. Undefined where it has to be run (again) in a process of its own: it is not made for a
 * lane, all are busy, or the lane cannot say exactly how it ended.
 */
export async function runInLocalLane(lanes: LocalLanes, command: Command): Promise<Finished | undefined> {
  if (!fitsLane(command)) return undefined;
  const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
  const script = laneScript(command, boundary);
  if (script === undefined) return undefined;
  const ending = new Ending(command.words[0] ?? "", command);
  // Why there is no shell, the process of its own says.
  const lane = await lanes.take().catch(() => undefined);
  if (lane === undefined) return undefined;
  try {
    return await takeTurn(lane, command, { ending, boundary, script });
  } finally {
    ending.release();
    lanes.give(lane);
  }
}

async function takeTurn(
  lane: Lane<LocalShell>,
  command: Command,
  { ending, boundary, script }: { readonly ending: Ending; readonly boundary: string; readonly script: string },
): Promise<Finished | undefined> {
  const began = performance.now();
  const stdout = new Output(undefined, command.whole === true ? Infinity : undefined);
  const stderr = new Output();
  const frames = { stdout: new Frame(boundary, (chunk) => stdout.push(chunk)), stderr: new Frame(boundary, (chunk) => stderr.push(chunk)) };
  lane.begin(script, frames);
  ending.endWith(async () => {
    lane.close();
    return await endGroup(lane.shell.leader);
  });
  const [code] = await Promise.race([Promise.all([frames.stdout.ended, frames.stderr.ended]), ending.over().then(() => [undefined])]);
  const finished: Finished = {
    code: code === undefined ? null : Number(code),
    signal: null,
    stdout: stdout.text(),
    stderr: stderr.text(),
    durationMs: performance.now() - began,
  };
  await ending.throwIfEarly(finished);
  if (code === undefined) {
    lane.close();
    return undefined;
  }
  const started = (await frames.stderr.begun)?.trim() === "started";
  // A shell cannot tell a signal from such an exit code, nor a program that is not there; a process of its own can.
  const told = command.words[0] === "sh" ? Number(code) <= SIGNALS : Number(code) <= SIGNALS && !NOT_RUN.includes(Number(code));
  return started && told ? finished : undefined;
}
