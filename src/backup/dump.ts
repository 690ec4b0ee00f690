import { PassThrough } from "node:stream";
import { Failure } from "../core/failure.ts";
import type { Command, Finished } from "../core/machine.ts";
import { fileSize, freeBytes } from "../machine/files/files.ts";
import { ending, lastLines } from "../machine/succeed.ts";
import type { ClientTools } from "../postgres/tools.ts";
import { dumpLockFailure, lockHolders } from "./lock-holders.ts";
import type { Compression } from "./compression.ts";
import { reachOf, runAround } from "./reach.ts";
import type { TakeJob } from "./source.ts";
import { together } from "./together.ts";
import { packing } from "./zstd.ts";

export interface DumpJob extends TakeJob {
  readonly tools: ClientTools;
  readonly compression: Compression;
}

/** Less than this left is a full disk. */
const FULL_BYTES = 1_000_000;

/**
 * Dumps the database, as of the snapshot, into one file; durable when it resolves. One that pg_dump wrote by itself can be
 * sought in, so pg_restore reads it with several jobs.
 * @throws Failure with pg_dump's own last lines as evidence.
 */
export async function writeDump(job: DumpJob): Promise<void> {
  const { database, tools, to, snapshot, lockTimeoutMs, compression } = job;
  const words = tools.words(
    "pg_dump",
    "--format=custom",
    `--compress=${compression.option}`,
    "--no-password",
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${lockTimeoutMs}`,
    // The role may have another one, which lacks some of the database's characters.
    `--encoding=${job.encoding}`,
  );
  const env = database.environment({ admin: job.admin, purpose: "backup" });
  const noteIn = job.noteIn === undefined ? undefined : `${job.noteIn}-dump`;
  const reach = reachOf(database.toolsOn, to.machine);
  const packed = compression.by === "zstd";
  const command = { words: packed ? packing(words) : words, env, noteIn };
  if (reach.by === "stream") {
    await streamDump(job, command);
    return;
  }
  const how = { ...command, signal: job.signal };
  const finished =
    reach.by === "shell" || packed
      ? await runAround(["sh", "-c", CATCH, "sh", to.path], { toolsOn: database.toolsOn, reach, command: how })
      : // With --file pg_dump syncs what it wrote.
        await database.toolsOn.run({ ...how, words: [...words, `--file=${to.path}`] });
  if (finished.code !== 0) throw await dumpFailure(job, finished);
}

/** The dump comes from one machine and is written on another. */
async function streamDump(job: DumpJob, command: Command): Promise<void> {
  const { database, to } = job;
  let sent = 0;
  const pipe = new PassThrough();
  pipe.on("data", (chunk: Buffer) => (sent += chunk.length));
  pipe.pause();
  const [dumped, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await together(job.signal, [
    async (signal) =>
      await oneEnd(dumped, written, async () => {
        const finished = await database.toolsOn.run({ ...command, stdout: pipe, signal });
        if (finished.code !== 0) throw await dumpFailure(job, finished);
      }),
    async (signal) =>
      await oneEnd(written, dumped, async () => {
        const finished = await to.machine.run({ words: ["sh", "-c", WRITE, "sh", to.path], stdin: pipe, signal });
        if (finished.code !== 0) throw await dumpFailure(job, finished, `writing the dump on ${to.machine.name}`);
      }),
  ]);
  const arrived = await fileSize(to.machine, to.path);
  if (arrived !== sent)
    throw new Failure(`The dump did not arrive whole: ${arrived} of ${sent} bytes are on ${to.machine.name}.`, { code: "dump-failed" });
}

/** What only saw the pipe break does not know why: the other end does, and is heard first. */
async function oneEnd(own: PromiseWithResolvers<void>, other: PromiseWithResolvers<void>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    own.resolve();
    if (error instanceof Failure && BROKEN.has(error.code ?? "")) await other.promise;
    throw error;
  } finally {
    own.resolve();
  }
}

const BROKEN: ReadonlySet<string> = new Set(["input-broken", "output-broken"]);
const SYNC = '{ sync "$file" 2>/dev/null || sync; }';
const WRITE = `file=$1; cat > "$file" && ${SYNC}`;
const CATCH = `file=$1; shift; "$@" > "$file" && ${SYNC}`;

/** Looks for what stood in the way: pg_dump itself says it in words only. */
async function dumpFailure(job: DumpJob, finished: Finished, what = "pg_dump"): Promise<Failure> {
  const { to, database, lockTimeoutMs } = job;
  const evidence = lastLines(finished);
  const free = await freeBytes(to.machine, to.path);
  if (free < FULL_BYTES) {
    return new Failure(`The disk is full: ${what} failed (${ending(finished)}), ${to.path} on ${to.machine.name}.`, {
      code: "disk-full",
      evidence,
      hint: "Free space there, or give another state-dir.",
    });
  }
  if (finished.durationMs >= lockTimeoutMs) {
    const holders = await lockHolders(database, job.signal);
    if (holders.length > 0) return dumpLockFailure(lockTimeoutMs, holders, evidence);
  }
  return new Failure(`${what} failed (${ending(finished)}).`, {
    code: "dump-failed",
    evidence: finished.code === null && evidence.length === 0 ? ["something else on that machine ended it; it said nothing"] : evidence,
    hint: "Nothing was changed: remove the cause and back up again.",
  });
}
