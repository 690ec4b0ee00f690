import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Cancelled, clauseOf } from "../../core/failure.ts";
import type { Command, Finished } from "../../core/machine.ts";
import { BehindBoundary } from "./boundary.ts";
import { Ending, lineHandler } from "../process/ending.ts";
import { JobFiles, type JobState } from "./job-files.ts";
import { Output } from "../process/output.ts";
import { bootstrap, parseStart, remoteScript, type RemoteStart } from "./remote-script.ts";
import type { SshConnection } from "./connection.ts";
import { ConnectionLost, notStarted } from "./failure.ts";
import { whenFree, whileLost } from "./repeat.ts";
import { closeSession, type Exit, exitOf, type SshSession } from "./run.ts";
import { ending as endingOf, lastLines } from "../succeed.ts";

/** Between two looks at what a job said; where nobody hears its lines, only its end is waited for. */
const LOOK_MS = 300;
/** Between two looks at a job whose session went with the connection. */
const FOLLOW_MS = 500;
/** How long a job may take from the making of its folder to its note. */
const STARTING_MS = 20_000;

/** What is known of a job's beginning. Without `start` the connection was lost first. */
interface Begun {
  readonly start: RemoteStart | undefined;
  /** How its shell ended; undefined where its session was lost. */
  readonly exited: Promise<Exit | undefined>;
  readonly said: Pick<Finished, "stdout" | "stderr">;
}

type JobCommand = Command & { readonly noteIn: string; readonly stdin?: string | undefined };

/** Whether a command is run so that it outlives a lost connection: it is noted, and needs no stream of ours. */
export function isJob(command: Command): command is JobCommand {
  const { noteIn, stdin, stdout } = command;
  if (noteIn?.startsWith("/") !== true || stdout !== undefined) return false;
  return stdin === undefined || (typeof stdin === "string" && !stdin.includes("\0"));
}

/**
 * Runs a command whose output and exit code go into files beside its note. Where the connection is lost, it goes on, and
 * so does the following once the connection is there again. An exit code above 128 that a signal may have left is a signal.
 */
export async function runJob(connection: SshConnection, command: JobCommand): Promise<Finished> {
  const program = command.words[0] ?? "";
  const ending = new Ending(program, command);
  const began = performance.now();
  const stdout = new Output(lineHandler(command, "stdout", ending), command.whole === true ? Infinity : undefined);
  const stderr = new Output(lineHandler(command, "stderr", ending));
  const files = new JobFiles(connection, command.noteIn, stdout, stderr);
  const gather = (exit: Exit | undefined): Finished => ({
    ...(exit ?? { code: null, signal: null }),
    stdout: stdout.text(),
    stderr: stderr.text(),
    durationMs: performance.now() - began,
  });
  let state: "starting" | "running" | "over" = "starting";
  try {
    ending.endWith(async () => await files.end());
    const begun = await Promise.race([begin(connection, command, files), ending.over()]);
    if ("start" in begun && begun.start !== undefined && begun.start.state !== "started")
      throw notStarted(connection, command, begun.start, gather(await begun.exited), begun.said);
    if ("start" in begun) state = "running";
    const exit = "start" in begun ? await follow(files, begun, { ending, listening: command.onLine !== undefined }) : undefined;
    stdout.end();
    stderr.end();
    const finished = gather(exit);
    if (state === "running" && (exit !== undefined || ending.early)) state = "over";
    await ending.throwIfEarly(finished);
    if (exit === undefined) throw unknownEnd(connection, program, finished);
    return finished;
  } catch (error) {
    if (error instanceof ConnectionLost && !error.begun && state === "running")
      throw outOfReach(program, files.folder, error, gather(undefined));
    throw error;
  } finally {
    ending.release();
    if (state === "over") await files.remove();
  }
}

