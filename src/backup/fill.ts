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

/** It would belong to the copy, take over from the live one at a swap, and keep the copy from being dropped. */
const NO_SUBSCRIPTIONS = "--no-subscriptions";

/** pg_restore's sessions at once: data and indexes of different tables load side by side. */
const JOBS = 2;

/** The code of a restore by several sessions at once that failed: in one, in the order of the dump, it may succeed. */
export const FAILED_TOGETHER = "restore-failed-together";

/**
 * Loads a dump into an empty database as the admin role, with owners and grants, and stops at the first error.
 * @throws Failure of code `restore-failed` or `FAILED_TOGETHER`, with the tools' last lines.
 */
export async function fill(job: RestoreJob): Promise<void> {
  const { database, dump, signal, serverVersion } = job;
  const serverMajor = Math.floor(serverVersion / 10_000);
  const tools = await clientTools(database.toolsOn, Math.max(serverMajor, job.writtenBy ?? 0));
  const direct = tools.major <= serverMajor;
  const together = direct && sessionsOf(job) > 1;
  const command = direct ? await directly(job, tools) : throughPsql(job, tools);
  const known = database.environment({ admin: true, database: job.side, purpose: "restore" });
  const options = [String(known["PGOPTIONS"]), ...job.session.map(asOption)].filter((text) => text !== "").join(" ");
  const env = { ...known, PGOPTIONS: job.session.length === 0 ? options : new Secret(options) };
  const noteIn = job.noteIn === undefined ? undefined : `${job.noteIn}-restore`;
  await withDump({ dump, toolsOn: database.toolsOn, command: { ...command, env, noteIn }, signal }, (finished) => {
    throw new Failure(`The dump cannot be restored: pg_restore failed (${ending(finished)}).`, {
      code: together ? FAILED_TOGETHER : "restore-failed",
      evidence: lastLines(finished),
      hint: job.superuser
        ? undefined
        : `Where it lacks a right: what the role ${database.adminTarget.user} may not restore, a superuser may. Give one as \`database-admin-url\`.`,
    });
  });
}

/** What is not a file where the tools run is read once, from its beginning to its end. */
function sessionsOf({ database, dump, jobs }: RestoreJob): number {
  return reachOf(database.toolsOn, dump.machine).by === "path" ? (jobs ?? JOBS) : 1;
}

async function directly(job: RestoreJob, tools: ClientTools): Promise<Command> {
  const { database, dump, side } = job;
  const options = [`--dbname=${conninfo(side)}`, "--exit-on-error", "--no-password", NO_SUBSCRIPTIONS];
  if (reachOf(database.toolsOn, dump.machine).by !== "path") return { words: tools.words("pg_restore", ...options) };
  options.push(`--jobs=${sessionsOf(job)}`);
  const list = job.superuser ? undefined : await editedList(job, tools);
  if (list === undefined) return { words: tools.words("pg_restore", ...options, dump.path) };
  return { words: tools.words("pg_restore", ...options, "--use-list=/dev/stdin", dump.path), stdin: list };
}

/** The dump's table of contents without what only a superuser may restore, or undefined where it holds nothing of that. */
async function editedList({ database, dump, noteIn, signal }: RestoreJob, tools: ClientTools): Promise<string | undefined> {
  const { stdout } = await succeed(
    database.toolsOn,
    { words: tools.words("pg_restore", "--list", dump.path), noteIn: noteIn === undefined ? undefined : `${noteIn}-list`, signal },
    "Reading the dump's table of contents",
  );
  return unownedEntries(stdout);
}

/**
 * Newer tools begin with `SET transaction_timeout`, which a server before 17 does not know, and would stop there. So
 * their SQL goes through psql without that line, which stands among the first. Both exit codes count.
 */
function throughPsql({ database, dump }: RestoreJob, tools: ClientTools): Command {
  const from = reachOf(database.toolsOn, dump.machine).by === "path" ? [dump.path] : [];
  const restore = quote(tools.words("pg_restore", "--file=-", NO_SUBSCRIPTIONS, ...from));
  const load = quote(tools.words("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"));
  const script = `restored=$( { { ${restore}; echo $? >&3; } | LC_ALL=C sed '1,60{/^SET transaction_timeout = 0;$/d;}' | ${load} >&2; } 3>&1 ) && exit "\${restored:-1}"`;
  return { words: ["sh", "-c", script] };
}

/** A bare name would be read as a connection string where it holds a `=`. */
function conninfo(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
