import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { identifier } from "./literal.ts";

/**
 * A database beside the live one that nobody can enter, and how it is known again. `row` is the transaction that wrote its row in
 * pg_database last: whoever lets anybody in, or makes another database of that name, writes it anew. (VACUUM does not.)
 */
export interface ShutDatabase {
  readonly name: string;
  readonly oid: string;
  readonly row: string;
}

/** How long a session that was just closed, ours or an autovacuum's, gets to go. Milliseconds. */
const EMPTY_WITHIN_MS = 5000;

/**
 * Closes a database for everybody, superusers too: what it holds now is what it holds until `letIn`. Undefined, and closed all
 * the same, where somebody stays in it who came before.
 */
export async function shutDatabase(database: Database, name: string): Promise<ShutDatabase | undefined> {
  await using connection = await database.connectMaintenance("side");
  await connection.exec(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`);
  const until = performance.now() + EMPTY_WITHIN_MS;
  for (;;) {
    // Whoever acts for a role: clients, replication, what an extension runs in the background; what kind of another role's session it is,
    // is not shown to everybody. Autovacuum, which changes nothing that is compared, is no role's.
    const within = await connection.query("SELECT FROM pg_stat_activity WHERE datname = $1 AND usesysid IS NOT NULL", [name]);
    if (within.length === 0) break;
    if (performance.now() > until) return undefined;
    await connection.query("SELECT pg_sleep(0.1)");
  }
  const [row] = await connection.query<{ oid: string; row: string }>(
    "SELECT oid::text AS oid, xmin::text AS row FROM pg_database WHERE datname = $1 AND NOT datallowconn",
    [name],
  );
  return row && { name, ...row };
}

/** Whether it is the very database that was shut, and nobody was let in since. */
export async function isAsShut(connection: Connection, { name, oid, row }: ShutDatabase): Promise<boolean> {
  const found = await connection.query(
    "SELECT FROM pg_database WHERE datname = $1 AND oid::text = $2 AND xmin::text = $3 AND NOT datallowconn",
    [name, oid, row],
  );
  return found.length > 0;
}

/**
 * The same, and so it stays until the transaction ends: its row is written by it, and whoever wants to let somebody in waits for that.
 * Between the look and the writing is a moment: who let in by then is seen, as the row is read again.
 */
export async function holdShut(connection: Connection, shut: ShutDatabase): Promise<boolean> {
  if (!(await isAsShut(connection, shut))) return false;
  const [row] = await connection.query<{ most: number }>("SELECT datconnlimit AS most FROM pg_database WHERE datname = $1", [shut.name]);
  await connection.exec(`ALTER DATABASE ${identifier(shut.name)} CONNECTION LIMIT ${row?.most ?? -1}`);
  const still = await connection.query("SELECT FROM pg_database WHERE datname = $1 AND oid::text = $2 AND NOT datallowconn", [
    shut.name,
    shut.oid,
  ]);
  return still.length > 0;
}

/** Lets them in again, by the name that it has then. */
export async function letIn(connection: Connection, name: string): Promise<void> {
  await connection.exec(`ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true`);
}
