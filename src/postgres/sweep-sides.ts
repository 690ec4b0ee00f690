import type { Report } from "../core/report.ts";
import type { Database } from "./database.ts";
import { dropOrWarn } from "./drop-database.ts";
import { sideMadeAt, type SideKind } from "./side.ts";

/** Younger ones may be about to be entered by their maker. */
const YOUNG_MS = 300_000;

/**
 * Drops the databases that killed runs left beside this one: named as `newSideName` names them for one of these kinds, some minutes
 * old by the server's clock, and nobody in them (a run that lives keeps a session in its own). Returns their names.
 */
export async function sweepSides(
  database: Database,
  kinds: readonly SideKind[],
  report: Pick<Report, "warning">,
): Promise<readonly string[]> {
  const { empty, now } = await emptyDatabases(database, kinds);
  const left = empty.filter((name) => {
    const made = sideMadeAt(database.name, name, kinds);
    return made !== undefined && now.getTime() - made.getTime() > YOUNG_MS;
  });
  for (const name of left) await dropOrWarn(database, name, report);
  return left;
}

async function emptyDatabases(
  database: Database,
  kinds: readonly SideKind[],
): Promise<{ readonly empty: readonly string[]; readonly now: Date }> {
  await using connection = await database.connectMaintenance("look");
  const rows = await connection.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database d
     WHERE datname LIKE ANY ($1) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend')`,
    [kinds.map((kind) => `%\\_${kind}\\_%`)],
  );
  // One that ran ahead here would take a copy for left that another run has just made.
  const [clock] = await connection.query<{ ms: bigint }>("SELECT (extract(epoch FROM now()) * 1000)::bigint AS ms");
  return { empty: rows.map((row) => row.name), now: new Date(Number(clock?.ms ?? 0)) };
}
