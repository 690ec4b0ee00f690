import { Failure } from "../core/failure.ts";
import type { Connection } from "./connection.ts";
import type { DatabaseSettings, Parameter } from "./database-settings.ts";
import type { SettingChange } from "./setting-changes.ts";

/**
 * What keeps one setting from being set, and no other: no right to it (42501), a parameter or role that is not there (42704), a
 * value that this server does not take (22023), a right that cannot be granted so (0LP01).
 */
const REFUSED = ["42501", "42704", "22023", "0LP01"];

/** Carries changes out, in a transaction that is open, each apart. Returns those that the role may not make. */
export async function applyChanges(connection: Connection, changes: readonly SettingChange[]): Promise<readonly SettingChange[]> {
  const refused: SettingChange[] = [];
  for (const change of changes) {
    if (change.statement === undefined) continue;
    await connection.exec("SAVEPOINT setting");
    try {
      await connection.exec(change.statement);
      await connection.exec("RELEASE SAVEPOINT setting");
    } catch (error) {
      if (!(error instanceof Failure && REFUSED.includes(error.code ?? ""))) throw error;
      await connection.exec("ROLLBACK TO SAVEPOINT setting");
      refused.push(change);
    }
  }
  return refused;
}

/** The wanted settings with a value for each: where it may be a secret and is not kept, the live one's stays. */
export function withLiveSecrets(wanted: DatabaseSettings, live: DatabaseSettings): DatabaseSettings {
  const parameters = wanted.parameters.flatMap((one): Parameter[] => {
    if (one.value !== undefined) return [one];
    const present = live.parameters.find((other) => other.name === one.name && other.role === one.role);
    return present === undefined ? [] : [present];
  });
  return { ...wanted, parameters };
}
