import { applyChanges, withLiveSecrets } from "./carry.ts";
import { databaseSettings, type DatabaseSettings } from "./database-settings.ts";
import type { Database } from "./database.ts";
import type { ServerSetting } from "./server-options.ts";
import { settingChanges } from "./setting-changes.ts";

/** What a value or a CHECK may hang on, and nothing that limits or steers the restore itself: those, and the application's own. */
const LENT = /\.|^(?:timezone|datestyle|intervalstyle|lc_monetary|lc_numeric|lc_time|default_text_search_config|xmloption|xmlbinary)$/i;

/** What the tools' sessions can be given: a greeting of the server's holds 10,000 bytes. */
const ROOM = 6_000;

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
  const lent = withLiveSecrets(wanted ?? live, live).parameters.filter(({ name }) => LENT.test(name));
  const changes = settingChanges(side, own, { ...own, parameters: lent });
  if (changes.length === 0) return [];
  const refused = await connection.transaction(async () => await applyChanges(connection, changes));
  let room = ROOM;
  return lent.flatMap(({ name, value, role }) =>
    value !== undefined &&
    role === undefined &&
    name.includes(".") &&
    refused.some(({ what }) => what === name) &&
    (room -= 2 * Buffer.byteLength(value)) > 0
      ? [{ name, value }]
      : [],
  );
}
