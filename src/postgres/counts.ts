import type { Connection } from "./connection.ts";
import { readInBatches } from "./locks.ts";

/** The user's schemas; temporary ones are pg_ too. */
const USERS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/**
 * Partitions by the hash of an enum, whose oid is another one in each copy: their rows move among them, and only the table that
 * is parted so is the same. By the partition, the topmost such table above it.
 */
const HASHED = `SELECT DISTINCT ON (leaf.oid) leaf.oid AS leaf, above.relid AS whole
  FROM pg_class leaf, LATERAL pg_partition_ancestors(leaf.oid) WITH ORDINALITY AS above(relid, height)
  JOIN pg_partitioned_table p ON p.partrelid = above.relid AND p.partstrat = 'h'
  WHERE leaf.relispartition AND EXISTS (
    SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::int2[]) AND t.typtype = 'e')
  ORDER BY leaf.oid, above.height DESC`;

/**
 * The exact number of rows of every table that holds rows itself (partitions, not their parents, but where no copy keeps rows
 * in the same partition; each inheritance child apart), by its name as SQL quotes it. What extensions own and what lies elsewhere (foreign tables) is left
 * out, as a dump does. All counts share one snapshot: the one of the transaction that is open, else a new one.
 * Rejects with code 42501 rather than count only the rows that row security shows.
 */
export async function countRows(connection: Connection): Promise<ReadonlyMap<string, number>> {
  return await connection.inSnapshot(async () => {
    await connection.exec("SET LOCAL row_security = off");
    const tables = await connection.query<{ name: string; whole: boolean; locks: number }>(
      // Planning a query locks the table's indexes too.
      `WITH hashed AS (${HASHED})
       SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'p' AS whole,
         sum(1 + (SELECT count(*) FROM pg_index i WHERE i.indrelid = leaf.oid))::int AS locks
       FROM pg_class leaf LEFT JOIN hashed h ON h.leaf = leaf.oid
         JOIN pg_class c ON c.oid = coalesce(h.whole, leaf.oid) JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE leaf.relkind = 'r' AND ${USERS}
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = leaf.oid AND d.deptype = 'e')
       GROUP BY 1, 2 ORDER BY 1`,
    );
    const counts = new Map<string, number>(tables.map(({ name }) => [name, 0]));
    await readInBatches(connection, tables, async (batch) => {
      const queries = batch.map(
        (table, index) => `SELECT ${index} AS index, count(*) AS count FROM ${table.whole ? "" : "ONLY "}${table.name}`,
      );
      for (const row of await connection.query<{ index: number; count: bigint }>(queries.join(" UNION ALL ")))
        counts.set(batch[row.index]?.name ?? "", Number(row.count));
    });
    return counts;
  });
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
