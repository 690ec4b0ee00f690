import type { Report } from "../core/report.ts";
import type { Database } from "../postgres/database.ts";
import { dropOrWarn } from "../postgres/drop-database.ts";
import { newSideName, sideMadeAt } from "../postgres/side.ts";

/** Younger ones may be about to be entered by their maker. */
const YOUNG_MS = 300_000;

/** `app_verify_20261120T143022Z_4f09ab`: the database into which a backup is restored to prove it. */
export function verifySide(database: string, at: Date): string {
  return newSideName(database, "verify", at);
}

/** `app_warm_20261120T143022Z_4f09ab`: the same, where it is kept until its deploy ends. */
export function warmSide(database: string, at: Date): string {
  return newSideName(database, "warm", at);
}

/** `app_drill_20261120T143022Z_4f09ab`: the database into which a backup is restored to try it. */
export function drillSide(database: string, at: Date): string {
  return newSideName(database, "drill", at);
}

/**
 * Drops the copies that killed runs left: named as `verifySide` and `drillSide` name them, some minutes old by the server's clock, and nobody in them (a
 * run that lives keeps a session in its own). Returns their names.
 */
export async function dropLeftCopies(database: Database, report: Pick<Report, "warning">): Promise<readonly string[]> {
  const { empty, now } = await emptyDatabases(database);
  const left = empty.filter((name) => {
    const made = sideMadeAt(database.name, name, ["verify", "drill"]);
    return made !== undefined && now.getTime() - made.getTime() > YOUNG_MS;
  });
  for (const name of left) await dropOrWarn(database, name, report);
  return left;
}

async function emptyDatabases(database: Database): Promise<{ readonly empty: readonly string[]; readonly now: Date }> {
  await using connection = await database.connectMaintenance("look");
  const rows = await connection.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database d
     WHERE (datname LIKE '%\\_verify\\_%' OR datname LIKE '%\\_drill\\_%') AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type = 'client backend')`,
  );
  // One that ran ahead here would take a copy for left that another run has just made.
  const [clock] = await connection.query<{ ms: bigint }>("SELECT (extract(epoch FROM now()) * 1000)::bigint AS ms");
  return { empty: rows.map((row) => row.name), now: new Date(Number(clock?.ms ?? 0)) };
}
