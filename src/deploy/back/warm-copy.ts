import { Failure, messageOf } from "../../core/failure.ts";
import { formatCount } from "../../core/format.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { estimatedRows } from "../../postgres/counts.ts";
import { isAsShut, type ShutDatabase } from "../../postgres/shut.ts";
import { databaseOf } from "../environment/environment.ts";
import { warmOf } from "../steps/warm.ts";
import { say, type UnderWay } from "./under-way.ts";

/**
 * The copy of the savepoint that its deploy keeps, where it is the very one that was proven and nobody was in it since. Else the
 * savepoint is restored anew, and why is said.
 */
export async function usableWarm(way: UnderWay, savepoint: Manifest): Promise<ShutDatabase | undefined> {
  const warm = warmOf(way.request.deploy);
  if (warm === undefined || warm.backup !== savepoint.id) return undefined;
  try {
    const database = await databaseOf(way.tx.environment);
    await using connection = await database.connectMaintenance("look", { signal: way.signal });
    if (await isAsShut(connection, warm.copy)) return warm.copy;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    way.tx.environment.ports.report.detail(messageOf(error));
  }
  say(way, `The copy ${warm.copy.name} that was kept is not there any more as it was proven: the savepoint is restored anew.`);
  return undefined;
}

/** How many tables are named. */
const SHOWN = 20;

/** What would be left behind, as the server's statistics have it: counting would take as long as the database is large. */
export async function estimateRows(way: UnderWay, savepoint: Manifest): Promise<void> {
  try {
    const database = await databaseOf(way.tx.environment);
    await using connection = await database.connect("count", { admin: true, signal: way.signal });
    const now = await estimatedRows(connection);
    const changed = Object.entries(savepoint.rows).filter(([table, rows]) => now.get(table) !== undefined && now.get(table) !== rows);
    if (changed.length === 0) return;
    const lines = changed
      .slice(0, SHOWN)
      .map(([table, rows]) => `  ${table}: about ${formatCount(now.get(table) ?? 0)} now, ${formatCount(rows)} in the savepoint`);
    say(way, ["By the server's statistics (they are counted once the copy is swapped in):", ...lines].join("\n"));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    way.tx.environment.ports.report.detail(`The statistics could not be asked: ${error.message}`);
  }
}
