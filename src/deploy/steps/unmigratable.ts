import { Failure, refusal } from "../../core/failure.ts";
import { plural, shortCommit } from "../../core/format.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { type Comparison, refuseChanged } from "../../migration/compare.ts";
import { readHistories } from "../../migration/histories.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { loadMigrations, type MigrationSource } from "../../migration/load.ts";
import { migrationStatus } from "../../migration/status.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import type { Environment } from "../environment/environment.ts";
import { checkoutOf } from "../environment/incoming.ts";

/**
 * Refuses, at whichever step opens a deploy, a commit that lacks migrations which the live history has (contract, 3): a backup
 * and the migrations may come before the code is prepared. Where the commit is neither checked out here nor on the host yet,
 * preparing looks.
 */
export async function refuseBehind(environment: Environment, commit: string): Promise<void> {
  const { directory, run } = environment.settingsOf(migrateSection);
  if (environment.settingsOf(rolloutSection)["allow-ahead"] || run !== undefined) return;
  const [checkout, clone] = [await checkoutOf(environment), await environment.clone()];
  const from = (await checkout?.head()) === commit ? checkout : (await clone?.has(commit)) === true ? clone : undefined;
  const database = await environment.database();
  if (database === undefined || from === undefined || (await from.listFiles(commit, directory)) === undefined) return;
  await using connection = await database.connect("look", { asApp: true, signal: environment.ports.signal });
  const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
  if (own === undefined || own.entries.length === 0) return;
  const migrations = await loadMigrations({ machine: from.machine, clone: from.directory, commit, directory });
  const { missing } = await migrationStatus(connection, migrations);
  if (missing.length > 0)
    throw behindDatabase(commit, directory, missing).with({
      hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy it all the same, allow it to all steps alike: ${environment.ports.terminal ? "`export SAVEPOINT_ROLLOUT_ALLOW_AHEAD=true` in this shell" : "SAVEPOINT_ROLLOUT_ALLOW_AHEAD=true in the job's `env`"}, or \`rollout: { allow-ahead: true }\` in savepoint.yml. (Migration files are looked for in ${directory}.)`,
    });
}

/**
 * What the migrations of a commit and the live history can never agree on is refused before anything changes: files
 * that cannot be read, applied ones that were changed, another tool's table, and (contract, 3) a commit that lacks
 * migrations which the history has, unless that is allowed.
 */
export async function refuseUnmigratable(
  environment: Environment,
  clone: Clone,
  commit: string,
  { allowAhead, migrates }: { readonly allowAhead: boolean; readonly migrates: boolean },
): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  await using connection = await database.connect("look", { asApp: true, signal: environment.ports.signal });
  const own = (await readHistories(connection, [])).find((table) => table.tool === "savepoint");
  const ours = own !== undefined && own.entries.length > 0;
  const { directory, run } = environment.settingsOf(migrateSection);
  // A folder of that name may be another tool's, where nothing says that it is migrated with ours.
  if (!ours && (!migrates || run !== undefined)) return;
  const files = await clone.listFiles(commit, directory);
  const source = { machine: clone.machine, clone: clone.directory, commit, directory };
  const migrations = files === undefined ? [] : await loadMigrations(source);
  if (!ours && files === undefined) return;
  const comparison = await migrationStatus(connection, migrations);
  if (run === undefined) refuseChanged(comparison);
  if (allowAhead || comparison.missing.length === 0) return;
  const behind = behindDatabase(commit, directory, comparison.missing);
  throw files === undefined ? await withoutFolder(source, behind) : behind;
}

/** Where there is no such folder, its name is more often wrong than the commit old: that is said first. */
async function withoutFolder(source: MigrationSource, behind: Failure): Promise<Failure> {
  try {
    await loadMigrations(source);
    return behind;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "no-directory") throw error;
    return error.with({ hint: `${error.hint}\nIf it has none: ${behind.message} ${behind.hint}` });
  }
}

/** A commit that lacks migrations which the live history has is older than the database. */
function behindDatabase(commit: string, directory: string, missing: Comparison["missing"]): Failure {
  return refusal(
    `${shortCommit(commit)} lacks ${plural(missing.length, "migration")} that the database has: ${missing.map((row) => row.version).join(", ")}.`,
    {
      hint: `It is older than the database. To go back to it, use \`rollback\` with \`to: ${shortCommit(commit)}\`; to deploy it all the same, give \`allow-ahead: true\`. (Migration files are looked for in ${directory}.)`,
      code: "behind-database",
    },
  );
}
