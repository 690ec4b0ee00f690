import { stopIfCancelled } from "../core/failure.ts";
import type { Connection } from "./connection.ts";

/** The time that a probe of a monitor, or somebody's short query, takes. */
const HELD_PATIENCE_MS = 3000;

/** Whether the present role may signal the session `a` of the role `r`: the rule of pg_terminate_backend itself, which raises an error for the whole query otherwise. */
export const MAY_END = `(
  EXISTS (SELECT FROM pg_roles me WHERE me.rolname = current_user AND me.rolsuper)
  OR (NOT coalesce(r.rolsuper, false) AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
)`;

/** The server's own helpers (autovacuum) have no role; PostgreSQL ends them itself when a database is renamed. */
const SESSIONS = `pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid WHERE a.datname = ANY($1) AND a.pid <> pg_backend_pid()`;

/** Ends every session in these databases that the role may end; returns how many. */
export async function endSessionsIn(connection: Connection, databases: readonly string[]): Promise<number> {
  const rows = await connection.query(`SELECT pg_terminate_backend(a.pid) FROM ${SESSIONS} AND ${MAY_END}`, [databases]);
  return rows.length;
}

/** The sessions in these databases that the role may not end, for people. */
export async function heldSessions(connection: Connection, databases: readonly string[]): Promise<readonly string[]> {
  const rows = await connection.query<{ pid: number; role: string; name: string; database: string }>(
    `SELECT a.pid, r.rolname AS role, a.application_name AS name, a.datname AS database FROM ${SESSIONS} AND NOT ${MAY_END} ORDER BY a.pid`,
    [databases],
  );
  return rows.map((row) => `session ${row.pid} of ${row.role} in ${row.database}${row.name === "" ? "" : ` (${row.name})`}`);
}

/** The same, but only where they stay: a session that just looks in is no obstacle. */
export async function stayingSessions(
  connection: Connection,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const until = performance.now() + HELD_PATIENCE_MS;
  for (;;) {
    const held = await heldSessions(connection, databases);
    if (held.length === 0 || performance.now() > until) return held;
    if (signal) stopIfCancelled(signal);
    await connection.query("SELECT pg_sleep(0.1)");
  }
}
