import type { Report } from "../core/report.ts";
import type { Database } from "../postgres/database.ts";
import { newSideName } from "../postgres/side.ts";
import { sweepSides } from "../postgres/sweep-sides.ts";

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
 * Drops the databases that killed runs left beside this one: copies that proved or tried a backup, and those that migrations were
 * validated in. Returns their names.
 */
export async function dropLeftCopies(database: Database, report: Pick<Report, "warning">): Promise<readonly string[]> {
  return await sweepSides(database, ["verify", "drill", "validate"], report);
}
