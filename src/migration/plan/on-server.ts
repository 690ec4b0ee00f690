import type { Connection } from "../../postgres/connection.ts";
import { type Blocker, holdersOn } from "../blockers.ts";
import { inSql, inWords } from "../lint/commands.ts";
import { conflictsOf, type LockTaken, strongest, type TableLock } from "./lock.ts";
import type { MigrationPlan } from "./plan.ts";

/** A table that the plan locks, as it is in the database now. */
export interface LockedTable {
  readonly table: string;
  /** The strongest lock that the plan takes on it. */
  readonly lock: TableLock;
  /** Estimates of the planner, in bytes and rows; undefined where the table was never measured. With indexes and TOAST. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  /** Who holds a lock now that this one has to wait for, the longest first. */
  readonly holders: readonly Blocker[];
}

/**
 * What the database at hand adds: how large the locked tables are, and who is in the way now. Takes no lock on any of them: a look
 * must not wait where the plan would. A table that is not there is left out.
 */
export async function lockedTables(connection: Connection, plan: MigrationPlan): Promise<readonly LockedTable[]> {
  const wanted = Map.groupBy(
    plan.migrations.flatMap(({ statements }) => statements.flatMap(({ locks }) => locks)),
    ({ on, ofIndex }) => `${ofIndex === true ? "index " : ""}${inSql(on)}`,
  );
  const locks = [...wanted.values()].flatMap((same) => same[0] ?? []);
  if (locks.length === 0) return [];
  const measured = await measure(connection, locks);
  const byTable = Map.groupBy(measured, ({ oid }) => oid);
  const holders = await holdersOn(connection, [...byTable.keys()]);
  return [...byTable.values()].flatMap((rows): readonly LockedTable[] => {
    const [first] = rows;
    const modes = rows.flatMap(({ at }) => wanted.get(keyOf(locks[at])) ?? []).map(({ mode }) => mode);
    const lock = strongest(modes);
    if (first === undefined || lock === undefined) return [];
    const against = new Set(modes.flatMap(conflictsOf).map(catalogName));
    const inTheWay = holders.filter(({ table, mode }) => table === first.oid && against.has(mode));
    return [
      {
        table: first.table,
        lock,
        bytes: first.measured ? Number(first.bytes) : undefined,
        rows: first.measured ? Number(first.rows) : undefined,
        holders: [...new Map(inTheWay.map(({ session }) => [session.pid, session])).values()],
      },
    ];
  });
}

function keyOf(lock: LockTaken | undefined): string {
  return lock === undefined ? "" : `${lock.ofIndex === true ? "index " : ""}${inSql(lock.on)}`;
}

/** `SHARE ROW EXCLUSIVE` → `ShareRowExclusiveLock`. */
function catalogName(mode: TableLock): string {
  return `${mode.replaceAll(/(\w)(\w*) ?/g, (_, first: string, rest: string) => first + rest.toLowerCase())}Lock`;
}

interface Measured {
  /** Its place among the locks that were asked for. */
  readonly at: number;
  readonly oid: number;
  readonly table: string;
  readonly measured: boolean;
  readonly bytes: bigint;
  readonly rows: bigint;
}

/** By what the planner knows: pg_total_relation_size would wait behind whoever has the table locked. Partitions count with their parent. */
async function measure(connection: Connection, locks: readonly LockTaken[]): Promise<readonly Measured[]> {
  return await connection.query<Measured & Record<string, unknown>>(
    `WITH RECURSIVE asked AS (
       SELECT a.at, coalesce(i.indrelid, c.oid) AS oid
       FROM unnest($1::int[], $2::text[], $3::boolean[]) AS a(at, name, of_index)
       JOIN pg_class c ON c.oid = to_regclass(a.name) LEFT JOIN pg_index i ON a.of_index AND i.indexrelid = c.oid
     ), family AS (
       SELECT DISTINCT oid AS top, oid FROM asked
       UNION SELECT f.top, h.inhrelid FROM family f JOIN pg_inherits h ON h.inhparent = f.oid
     ), sized AS (
       SELECT f.top, bool_and(c.relkind = 'p' OR c.reltuples >= 0) AS measured,
         sum(CASE WHEN c.relkind = 'p' THEN 0 ELSE greatest(c.reltuples, 0) END)::bigint AS rows,
         (sum(c.relpages + coalesce(t.relpages, 0) + coalesce((SELECT sum(x.relpages) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid IN (c.oid, t.oid)), 0)) * current_setting('block_size')::bigint)::bigint AS bytes
       FROM family f JOIN pg_class c ON c.oid = f.oid LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND t.oid <> 0
       GROUP BY f.top
     )
     SELECT a.at, a.oid::int8::int4 AS oid, a.oid::regclass::text AS table, s.measured, s.rows, s.bytes
     FROM asked a JOIN sized s ON s.top = a.oid ORDER BY s.bytes DESC, a.at`,
    [locks.map((_, at) => at), locks.map(({ on }) => inSql(on)), locks.map(({ ofIndex }) => ofIndex === true)],
  );
}

/** How a table is called where the database was not asked. */
export function lockInWords({ on, ofIndex, mode }: LockTaken): string {
  return `${mode} on ${ofIndex === true ? `the table of ${inWords(on)}` : inWords(on)}`;
}
