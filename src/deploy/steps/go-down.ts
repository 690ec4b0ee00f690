import { downMigrations } from "../../migration/down.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { limitsOf } from "../../migration/limits.ts";
import { databaseOf } from "../environment.ts";
import type { Transaction } from "../transaction.ts";

/** Takes every migration but those that shall remain back by its DOWN, the last applied first. */
export async function goDown(tx: Transaction, keep: readonly string[], signal: AbortSignal): Promise<void> {
  const { environment } = tx;
  const settings = environment.settings.read({ migrate: migrateSection }).migrate;
  await downMigrations({
    database: await databaseOf(environment),
    target: { keep },
    limits: limitsOf(settings),
    ports: { ...environment.ports, signal },
  });
}
