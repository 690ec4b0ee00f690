import { Failure } from "../core/failure.ts";
import { formatDuration, plural } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import { type Database, OURS } from "./database.ts";

const POLL_MS = 1000;
const SAY_EVERY_MS = 30_000;

/** Sessions of ours for these purposes. Under escape, for LIKE. */
function patterns(purposes: readonly string[]): readonly string[] {
  return purposes.flatMap((purpose) => {
    const escaped = `${OURS}${purpose}`.replaceAll(/[\\%_]/g, "\\$&");
    return [escaped, `${escaped} %`];
  });
}

/** How long ended sessions get to go. */
const END_TRIES = 50;
const END_POLL_MS = 100;

/**
 * Ends what earlier steps of ours left running, known by application_name, and waits until it is gone: everything of ours
 * in the database but the dumps of scheduled backups, and all sessions of whoever held its lock, wherever in the cluster
 * they are (a swap renames from outside). Returns how many. Rejects with code 42501 where the role may not end them.
 */
export async function endOurSessions(database: Database): Promise<number> {
  await using connection = await database.connectMaintenance("end");
  const where = `pid <> pg_backend_pid() AND starts_with(application_name, $2)
    AND (right(application_name, length($3)) = $3 OR (datname = $1 AND NOT application_name LIKE ANY ($4::text[])))`;
  const values = [database.name, OURS, database.holdersMark, patterns(["backup"])];
  const ended = await connection.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`, values);
  for (let tries = 0; ; tries += 1) {
    const left = await connection.query<{ pid: number; name: string }>(
      `SELECT pid, application_name AS name FROM pg_stat_activity WHERE ${where}`,
      values,
    );
    if (left.length === 0) return ended.length;
    if (tries === END_TRIES) {
      throw new Failure(`${plural(left.length, "session")} of an earlier step in ${database.name} did not end.`, {
        code: "timeout",
        evidence: left.map(({ pid, name }) => `session ${pid} (${name})`),
        hint: "Look at what the server does there; restarting it ends them.",
      });
    }
    await connection.query("SELECT pg_sleep($1::float8 / 1000)", [END_POLL_MS]);
  }
}

export interface DumpWait {
  readonly clock: Clock;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Milliseconds; then a Failure of code `timeout`. */
  readonly timeoutMs: number;
}

/** Waits while a dump of ours reads the database: a lock that a migration or swap asks for would queue everyone behind it. */
export async function waitForDumps(database: Database, { clock, report, signal, timeoutMs }: DumpWait): Promise<void> {
  const started = clock.now().getTime();
  let said: number | undefined;
  await using connection = await database.connectMaintenance("wait", { signal });
  for (;;) {
    const dumps = await connection.query<{ pid: number; name: string }>(
      "SELECT pid, application_name AS name FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE ANY ($2::text[]) ORDER BY pid",
      [database.name, patterns(["backup"])],
    );
    if (dumps.length === 0) return;
    const now = clock.now().getTime();
    const shown = dumps.map((dump) => `session ${dump.pid} (${dump.name})`);
    if (now - started >= timeoutMs) {
      throw new Failure(`A backup of ${database.name} still runs after ${formatDuration(timeoutMs)}.`, {
        code: "timeout",
        evidence: shown,
        hint: "Wait for it to end, or end it, and run this step again.",
      });
    }
    if (said === undefined || now - said >= SAY_EVERY_MS) {
      report.say(`Waiting for ${plural(dumps.length, "session")} of a running backup of ${database.name}: ${shown.join(", ")}`);
      said = now;
    }
    await clock.sleep(POLL_MS, signal);
  }
}
