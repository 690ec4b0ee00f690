import { Failure } from "../core/failure.ts";
import type { Command } from "../core/machine.ts";
import { quote } from "../machine/quote.ts";
import { ending, lastLines, succeed } from "../machine/succeed.ts";
import { asOption } from "../postgres/server-options.ts";
import { Secret } from "../core/secret.ts";
import { type ClientTools, clientTools } from "../postgres/tools.ts";
import { reachOf } from "./reach.ts";
import { withDump } from "./read-back.ts";
import type { RestoreJob } from "./source.ts";
import { unownedEntries } from "./table-of-contents.ts";
import { GIVEN, hasZstd, peeking, unpackingAside, unpackHere, unpacking } from "./zstd.ts";

/** It would belong to the copy, take over from the live one at a swap, and keep the copy from being dropped. */
const NO_SUBSCRIPTIONS = "--no-subscriptions";

/** pg_restore's sessions at once: data and indexes of different tables load side by side. */
const JOBS = 2;

/** The code of a restore by several sessions at once that failed: in one, in the order of the dump, it may succeed. */
export const FAILED_TOGETHER = "restore-failed-together";

interface FillRequest extends RestoreJob {
  /** Whether the dump went through `zstd`. */
  readonly packed: boolean;
}

/** How the tools come to the bytes of an archive. */
type Bytes =
  /** They open the file. */
  | "file"
  /** They open nothing: it comes to their standard input. */
  | "input"
  /** The same, but still packed. */
  | "packed input"
  /** They run where a packed file lies. */
  | "packed file";

interface FillJob extends RestoreJob {
  readonly bytes: Bytes;
}

/** A packed dump that is to be restored where no `zstd` is any more comes through us, who can unpack it. */
async function bytesOf({ database, dump, packed, signal }: FillRequest): Promise<Bytes> {
  const { by } = reachOf(database.toolsOn, dump.machine);
  if (!packed) return by === "path" ? "file" : "input";
  if (!(await hasZstd(database.toolsOn, signal))) return "input";
  return by === "path" ? "packed file" : "packed input";
}

/**
 * Loads a dump into an empty database as the admin role, with owners and grants, and stops at the first error.
 * @throws Failure of code `restore-failed` or `FAILED_TOGETHER`, with the tools' last lines.
 */
export async function fill(asked: FillRequest): Promise<void> {
  const { database, dump, signal, serverVersion } = asked;
  const job = { ...asked, bytes: await bytesOf(asked) };
  const serverMajor = Math.floor(serverVersion / 10_000);
  const tools = await clientTools(database.toolsOn, Math.max(serverMajor, job.writtenBy ?? 0));
  const direct = tools.major <= serverMajor;
  const together = direct && sessionsOf(job) > 1;
  const command = direct ? await directly(job, tools) : throughPsql(job, tools);
  const known = database.environment({ admin: true, database: job.side, purpose: "restore" });
  const options = [String(known["PGOPTIONS"]), ...job.session.map(asOption)].filter((text) => text !== "").join(" ");
  const env = { ...known, PGOPTIONS: job.session.length === 0 ? options : new Secret(options) };
  const noteIn = job.noteIn === undefined ? undefined : `${job.noteIn}-restore`;
  // Where the tools are no zstd is left, it is unpacked on its way through us.
  const through = asked.packed && job.bytes === "input" ? unpackHere : undefined;
  await withDump({ dump, toolsOn: database.toolsOn, command: { ...command, env, noteIn }, through, signal }, (finished) => {
    throw new Failure(`The dump cannot be restored: pg_restore failed (${ending(finished)}).`, {
      code: together ? FAILED_TOGETHER : "restore-failed",
      evidence: lastLines(finished),
      hint: job.superuser
        ? undefined
        : `Where it lacks a right: what the role ${database.adminTarget.user} may not restore, a superuser may. Give one as \`database-admin-url\`.`,
    });
  });
}

/** What is no file where the tools run is read once, from its beginning to its end. */
function sessionsOf({ bytes, jobs }: FillJob): number {
  return bytes === "file" || bytes === "packed file" ? (jobs ?? JOBS) : 1;
}

async function directly(job: FillJob, tools: ClientTools): Promise<Command> {
  const { bytes, dump, side } = job;
  const words = tools.words("pg_restore", `--dbname=${conninfo(side)}`, "--exit-on-error", "--no-password", NO_SUBSCRIPTIONS);
  if (bytes === "input") return { words };
  if (bytes === "packed input") return { words: unpacking(words) };
  const list = job.superuser ? undefined : await editedList(job, tools);
  const jobs = sessionsOf(job);
  if (bytes === "packed file") {
    const edited = list === undefined ? [] : [`--use-list=${GIVEN}`];
    return withList(unpackingAside([...words, ...edited], dump.path, jobs), list);
  }
  const edited = list === undefined ? [] : ["--use-list=/dev/stdin"];
  return withList([...words, `--jobs=${jobs}`, ...edited, dump.path], list);
}

/** Through a pipe: what a program of ours is given may be a socket, which nobody can open by name. */
function withList(words: readonly string[], list: string | undefined): Command {
  return list === undefined ? { words } : { words: ["sh", "-c", 'cat | "$@"', "sh", ...words], stdin: list };
}

/** The dump's table of contents without what only a superuser may restore, or undefined where it holds nothing of that. */
async function editedList({ database, bytes, dump, noteIn, signal }: FillJob, tools: ClientTools): Promise<string | undefined> {
  const list = tools.words("pg_restore", "--list");
  const { stdout } = await succeed(
    database.toolsOn,
    {
      words: bytes === "packed file" ? peeking(list, dump.path) : [...list, dump.path],
      noteIn: noteIn === undefined ? undefined : `${noteIn}-list`,
      signal,
    },
    "Reading the dump's table of contents",
  );
  return unownedEntries(stdout);
}

/**
 * Newer tools begin with `SET transaction_timeout`, which a server before 17 does not know, and would stop there. So
 * their SQL goes through psql without that line, which stands among the first. Both exit codes count.
 */
function throughPsql({ bytes, dump }: FillJob, tools: ClientTools): Command {
  const from = bytes === "file" ? [dump.path] : [];
  const words = tools.words("pg_restore", "--file=-", NO_SUBSCRIPTIONS, ...from);
  const packed = bytes === "packed file" || bytes === "packed input";
  const restore = quote(packed ? unpacking(words, bytes === "packed file" ? dump.path : undefined) : words);
  const load = quote(tools.words("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"));
  const script = `restored=$( { { ${restore}; echo $? >&3; } | LC_ALL=C sed '1,60{/^SET transaction_timeout = 0;$/d;}' | ${load} >&2; } 3>&1 ) && exit "\${restored:-1}"`;
  return { words: ["sh", "-c", script] };
}

/** A bare name would be read as a connection string where it holds a `=`. */
function conninfo(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