/** Starts it, once: a start that nobody knows the end of is looked up, and where it did not happen it no longer can. */
async function begin(connection: SshConnection, command: JobCommand, files: JobFiles): Promise<Begun> {
  for (;;) {
    const begun = await whileLost(connection, async (session) => await start(session, command, files.folder), {
      signal: command.signal,
      again: (lost) => !lost.begun,
    });
    if (begun.start !== undefined) return begun;
    const exit = await begun.exited;
    if (exit !== undefined)
      throw notStarted(connection, command, undefined, { ...exit, stdout: "", stderr: "", durationMs: 0 }, begun.said);
    if (!(await files.forestall())) return begun;
    files.renew();
  }
}

/** Resolves when the job has begun; its session, one of those that the host allows, is held until it ends. */
async function start(session: SshSession, command: JobCommand, job: string): Promise<Begun> {
  const begun = Promise.withResolvers<Begun>();
  const running = whenFree(session, command.signal, async () => {
    if (command.signal?.aborted === true) throw new Cancelled();
    const boundary = `savepoint-${randomBytes(12).toString("hex")}`;
    const script = remoteScript(command, boundary, { input: command.stdin, job });
    const channel = await session.channels.open(bootstrap(boundary));
    const exited = exitOf(channel);
    const closed = new Promise<void>((done) => channel.once("close", () => done()));
    const behind = { stdout: channel.pipe(new BehindBoundary(boundary)), stderr: channel.stderr.pipe(new BehindBoundary(boundary)) };
    channel.on("error", () => undefined);
    behind.stdout.resume();
    behind.stderr.resume();
    channel.write(script);
    const said = await behind.stderr.said();
    begun.resolve({
      start: said === undefined ? undefined : parseStart(said),
      exited,
      said: { stdout: behind.stdout.preamble, stderr: behind.stderr.preamble },
    });
    await exited;
    await closeSession(channel, closed);
  });
  running.catch(begun.reject);
  return await begun.promise;
}

/** Reads on until the job has ended; undefined where nobody knows how. */
async function follow(
  files: JobFiles,
  begun: Begun,
  { ending, listening }: { readonly ending: Ending; readonly listening: boolean },
): Promise<Exit | undefined> {
  let session: { readonly exit: Exit | undefined } | undefined;
  const exited = begun.exited.then((exit) => (session = { exit }));
  const startingUntil = performance.now() + STARTING_MS;
  for (;;) {
    const pause = sleepUntilDone(session === undefined ? (listening ? LOOK_MS : undefined) : session.exit === undefined ? FOLLOW_MS : 0);
    await Promise.race([...(session === undefined ? [exited] : []), pause.over, ending.over()]);
    pause.stop();
    if (ending.early) {
      await ending.over();
      await files.read().catch(() => undefined);
      return undefined;
    }
    const state: JobState = await files.read();
    if (state.is === "ended") return state.exit;
    if (state.is === "dead" || state.is === "gone") return session?.exit;
    if (state.is === "starting" && performance.now() > startingUntil) return undefined;
  }
}

/** A pause that can be given up; without a length it lasts until then. */
function sleepUntilDone(ms: number | undefined): { readonly over: Promise<void>; stop(): void } {
  const stop = new AbortController();
  const over = ms === undefined ? new Promise<void>(() => undefined) : sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  return { over, stop: () => stop.abort() };
}

function unknownEnd(connection: SshConnection, program: string, finished: Finished): ConnectionLost {
  return new ConnectionLost(
    `${program} on ${connection.name} ended while the connection was lost, without leaving its exit code (${endingOf(finished)}).`,
    {
      begun: true,
      hint: "Nobody knows how it ended: it was killed, or the host was started anew. Look before you do it again.",
      evidence: lastLines(finished),
    },
  );
}

function outOfReach(program: string, folder: string, error: ConnectionLost, finished: Finished): ConnectionLost {
  return new ConnectionLost(`${clauseOf(error)}; ${program} was running there.`, {
    begun: true,
    cause: error,
    hint: `It goes on without us, until the next command ends it. ${folder} on the host holds its output (out, err) and, once it has ended, its exit code (exit): look there before you do it again.`,
    evidence: lastLines(finished),
  });
}
