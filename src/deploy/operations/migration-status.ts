import { Failure } from "../../core/failure.ts";
import type { Outcome } from "../../core/outcome.ts";
import { compareWithHistory } from "../../migration/compare.ts";
import { loadMigrations } from "../../migration/load.ts";
import type { Migration } from "../../migration/migration.ts";
import { type Histories, readAllHistories } from "../../migration/recorded.ts";
import { entriesOf, standingNeeds, type Standing, standingOutputs } from "../../migration/standing.ts";
import { standingBlocks, standingHeadline } from "../../migration/standing-block.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { migrationSource } from "../environment/migration-source.ts";
import type { MigrateSettings } from "../call/sections.ts";

/** What is applied and what is not, by every history that the database keeps. Ends with 3 where a person is needed. Reads only. */
export async function showMigrationStatus(
  environment: Environment,
  settings: MigrateSettings,
  commit: string | undefined,
): Promise<Outcome> {
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { asApp: true, signal: environment.ports.signal });
  const histories = await readAllHistories(connection, environment.shared["history-tables"] ?? []);
  const migrations = await filesOf(environment, { settings, commit, histories });
  const compared = compareWithHistory(migrations ?? [], histories.rows);
  // Where the files are another tool's, ours are not looked for.
  const comparison = migrations === undefined ? { ...compared, missing: [] } : compared;
  const standing: Standing = { histories, comparison, files: migrations !== undefined };
  const needs = standingNeeds(standing);
  const { applied, pending, current } = standingOutputs(standing);
  return {
    outputs: { applied, pending, current },
    headline: `${environment.title}: ${standingHeadline(standing)}${needs.length === 0 ? "" : "; a person is needed"}`,
    blocks: standingBlocks(standing),
    details: { migrations: entriesOf(comparison), others: histories.others, needs },
    ...(needs.length > 0 && { exit: 3 as const }),
  };
}

/** Undefined where another tool migrates: it was said, or its table is there, and no folder of ours. */
async function filesOf(
  environment: Environment,
  about: { readonly settings: MigrateSettings; readonly commit: string | undefined; readonly histories: Histories },
): Promise<readonly Migration[] | undefined> {
  const { settings, commit, histories } = about;
  if (settings.run !== undefined) return undefined;
  try {
    return await loadMigrations(await migrationSource(environment, commit, settings.directory));
  } catch (error) {
    const others = histories.others.length > 0 && histories.rows.length === 0;
    if (others && error instanceof Failure && error.code === "no-directory") return undefined;
    throw error;
  }
}
