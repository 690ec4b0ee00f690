import type { Database } from "./database.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";
import { enterForRestore, obstaclesIn, type RestoreLook } from "./restore-obstacles.ts";
import { remarksIn } from "./restore-warnings.ts";

/**
 * What stands in a restore's way and, where nothing does, what should be known before one is needed: in one session, which
 * looks once for what a restore evaluates.
 */
export async function restorability(
  database: Database,
  look: RestoreLook,
): Promise<{ readonly obstacles: readonly RestoreObstacle[]; readonly warnings: readonly string[] }> {
  const entered = await enterForRestore(database);
  if (!("connection" in entered)) return { obstacles: [entered], warnings: [] };
  await using connection = entered.connection;
  const { obstacles, dependent } = await obstaclesIn(connection, database, look);
  if (obstacles.length > 0 || dependent === undefined) return { obstacles, warnings: [] };
  return { obstacles, warnings: (await remarksIn(connection, database, dependent)).map(({ text }) => text) };
}
