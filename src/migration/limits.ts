import type { Values } from "../core/input.ts";
import type { migrateSection } from "./inputs.ts";
import type { StatementLimits } from "./transaction.ts";

/** How long a statement may wait and run, as the settings say. Milliseconds. */
export function limitsOf(settings: Pick<Values<typeof migrateSection.inputs>, "lock-timeout" | "statement-timeout">): StatementLimits {
  return { lockTimeoutMs: settings["lock-timeout"], statementTimeoutMs: settings["statement-timeout"] };
}
