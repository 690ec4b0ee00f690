import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { Command, Finished } from "../../core/machine.ts";
import { within } from "../../core/within.ts";
import { BehindBoundary } from "./boundary.ts";
import type { Channels } from "./channels.ts";
import { drain } from "../process/drain.ts";
import { Ending, inputFailure, lineHandler, outputFailure } from "../process/ending.ts";
import { feed } from "../process/feed.ts";
import type { Lanes } from "../shell/lanes.ts";
import { Output } from "../process/output.ts";
import { finishWords } from "../process/group.ts";
import { bootstrap, parseStart, remoteScript, type RemoteStart } from "./remote-script.ts";
import type { Link } from "./link.ts";
import { lostDuring, notStarted } from "./failure.ts";

/** How long a session may take to close once its command was ended. */
const CLOSE_MS = 5000;

/** The connection a command runs over. */
export interface SshSession {
  readonly name: string;
  readonly login: string;
  readonly link: Link;
  readonly channels: Channels;
  readonly lanes: Lanes;
}

/** A command for a host; `latin1` gives its output a character a byte, for what is cut anywhere. */
export type RemoteCommand = Command & { readonly encoding?: "latin1" };

export type Exit = Pick<Finished, "code" | "signal">;

/** Runs one command on the host, in a session of its own. */
export async function runInChannel(session: SshSession, command: RemoteCommand): Promise<Finished> {
  const [program = ""] = command.words;
  const ending = new Ending(program, command);
  const started = performance.now();
  const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
  const script = remoteScript(command, boundary);
  const channel = await session.channels.open(bootstrap(boundary));
  const exited = exitOf(channel);
  const closed = new Promise<void>((done) => channel.once("close", () => done()));
  const clean = cleanEnd(channel, session.link);
  const behind = { stdout: behindBoundary(channel, boundary), stderr: behindBoundary(channel.stderr, boundary) };
  const begun = behind.stderr.said().then((said) => (said === undefined ? undefined : parseStart(said)));
  const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : undefined);
  const stderr = new Output(lineHandler(command, "stderr", ending));
  const drains = {
    stdout: drain(behind.stdout, command.stdout ?? stdout, (error) => ending.fail(outputFailure(program, error))),
    stderr: drain(behind.stderr, stderr, () => undefined),
  };
  let whole = false;
  try {
    channel.write(script);
    ending.endWith(async () => await endRemote(session, channel, begun));
    feed(channel, command.stdin, (error) => ending.fail(inputFailure(program, error)));
    const exit = await Promise.race([exited, ending.over()]);
    // What a caller's stream gets must be whole, so it waits for the true end; the rest may be held open by a daemon.
    const roundTrip = async () => await thereAndBack(session);
    const quiet = [command.stdout === undefined ? drains.stdout.silence(roundTrip) : drains.stdout.ended, drains.stderr.silence(roundTrip)];
    await Promise.race([Promise.all(quiet), ending.over()]);
    const lost = clean() ? undefined : session.link.lost();
    whole = !ending.early && exit !== undefined && lost === undefined;
    await Promise.all([drains.stdout.close(!whole), drains.stderr.close(!whole)]);
    const finished: Finished = {
      ...(exit ?? { code: null, signal: null }),
      stdout: stdout.text(command.encoding),
      stderr: stderr.text(command.encoding),
      durationMs: performance.now() - started,
    };
    await ending.throwIfEarly(finished);
    if (lost !== undefined) throw lostDuring(session, program, lost, finished);
    behind.stderr.destroy();
    const start = await begun;
    if (start?.state !== "started")
      throw notStarted(session, command, start, finished, { stdout: behind.stdout.preamble, stderr: behind.stderr.preamble });
    if (exit === undefined) throw lostDuring(session, program, "the session was closed without an exit code", finished);
    return finished;
  } finally {
    ending.release();
    if (!whole) command.stdout?.destroy();
    await closeSession(channel, closed);
    if (command.noteIn !== undefined && session.link.lost() === undefined) await removeNote(session, command.noteIn);
  }
}

function behindBoundary(source: Readable, boundary: string): BehindBoundary {
  return source.pipe(new BehindBoundary(boundary));
}

/** Undefined where the session was closed without an exit. */
export function exitOf(channel: ClientChannel): Promise<Exit | undefined> {
  return new Promise((done) => {
    channel.once("exit", (code: number | null, signal?: string) => done({ code, signal: code === null ? (signal ?? null) : null }));
    channel.once("close", () => done(undefined));
  });
}

/** Closes the session and waits for the server's answer: before that, it counts as one of those the server allows. */
export async function closeSession(channel: ClientChannel, closed: Promise<void>): Promise<void> {
  // What nobody reads any more must not hold back the end.
  for (const stream of [channel, channel.stderr]) stream.unpipe().resume();
  channel.close();
  await within({ ms: CLOSE_MS, late: () => undefined }, async () => await closed);
}

/** Whether both streams came to their true end, and not to that of the connection, which looks the same. */
function cleanEnd(channel: ClientChannel, link: Link): () => boolean {
  let ends = 0;
  const count = () => {
    if (link.lost() === undefined) ends += 1;
  };
  channel.once("end", count);
  channel.stderr.once("end", count);
  return () => ends === 2;
}

/** What the host had to send before this is here after it. A lost connection ends it too. */
async function thereAndBack(session: SshSession): Promise<void> {
  await session.channels.forEnding(async () => {
    const channel = await session.channels.open("exit 0").catch(() => undefined);
    if (channel === undefined) return;
    const closed = new Promise<void>((done) => channel.once("close", () => done()));
    channel.end();
    channel.resume();
    channel.stderr.resume();
    await closed;
  });
}

/** True when nothing of the command is left on the host. */
async function endRemote(session: SshSession, channel: ClientChannel, begun: Promise<RemoteStart | undefined>): Promise<boolean> {
  const start = await within({ ms: CLOSE_MS, late: () => "silent" as const }, async () => await begun);
  if (start === "silent") {
    channel.close();
    return false;
  }
  if (start?.state !== "started") return session.link.lost() === undefined;
  const { pid, start: since } = start;
  const finished = await session.channels.forEnding(async () => await runInChannel(session, { words: finishWords(pid, since) }));
  return finished.code === 0;
}

async function removeNote(session: SshSession, note: string): Promise<void> {
  // What stays behind does no harm: whoever reads it sees that the process is not there any more.
  await session.channels.forEnding(async () => await runInChannel(session, { words: ["rm", "-f", "--", note] })).catch(() => undefined);
}
