import type { Connection } from "./connection.ts";
import { readInBatches } from "./locks.ts";

/** The user's schemas; temporary ones are pg_ too. */
const USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/**
 * Partitions by the hash of an enum, whose oid is another one in each copy: their rows move among them, and only the table that
 * is parted so holds the same. By the partition, the topmost such table above it. pg_dump decides by the same operator class.
 */
const HASHED = `SELECT DISTINCT ON (leaf.oid) leaf.oid AS leaf, above.relid AS whole
  FROM pg_class leaf, LATERAL pg_partition_ancestors(leaf.oid) WITH ORDINALITY AS above(relid, height)
  JOIN pg_partitioned_table p ON p.partrelid = above.relid AND p.partstrat = 'h'
  WHERE leaf.relispartition AND leaf.relkind = 'r' AND EXISTS (
    SELECT FROM unnest(p.partclass::oid[]) AS k(class) JOIN pg_opclass c ON c.oid = k.class JOIN pg_am a ON a.oid = c.opcmethod
    WHERE c.opcname = 'enum_ops' AND c.opcnamespace = 'pg_catalog'::regnamespace AND a.amname = 'hash')
  ORDER BY leaf.oid, above.height DESC`;

/** What rows are counted of: by the table's name as SQL quotes it, and those of its partitions that have none of their own. */
export interface Counted {
  readonly rows: ReadonlyMap<string, number>;
  /** Of a table whose partitions are counted together: their names. */
  readonly together: ReadonlyMap<string, readonly string[]>;
}

/**
 * The exact number of rows of every table that holds rows itself (partitions, not their parents, but where no copy keeps rows
 * in the same partition; each inheritance child apart). What extensions own and what lies elsewhere (foreign tables) is left
 * out, as a dump does. All counts share one snapshot: the one of the transaction that is open, else a new one.
 * Rejects with code 42501 rather than count only the rows that row security shows.
 */
export async function countTables(connection: Connection): Promise<Counted> {
  return await connection.inSnapshot(async () => {
    await connection.exec("SET LOCAL row_security = off");
    const tables = await connection.query<{ table: string; name: string; locks: number }>(
      // Planning a query locks the table's indexes too.
      `WITH hashed AS (${HASHED})
       SELECT format('%I.%I', ln.nspname, leaf.relname) AS table, format('%I.%I', n.nspname, c.relname) AS name,
         1 + (SELECT count(*) FROM pg_index i WHERE i.indrelid = leaf.oid)::int AS locks
       FROM pg_class leaf JOIN pg_namespace ln ON ln.oid = leaf.relnamespace LEFT JOIN hashed h ON h.leaf = leaf.oid
         JOIN pg_class c ON c.oid = coalesce(h.whole, leaf.oid) JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE leaf.relkind = 'r' AND ${USERS.replaceAll("n.", "ln.")}
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = leaf.oid AND d.deptype = 'e')
       ORDER BY 2, 1`,
    );
    const rows = new Map<string, number>(tables.map(({ name }) => [name, 0]));
    await readInBatches(connection, tables, async (batch) => {
      const queries = batch.map((one, index) => `SELECT ${index} AS index, count(*) AS count FROM ONLY ${one.table}`);
      for (const row of await connection.query<{ index: number; count: bigint }>(queries.join(" UNION ALL "))) {
        const name = batch[row.index]?.name ?? "";
        rows.set(name, (rows.get(name) ?? 0) + Number(row.count));
      }
    });
    const parted = tables.filter(({ table, name }) => table !== name);
    const together = new Map(parted.map(({ name }) => [name, parted.filter((one) => one.name === name).map(({ table }) => table)]));
    return { rows, together };
  });
}

/** The rows alone; see `countTables`. */
export async function countRows(connection: Connection): Promise<ReadonlyMap<string, number>> {
  return (await countTables(connection)).rows;
}

/** How many rows each table holds by the server's statistics, by its name as SQL quotes it: at once, however large they are. */
export async function estimatedRows(connection: Connection): Promise<ReadonlyMap<string, number>> {
  const rows = await connection.query<{ name: string; rows: bigint }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_stat_get_live_tuples(c.oid) AS rows
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND ${USERS}`,
  );
  return new Map(rows.map(({ name, rows: live }) => [name, Number(live)]));
}

/**
 * The last value that each sequence gave out, by its name as SQL quotes it; for one that gave none yet, the value
 * before its first. Sequences are not transactional: values seen later are equal or further on.
 */
export async function sequenceValues(connection: Connection): Promise<ReadonlyMap<string, bigint>> {
  const sequences = await connection.query<{ name: string; increment: string; locks: number }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement::text AS increment, 1 AS locks
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`,
  );
  const values = new Map<string, bigint>(sequences.map(({ name }) => [name, 0n]));
  await readInBatches(connection, sequences, async (batch) => {
    const queries = batch.map(
      (one, index) =>
        `SELECT ${index} AS index, last_value::numeric - CASE WHEN is_called THEN 0 ELSE ${one.increment} END AS value FROM ${one.name}`,
    );
    for (const row of await connection.query<{ index: number; value: string }>(queries.join(" UNION ALL ")))
      values.set(batch[row.index]?.name ?? "", BigInt(row.value));
  });
  return values;
}

/** The database's size on the disk, with indexes. Bytes. */
export async function databaseSize(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ bytes: bigint }>("SELECT pg_database_size(current_database()) AS bytes");
  return Number(row?.bytes ?? 0n);
}
