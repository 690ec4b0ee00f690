import { applyChanges, withLiveSecrets } from "./carry.ts";
import { databaseSettings, type DatabaseSettings } from "./database-settings.ts";
import type { Database } from "./database.ts";
import type { ServerSetting } from "./server-options.ts";
import { settingChanges } from "./setting-changes.ts";

/** What would keep a restore from working, or what it sets itself. */
const NOT_LENT = /^(?:default_transaction_|transaction_|idle_)|_timeout$|_preload_libraries$/;
const NOR = ["search_path", "session_replication_role", "row_security", "role", "client_encoding", "check_function_bodies"];

/**
 * Gives a copy that is to be filled what `ALTER DATABASE … SET` says of the live one: a CHECK may ask for the time zone or for a
 * setting of the application's own. What may be a secret comes from the live one. Returns those of the application's own that
 * the role may not set for a database: it may for its session.
 */
export async function lendSettings(
  database: Database,
  side: string,
  wanted: DatabaseSettings | undefined,
): Promise<readonly ServerSetting[]> {
  await using connection = await database.connectMaintenance("side");
  const live = await databaseSettings(connection, database.name);
  const own = await databaseSettings(connection, side);
  if (live === undefined || own === undefined) return [];
  const lent = withLiveSecrets(wanted ?? live, live).parameters.filter(({ name }) => !NOT_LENT.test(name) && !NOR.includes(name));
  const changes = settingChanges(side, own, { ...own, parameters: lent });
  if (changes.length === 0) return [];
  const refused = await connection.transaction(async () => await applyChanges(connection, changes));
  return lent.flatMap(({ name, value, role }) =>
    value !== undefined && role === undefined && name.includes(".") && refused.some(({ what }) => what === name) ? [{ name, value }] : [],
  );
}
