import type { Manifest } from "../../backup/manifest.ts";
import { Failure } from "../../core/failure.ts";
import { Secret } from "../../core/secret.ts";
import { withLiveSecrets } from "../../postgres/carry.ts";
import { otherDatabases } from "../../postgres/address.ts";
import type { Database } from "../../postgres/database.ts";
import { databaseSettings } from "../../postgres/database-settings.ts";
import { settingChanges } from "../../postgres/setting-changes.ts";
import type { ShutDatabase } from "../../postgres/shut.ts";
import type { RolloutSettings } from "../../rollout/inputs.ts";
import { secretNames } from "../../rollout/script.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import { appCloneOf, type Environment } from "../environment/environment.ts";
import type { AppBack, DatabaseBack, DatabaseEntry } from "./plan.ts";

/** What will stop the version of this deploy, and put the one before in its place, by the acts of a rollback. */
export async function foreseeApp(
  environment: Environment,
  deploy: DeployRecord,
  { target, rollout }: { readonly target: string; readonly rollout: { readonly stop: RolloutSettings; readonly start: RolloutSettings } },
): Promise<AppBack> {
  const { directory: folder } = await appCloneOf(environment);
  const now = await strategyOf(environment, { settings: rollout.stop, commit: deploy.commit, previous: target, deploy });
  const then = await strategyOf(environment, { settings: rollout.start, commit: target, previous: deploy.commit, deploy });
  const stop = await now.plan.stop({ foreseen: true });
  const place = await then.plan.switchTo({ commit: target, stopped: true, edits: "keep", exact: true, removesNothing: true });
  const secrets = secretNames([...stop, ...place]);
  if (secrets.length === 0) return { folder, stop, place };
  throw new Failure(`The watchdog would need ${secrets.join(", ")}, which only this run knows.`, {
    code: "watchdog",
    hint: "Let the commands read them on the host.",
  });
}

/** How a script renames the savepoint's copy in, and what that is to have besides. */
export async function foreseeDatabase(database: Database, savepoint: Manifest, copy: ShutDatabase): Promise<DatabaseBack> {
  // It stands in a shell's and in SQL's quotes.
  if (!/^[\p{L}\p{N}_ .-]+$/u.test(database.name))
    throw new Failure(`The watchdog cannot work on a database of the name ${JSON.stringify(database.name)}.`, {
      code: "watchdog",
      hint: "It may have letters, digits, spaces, and the signs _ . - alone. Deploy without `watchdog`.",
    });
  await using connection = await database.connectMaintenance("look");
  const [present, besides] = [await databaseSettings(connection, database.name), await databaseSettings(connection, copy.name)];
  if (present === undefined || besides === undefined)
    throw new Failure(`The copy ${copy.name} that the watchdog needs is not there.`, {
      code: "watchdog",
      hint: "Deploy again: another one is made.",
    });
  const wanted = savepoint.settings === undefined ? present : withLiveSecrets(savepoint.settings, present);
  return {
    name: database.name,
    entry: entryOf(database),
    outside: otherDatabases(database.adminTarget, database.name),
    copy,
    savepoint: savepoint.id,
    settings: settingChanges(copy.name, besides, wanted).flatMap(({ shown, statement }) => shown?.(database.name) ?? statement ?? []),
    mark: database.holdersMark,
    histories: savepoint.schema.history.map(({ table }) => table),
  };
}

function entryOf(database: Database): DatabaseEntry {
  const { holder } = database.toolsOn;
  if (holder !== undefined) return { kind: "service", ...holder.foundBy };
  const variables = Object.entries(database.environment({ admin: true })).flatMap(([name, value]) =>
    value instanceof Secret ? [] : [[name, value] as const],
  );
  return { kind: "host", variables: Object.fromEntries(variables) };
}
