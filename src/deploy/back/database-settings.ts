import type { Block } from "../../core/outcome.ts";
import { applyChanges } from "../../postgres/carry.ts";
import { Failure } from "../../core/failure.ts";
import type { Database } from "../../postgres/database.ts";
import { databaseSettings, presentSettings, type SavedSettings } from "../../postgres/database-settings.ts";
import { roleChanges, type SettingChange, settingChanges } from "../../postgres/setting-changes.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import type { Transaction } from "../lock/transaction.ts";
import { tellVersions } from "./extension-versions.ts";
import type { CarryOutRequest } from "./request.ts";

/** Milliseconds that another session's ALTER DATABASE is waited for. */
const LOCK_TIMEOUT = 5_000;

/** How the database's settings differ from what a savepoint keeps. */
export interface SettingsLook {
  readonly present: SavedSettings;
  /** Of this database: a swap, or `putSettingsBack`, makes them the savepoint's. */
  readonly changes: readonly SettingChange[];
  /** Of roles in all databases: named only. */
  readonly named: readonly SettingChange[];
}

/** Looks at the live database's settings, against those that are wanted where they are known. */
export async function lookAtSettings(environment: Environment, wanted: SavedSettings | undefined): Promise<SettingsLook> {
  const database = await databaseOf(environment);
  const { present, entered } = await presentOf(environment, database);
  if (wanted === undefined) return { present, changes: [], named: [] };
  return { present, changes: settingChanges(database.name, present, wanted), named: entered ? roleChanges(present, wanted) : [] };
}

/** Also of a database that lets nobody in any more: a failed version may have left it so. */
async function presentOf(
  environment: Environment,
  database: Database,
): Promise<{ readonly present: SavedSettings; readonly entered: boolean }> {
  const { signal } = environment.ports;
  try {
    await using connection = await database.connect("look", { signal });
    return { present: await presentSettings(connection), entered: true };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await using connection = await database.connectMaintenance("look", { signal });
    const own = await databaseSettings(connection, database.name);
    if (own === undefined) throw error;
    return { present: { ...own, roles: [], extensions: {} }, entered: false };
  }
}

/**
 * The settings of a database that was not swapped: a deploy's own savepoint's are put back, since the failed version's must
 * not stay; in all other cases what differs is named, with the statement for each. Returns a line for each difference.
 */
export async function settingsOfKept(
  environment: Environment,
  { savepoint, deploy, wish }: Pick<CarryOutRequest, "savepoint" | "deploy" | "wish">,
): Promise<readonly string[]> {
  // A savepoint of weeks ago says nothing of what became of the settings since, and `keep` so said keeps all.
  const restoring = deploy !== undefined && !deploy.goingBack && wish !== "keep";
  if (savepoint?.settings === undefined || (await environment.database()) === undefined) return [];
  const { changes, named } = await lookAtSettings(environment, savepoint.settings);
  const left = restoring && changes.length > 0 ? await applySettings(environment, savepoint.settings, changes) : changes;
  const unset = new Set(left.map(({ what }) => what));
  const lines = tell(environment, [
    ...changes.filter(({ what }) => !unset.has(what)).map(backLine),
    ...changes.filter(({ what }) => unset.has(what)).map(namedLine),
    ...named.map(namedLine),
  ]);
  return [...lines, ...(await tellVersions(environment, savepoint.settings.extensions))];
}

/** Returns the changes that could not be made: no rollback fails over them, since the database is the target's without. */
async function applySettings(
  environment: Environment,
  wanted: SavedSettings,
  changes: readonly SettingChange[],
): Promise<readonly SettingChange[]> {
  const database = await databaseOf(environment);
  const { report } = environment.ports;
  try {
    await using connection = await database.connectMaintenance("swap", { lockTimeout: LOCK_TIMEOUT });
    const refused = await connection.transaction(async () => {
      const now = await databaseSettings(connection, database.name);
      return now === undefined ? [] : await applyChanges(connection, settingChanges(database.name, now, wanted));
    });
    for (const { what, statement = "" } of refused)
      report.warning(
        `The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`,
      );
    return refused;
  } catch (error) {
    // Not where another run took over: this one changes nothing more.
    if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
    report.warning(`The settings of ${database.name} could not be put back: ${error.message}`);
    return changes;
  }
}

/** The lines of a swap, whose side takes the wanted settings along, but for those that the role may not set. */
export function settingsOfSwapped(
  environment: Environment,
  { changes, named }: SettingsLook,
  refused: readonly SettingChange[],
): readonly string[] {
  const unset = new Set(refused.map(({ what }) => what));
  return tell(environment, [
    ...changes.filter(({ what }) => !unset.has(what)).map(backLine),
    ...refused.map(namedLine),
    ...named.map(namedLine),
  ]);
}

/** What a replaced database has kept of its own; only its comment gave way to a note of ours. */
export async function settingsOfReplaced(tx: Transaction, replaced: string): Promise<SavedSettings | undefined> {
  const database = await databaseOf(tx.environment);
  const { present } = await lookAtSettings(tx.environment, undefined);
  await using connection = await database.connectMaintenance("look");
  const own = await databaseSettings(connection, replaced);
  const { entries } = await tx.state.journal.read();
  const noted = entries.findLast((entry) => entry.kind === "database.replaced" && entry.replaced === replaced);
  const comment = noted?.kind === "database.replaced" && noted.comment !== undefined ? noted.comment : present.comment;
  // Its extensions come along as they are: there is nothing that they should be.
  return own && { ...own, comment, roles: present.roles, extensions: {} };
}

function tell(environment: Environment, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  environment.ports.report.say(["Settings of the database differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
  return lines;
}

/** `search_path: not set, as in the savepoint (it was ''). To have it as it was: ALTER DATABASE …;`. */
function backLine(change: SettingChange): string {
  if (change.statement === undefined) return namedLine(change);
  const undo = change.undo === undefined ? "" : ` To have it as it was: ${change.undo};`;
  return `${change.what}: ${change.wanted}, as in the savepoint (it was ${change.present}).${undo}`;
}

function namedLine({ what, present, wanted, statement }: SettingChange): string {
  const how = statement === undefined ? "" : ` To have it so again: ${statement};`;
  return `${what}: stays ${present}; in the savepoint it was ${wanted}.${how}`;
}

/** For the summary. */
export function settingsBlock(lines: readonly string[]): readonly Block[] {
  return lines.length === 0 ? [] : [{ kind: "code", title: "Settings of the database against the savepoint's", lines }];
}
