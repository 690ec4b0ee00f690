import { refusal } from "../core/failure.ts";
import { describeTarget } from "./address.ts";
import type { Connection } from "./connection.ts";

/**
 * Refuses a connection that goes through a transaction pooler: locks, settings and snapshots of a session are lost
 * there between two statements, and nothing says so.
 */
export async function requireDirectConnection(connection: Connection): Promise<void> {
  const seen = new Set<number>();
  for (let statement = 0; statement < 4; statement += 1) {
    const [row] = await connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    seen.add(row?.pid ?? 0);
  }
  seen.add(connection.pid);
  const [setting] = await connection.query<{ kept: string | null }>(
    "SELECT set_config('savepoint.direct', pg_backend_pid()::text, false) AS kept",
  );
  const [kept] = await connection.query<{ kept: string | null; pid: number }>(
    "SELECT current_setting('savepoint.direct', true) AS kept, pg_backend_pid() AS pid",
  );
  if (seen.size === 1 && kept?.kept === setting?.kept) return;
  throw refusal(`${describeTarget(connection.target)} goes through a transaction pooler`, {
    code: "pooler",
    hint: "give the database's direct address (or the pooler's session mode): migrations, dumps and locks need one server session each",
    evidence: [`${seen.size} server sessions answered on one connection`],
  });
}
