import type { Connection } from "../../postgres/connection.ts";
import { TABLE_LOCKS, type TableLock } from "../plan/lock.ts";

/** A lock that a migration held at its end on a table that was there before it. */
export interface TracedLock {
  readonly table: string;
  readonly mode: TableLock;
}

/** Those that are in nobody's way are not told. */
const QUIET: ReadonlySet<TableLock> = new Set(["ACCESS SHARE", "ROW SHARE"]);

interface Seen {
  readonly oid: bigint;
  readonly mode: string | null;
  readonly name: string | null;
}

/** Sees, at the end of each migration's transaction, which locks it holds. On what it made itself nobody waits. */
export class LockTrace {
  readonly #held = new Map<string, readonly TracedLock[]>();
  #there = new Map<bigint, string>();

  /** Undefined where that was not seen: it does not run in one transaction. */
  of(version: string): readonly TracedLock[] | undefined {
    return this.#held.get(version);
  }

  /** Once, before the first one, and between those that run statement by statement. */
  async begin(connection: Connection): Promise<void> {
    this.#there = thereIn(await look(connection));
  }

  async note(version: string, connection: Connection): Promise<void> {
    const seen = await look(connection);
    const strongest = new Map<string, TableLock>();
    for (const { oid, mode } of seen) {
      const table = this.#there.get(oid);
      const lock = mode === null ? undefined : lockOf(mode);
      if (table === undefined || lock === undefined || QUIET.has(lock)) continue;
      const before = strongest.get(table);
      if (before === undefined || TABLE_LOCKS.indexOf(lock) > TABLE_LOCKS.indexOf(before)) strongest.set(table, lock);
    }
    this.#held.set(
      version,
      [...strongest].map(([table, mode]) => ({ table, mode })),
    );
    this.#there = thereIn(seen);
  }
}

function thereIn(seen: readonly Seen[]): Map<bigint, string> {
  return new Map(seen.flatMap(({ oid, name }) => (name === null ? [] : [[oid, name] as const])));
}

/** The session's locks, and what there is to lock. The migration may have changed the search path: nothing is looked for by it. */
async function look(connection: Connection): Promise<readonly Seen[]> {
  return await connection.query<Seen & Record<string, unknown>>(
    `SELECT l.relation::pg_catalog.int8 AS oid, l.mode AS mode, NULL AS name FROM pg_catalog.pg_locks l
     WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
     UNION ALL
     SELECT c.oid::pg_catalog.int8, NULL, CASE n.nspname WHEN 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname)
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`,
  );
}

/** `ShareRowExclusiveLock` → `SHARE ROW EXCLUSIVE`. */
function lockOf(mode: string): TableLock | undefined {
  const words = mode
    .replace(/Lock$/, "")
    .replaceAll(/(?!^)([A-Z])/g, " $1")
    .toUpperCase();
  return TABLE_LOCKS.find((one) => one === words);
}
