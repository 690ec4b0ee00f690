import { PassThrough } from "node:stream";
import { Failure } from "../core/failure.ts";
import type { Command, Finished } from "../core/machine.ts";
import { fileSize, freeBytes } from "../machine/files/files.ts";
import { ending, lastLines } from "../machine/succeed.ts";
import type { ClientTools } from "../postgres/tools.ts";
import { dumpLockFailure, lockHolders } from "./lock-holders.ts";
import { reachOf } from "./reach.ts";
import type { TakeJob } from "./source.ts";
import { together } from "./together.ts";

export interface DumpJob extends TakeJob {
  readonly tools: ClientTools;
}

/** Less than this left is a full disk. */
const FULL_BYTES = 1_000_000;

/**
 * Dumps the database, as of the snapshot, into one seekable file that pg_restore reads with several jobs; durable
 * when it resolves.
 * @throws Failure with pg_dump's own last lines as evidence.
 */
export async function writeDump(job: DumpJob): Promise<void> {
  const { database, tools, to, snapshot, lockTimeoutMs } = job;
  const words = [
    "--format=custom",
    `--compress=${await compression(job)}`,
    "--no-password",
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${lockTimeoutMs}`,
    // The role may have another one, which lacks some of the database's characters.
    `--encoding=${job.encoding}`,
  ];
  const env = database.environment({ admin: job.admin, purpose: "backup" });
  const noteIn = job.noteIn === undefined ? undefined : `${job.noteIn}-dump`;
  const reach = reachOf(database.toolsOn, to.machine);
  if (reach.by === "stream") {
    await streamDump(job, { words: tools.words("pg_dump", ...words), env, noteIn });
    return;
  }
  const how = { env, noteIn, signal: job.signal };
  const finished =
    reach.by === "shell"
      ? await reach.holder.run(["sh", "-c", CATCH, "sh", to.path], { words: tools.words("pg_dump", ...words), ...how })
      : // With --file pg_dump syncs what it wrote.
        await database.toolsOn.run({ words: tools.words("pg_dump", ...words, `--file=${to.path}`), ...how });
  if (finished.code !== 0) throw await dumpFailure(job, finished);
}

const ZSTD_SINCE = 16;

/**
 * gzip's level 1 is five times faster than level 9 and a few percent larger; zstd's is twice as fast again, smaller,
 * and read back five times faster. Whether this pg_dump was built with it, only a dump tells: one of nothing.
 */
async function compression({ database, admin, tools, noteIn, signal }: DumpJob): Promise<string> {
  if (tools.major < ZSTD_SINCE) return "1";
  const nothing = ["--schema-only", "--exclude-schema=*", "--no-password", "--no-sync", "--file=/dev/null"];
  const { code } = await database.toolsOn.run({
    words: tools.words("pg_dump", "--format=custom", "--compress=zstd:1", ...nothing),
    env: database.environment({ admin, purpose: "backup" }),
    // Short as it is, it is ended like the dump itself where this run dies in it.
    noteIn: noteIn === undefined ? undefined : `${noteIn}-probe`,
    signal,
  });
  return code === 0 ? "zstd:1" : "1";
}

/** The dump comes from one machine and is written on another. */
async function streamDump(job: DumpJob, command: Command): Promise<void> {
  const { database, to } = job;
  let sent = 0;
  const pipe = new PassThrough();
  pipe.on("data", (chunk: Buffer) => (sent += chunk.length));
  pipe.pause();
  await together(job.signal, [
    async (signal) => {
      const finished = await database.toolsOn.run({ ...command, stdout: pipe, signal });
      if (finished.code !== 0) throw await dumpFailure(job, finished);
    },
    async (signal) => {
      const finished = await to.machine.run({ words: ["sh", "-c", WRITE, "sh", to.path], stdin: pipe, signal });
      if (finished.code !== 0) throw await dumpFailure(job, finished, `writing the dump on ${to.machine.name}`);
    },
  ]);
  const arrived = await fileSize(to.machine, to.path);
  if (arrived !== sent)
    throw new Failure(`The dump did not arrive whole: ${arrived} of ${sent} bytes are on ${to.machine.name}.`, { code: "dump-failed" });
}

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
