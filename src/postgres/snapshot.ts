import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

/** A snapshot that other sessions and `pg_dump --snapshot` can share while this one stays open. */
export interface Snapshot extends AsyncDisposable {
  readonly id: string;
  /** In a read-only transaction on this snapshot: what it counts is what the dump holds. */
  readonly connection: Connection;
}

/** Opens a read-only transaction and exports its snapshot; disposing of it ends both. */
export async function exportSnapshot(
  database: Database,
  options: { readonly purpose?: string; readonly admin?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Snapshot> {
  const connection = await database.connect(options.purpose ?? "backup", { admin: options.admin, signal: options.signal });
  try {
    await connection.exec("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const [row] = await connection.query<{ id: string }>("SELECT pg_export_snapshot() AS id");
    return { id: row?.id ?? "", connection, [Symbol.asyncDispose]: async () => await connection[Symbol.asyncDispose]() };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
