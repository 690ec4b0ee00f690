import { Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Database } from "../postgres/database.ts";

/**
 * The sessions that keep a dump from reading: who, what, since when, a line each. Query texts are left out: they may
 * hold values.
 */
export async function lockHolders(database: Database, signal: AbortSignal): Promise<readonly string[]> {
  await using connection = await database.connect("backup", { signal });
  const rows = await connection.query<{ line: string }>(`
    SELECT format('session %s (%s%s) holds %s on %s.%I, its transaction is %s s old and %s', l.pid, coalesce(a.usename, '?'),
        coalesce(', ' || nullif(a.application_name, ''), ''), l.mode, quote_ident(n.nspname), c.relname,
        coalesce(round(extract(epoch FROM now() - a.xact_start))::text, '?'), coalesce(a.state, 'of unknown state')) AS line
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'S')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY a.xact_start NULLS LAST LIMIT 5`);
  return rows.map((row) => row.line);
}

/** The dump waited for a table that others hold; `holders` as `lockHolders` tells them. */
export function dumpLockFailure(waitedMs: number, holders: readonly string[], evidence: readonly string[]): Failure {
  return new Failure(`The backup waited ${formatDuration(waitedMs)} for a lock on a table and gave up.`, {
    code: "55P03",
    evidence: [...holders, ...evidence],
    hint: "Let that session finish, or end it with pg_terminate_backend, and back up again.",
  });
}
