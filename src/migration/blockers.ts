import { Cancelled, Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Clock } from "../core/ports.ts";
import type { Connection } from "../postgres/connection.ts";

/** A session that stands in the way. */
export interface Blocker {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
  readonly state: string;
  /** Since when its statement runs (or since it ended), milliseconds. */
  readonly forMs: number;
  /** The first words of its statement only: the rest may hold people's data. */
  readonly statement: string;
}

const ACTIVITY = `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS user,
    coalesce(a.state, 'state not visible') AS state, coalesce(a.query, '') AS query,
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start)) * 1000, 0)::float8 AS for_ms
  FROM pg_stat_activity a`;

/** The sessions for which a session waits now. */
export async function blockersOf(connection: Connection, pid: number): Promise<readonly Blocker[]> {
  return await readActivity(connection, `${ACTIVITY} WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.pid`, [pid]);
}

/** The sessions that hold an advisory lock of this database. */
export async function holdersOf(
  connection: Connection,
  key: { readonly group: number; readonly number: number },
): Promise<readonly Blocker[]> {
  return await readActivity(
    connection,
    `${ACTIVITY} JOIN pg_locks l ON l.pid = a.pid WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid AND l.objsubid = 2 AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY a.pid`,
    [key.group, key.number],
  );
}

/** Who holds what on tables, one row a session, table and lock. */
export interface TableHolder {
  readonly session: Blocker;
  /** As `pg_locks` says it: `AccessShareLock`. */
  readonly mode: string;
  readonly table: number;
}

/** The other sessions that hold a lock on one of these tables now, waiting ones left out. */
export async function holdersOn(connection: Connection, tables: readonly number[]): Promise<readonly TableHolder[]> {
  const rows = await connection.query<ActivityRow & { mode: string; relation: number }>(
    `${ACTIVITY.replace("SELECT ", "SELECT l.mode, l.relation, ")} JOIN pg_locks l ON l.pid = a.pid
      WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1::oid[]) AND a.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY for_ms DESC, a.pid`,
    [tables],
  );
  return rows.map((row) => ({ session: blocker(row), mode: row.mode, table: row.relation }));
}

interface ActivityRow {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
  readonly state: string;
  readonly query: string;
  readonly for_ms: number;
}

async function readActivity(connection: Connection, sql: string, values: readonly unknown[]): Promise<readonly Blocker[]> {
  return (await connection.query<ActivityRow>(sql, values)).map(blocker);
}

function blocker({ pid, application, user, state, query, for_ms }: ActivityRow): Blocker {
  return { pid, application, user, state, forMs: Math.max(0, for_ms), statement: firstWords(query) };
}

/** `pid 4711 (pg_dump, user backup): active for 3.2 s: SELECT …` */
export function describeBlocker(blocker: Blocker): string {
  const who = [blocker.application || "no application name", `user ${blocker.user}`].join(", ");
  const statement = blocker.statement === "" ? "" : `: ${blocker.statement} …`;
  return `pid ${blocker.pid} (${who}): ${blocker.state}, transaction open for ${formatDuration(blocker.forMs)}${statement}`;
}

/** At most four words from the front that can be no value: `ALTER TABLE orders ADD`. */
export function firstWords(sql: string): string {
  const plain = sql.replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ").trim();
  return /^(?:[A-Za-z_][\w.]*\s*){0,4}/.exec(plain)?.[0].trim() ?? "";
}

/** Where a statement of the commit's own files is told: longer than most are, and on one line. */
const LONGEST_STATEMENT = 120;

/** A statement of the user's own files on one line, without its comments and texts (which may be people's); cut at the end where it is long. */
export function wholeStatement(sql: string): string {
  const plain = sql
    .replaceAll(/\/\*[\s\S]*?\*\/|--[^\n]*/g, " ")
    .replaceAll(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$/g, "'…'")
    .replaceAll(/\s+/g, " ")
    .trim();
  return plain.length <= LONGEST_STATEMENT ? plain : `${plain.slice(0, LONGEST_STATEMENT).trimEnd()} …`;
}

/** Looks again and again who blocks a session, while something runs in it. */
export class BlockerWatch implements AsyncDisposable {
  /** Who was last seen in the way; kept when the way is free again. */
  last: readonly Blocker[] = [];
  readonly #stop = new AbortController();
  /** What ended the watching; kept until the end, where somebody listens. */
  readonly #watching: Promise<unknown>;

  /**
   * @param onBlocked called once for each new set of sessions in the way.
   * @param intervalMs how often to look.
   */
  constructor(request: {
    readonly observer: Connection;
    readonly pid: number;
    readonly clock: Clock;
    readonly intervalMs: number;
    readonly onBlocked: (blockers: readonly Blocker[]) => void;
  }) {
    this.#watching = this.#watch(request).catch((error: unknown) => error);
  }

  async #watch(request: ConstructorParameters<typeof BlockerWatch>[0]): Promise<void> {
    let told = "";
    while (!this.#stop.signal.aborted) {
      await request.clock.sleep(request.intervalMs, this.#stop.signal);
      const blockers = await blockersOf(request.observer, request.pid);
      if (blockers.length === 0) continue;
      this.last = blockers;
      const pids = blockers.map((blocker) => blocker.pid).join();
      if (pids !== told) request.onBlocked(blockers);
      told = pids;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const ended = await this.#watching;
    // Told to stop; or the observing session is gone, which whoever needs it will say.
    if (ended instanceof Error && !(ended instanceof Cancelled) && !(ended instanceof Failure)) throw ended;
  }
}
