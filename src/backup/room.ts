import { refusal } from "../core/failure.ts";
import { formatSize } from "../core/format.ts";
import { freeBytes } from "../machine/files/files.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Manifest } from "./manifest.ts";
import type { BackupStore } from "./store.ts";

/** What a backup of a database that grew since the last one may need of it. */
const GROWTH = 1.2;

/**
 * Refuses (exit 2) where the disk has no room for the next backup: a fifth more than the last one of this database,
 * or, for the first, all of its data uncompressed.
 */
export async function requireRoom(store: BackupStore, connection: Connection, last: Manifest | undefined): Promise<void> {
  const needed = last === undefined ? await dataBytes(connection) : Math.ceil(last.sizeBytes * GROWTH);
  const free = await freeBytes(store.machine, store.directory);
  if (free >= needed) return;
  throw refusal(
    `There is no room for the backup: it needs about ${formatSize(needed)} in ${store.directory} on ${store.machine.name}, where ${formatSize(free)} are free.`,
    {
      code: "disk-full",
      hint: `Free ${formatSize(needed - free)} there, keep fewer backups (keep-last, keep-daily, max-total-size), or give another state-dir.`,
      evidence: [
        last === undefined
          ? "estimated from the database's size without its indexes"
          : `the last one, ${last.id}, has ${formatSize(last.sizeBytes)}`,
      ],
    },
  );
}

/** Without the indexes, which a dump does not hold; as last counted, since looking at them would wait for locks. */
async function dataBytes(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ bytes: bigint }>(
    `SELECT (pg_database_size(current_database())
       - coalesce((SELECT sum(relpages::bigint) FROM pg_class WHERE relkind = 'i'), 0) * current_setting('block_size')::bigint)::bigint AS bytes`,
  );
  return Math.max(0, Number(row?.bytes ?? 0n));
}
