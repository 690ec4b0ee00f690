import { randomBytes } from "node:crypto";
import type { Finished } from "../../core/machine.ts";
import { Ending } from "../process/ending.ts";
import { Frame } from "../shell/frame.ts";
import type { Lane } from "../shell/lane.ts";
import { Output } from "../process/output.ts";
import { finishWords } from "../process/group.ts";
import { parseStart, remoteScript } from "./remote-script.ts";
import { lostDuring, notStarted } from "./failure.ts";
import { type RemoteCommand, runInChannel, type SshSession } from "./run.ts";

/** What of a script a shell reads byte by byte, before a session of its own is the faster way. */
const SCRIPT_LIMIT = 128 * 1024;
/** Above this a shell's exit code may mean a signal. */
const SIGNALS = 128;

/** The script for a command in a lane, or undefined where it needs a session of its own. */
function laneScript(command: RemoteCommand, boundary: string): string | undefined {
  const { stdin } = command;
  if (command.repeatable !== true || command.stdout !== undefined || command.onLine !== undefined || command.noteIn !== undefined)
    return undefined;
  if (stdin !== undefined && (typeof stdin !== "string" || stdin.includes("\0") || stdin.length > SCRIPT_LIMIT)) return undefined;
  const script = `#${boundary}\n${remoteScript(command, boundary, { input: stdin })}`;
  return script.length > SCRIPT_LIMIT ? undefined : script;
}

/**
 * Runs a short command in a lane. Undefined where it has to be run (again) in a session of its own: it is not made for a
 * lane, all are busy, or the lane cannot say exactly how it ended.
 */
export async function runInLane(session: SshSession, command: RemoteCommand): Promise<Finished | undefined> {
  const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
  const script = laneScript(command, boundary);
  if (script === undefined) return undefined;
  const ending = new Ending(command.words[0] ?? "", command);
  const lane = await session.lanes.take();
  if (lane === undefined) return undefined;
  try {
    return await takeTurn(session, lane, command, { ending, boundary, script });
  } finally {
    ending.release();
    session.lanes.give(lane);
  }
}

async function takeTurn(
  session: SshSession,
  lane: Lane,
  command: RemoteCommand,
  { ending, boundary, script }: { readonly ending: Ending; readonly boundary: string; readonly script: string },
): Promise<Finished | undefined> {
  const began = performance.now();
  const stdout = new Output(undefined, command.whole === true ? Infinity : undefined);
  const stderr = new Output();
  const frames = { stdout: new Frame(boundary, (chunk) => stdout.push(chunk)), stderr: new Frame(boundary, (chunk) => stderr.push(chunk)) };
  const begun = frames.stderr.begun.then((said) => (said === undefined ? undefined : parseStart(said)));
  lane.begin(script, frames);
  ending.endWith(async () => await endLane(session, lane, begun));
  const [code] = await Promise.race([Promise.all([frames.stdout.ended, frames.stderr.ended]), ending.over().then(() => [undefined])]);
  const finished: Finished = {
    code: code === undefined ? null : Number(code),
    signal: null,
    stdout: stdout.text(command.encoding),
    stderr: stderr.text(command.encoding),
    durationMs: performance.now() - began,
  };
  await ending.throwIfEarly(finished);
  if (code === undefined) {
    lane.close();
    const lost = session.link.lost();
    if (lost !== undefined) throw lostDuring(session, command.words[0] ?? "", lost, finished);
    return undefined;
  }
  const start = await begun;
  if (start !== undefined && start.state !== "started") throw notStarted(session, command, start, finished);
  // A shell cannot tell a signal from such an exit code; a session of its own can.
  return start === undefined || Number(code) > SIGNALS ? undefined : finished;
}

/** Ends the lane's shell with all it started; the next command gets another one. True when nothing is left of it. */
async function endLane(session: SshSession, lane: Lane, begun: Promise<ReturnType<typeof parseStart>>): Promise<boolean> {
  const start = await begun;
  if (start?.state !== "started") {
    lane.close();
    return session.link.lost() === undefined;
  }
  const finished = await session.channels.forEnding(
    async () => await runInChannel(session, { words: finishWords(start.pid, start.start) }),
  );
  lane.close();
  return finished.code === 0;
}
