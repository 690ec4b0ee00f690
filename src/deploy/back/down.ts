import { Failure } from "../../core/failure.ts";
import type { SchemaView } from "../../core/history.ts";
import { downMigrations } from "../../migration/down.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { limitsOf } from "../../migration/limits.ts";
import { databaseOf } from "../environment/environment.ts";
import type { Target } from "./target.ts";
import type { Transaction } from "../lock/transaction.ts";
import { prove } from "./proof.ts";

/** Takes the migrations back. What went wrong, or that the schema is not the target's after all, is returned. */
export async function goDownOrWhyNot(
  tx: Transaction,
  about: {
    readonly keep: readonly string[];
    readonly target: Target;
    readonly expected: SchemaView | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Failure | undefined> {
  try {
    await goDown(tx, about.keep, about.signal);
    await prove(tx.environment, about.target, about.expected, { code: false });
  } catch (error) {
    if (error instanceof Failure && error.code !== "lock-lost") return error;
    throw error;
  }
  return undefined;
}

/** Takes every migration but those that shall remain back by its DOWN, the last applied first. */
async function goDown(tx: Transaction, keep: readonly string[], signal: AbortSignal): Promise<void> {
  const { environment } = tx;
  const settings = environment.settingsOf(migrateSection);
  await downMigrations({
    database: await databaseOf(environment),
    target: { keep },
    limits: limitsOf(settings),
    ports: { ...environment.ports, signal },
  });
}
