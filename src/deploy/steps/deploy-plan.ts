import { plural, shortCommit } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Clone } from "../../machine/clone.ts";
import { loadMigrations } from "../../migration/load.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { planBlock, planMigrations } from "../../migration/plan.ts";
import { migrationStatus } from "../../migration/status.ts";
import { appCloneOf, type Environment } from "../environment.ts";
import { checkoutOf } from "../incoming.ts";
import { refuseOlder } from "../older-run.ts";
import { describeWay, listed, wayBetween, wayBlocks } from "./commits.ts";

/** What a deploy would do, and what already stands in its way, as far as it can be seen without bringing anything. */
export async function planDeploy(environment: Environment, commit: string): Promise<Outcome> {
  await refuseOlder(environment, commit);
  const clone = await appCloneOf(environment);
  const from = await clone.current();
  const holder = await whoHas(environment, clone, commit);
  const obstacles = [
    ...(await clone.dirtyFiles()).map((file) => `${file} (edited on the host)`),
    ...(holder === clone ? (await clone.untrackedInTheWay(commit)).map((file) => `${file} (untracked, and part of the new version)`) : []),
  ];
  return {
    outputs: { commit, "previous-commit": from },
    headline: `Would deploy ${shortCommit(commit)} to ${environment.title}, where ${from === undefined ? "nothing" : shortCommit(from)} runs`,
    blocks: [
      { kind: "text", text: "Order: prepare, backup, migrate, switch, health, stable." },
      ...(obstacles.length === 0
        ? []
        : [
            {
              kind: "code" as const,
              title: `In the way: ${plural(obstacles.length, "file")}; the deploy would be refused`,
              lines: obstacles,
            },
          ]),
      ...(holder === undefined
        ? [
            {
              kind: "text" as const,
              text: "The commit is neither in the checkout nor on the host yet: its commits and migrations show when it is.",
            },
          ]
        : [...(await commitsOf(holder, from, commit)), ...(await migrationsOf(environment, holder, commit))]),
    ],
  };
}

async function whoHas(environment: Environment, clone: Clone, commit: string): Promise<Clone | undefined> {
  if (await clone.hasAll(commit)) return clone;
  const checkout = await checkoutOf(environment);
  return checkout !== undefined && (await checkout.hasAll(commit)) ? checkout : undefined;
}

/** What comes and what goes; where the host's version is not in the clone that has the commit, its last commits. */
async function commitsOf(holder: Clone, from: string | undefined, commit: string): Promise<readonly Block[]> {
  const way = from === undefined ? undefined : await wayBetween(holder, from, commit);
  if (way !== undefined) return [{ kind: "text", text: `Code: ${describeWay(way)}.` }, ...wayBlocks(way)];
  return [{ kind: "code", title: "Its last commits", lines: listed(await holder.log(undefined, commit, 20)) }];
}

async function migrationsOf(environment: Environment, holder: Clone, commit: string): Promise<readonly Block[]> {
  const database = await environment.database();
  const { directory, run } = environment.settings.read({ migrate: migrateSection }).migrate;
  if (database === undefined) return [];
  if (run !== undefined) return [{ kind: "text", text: `Migrations: would run ${run}` }];
  if ((await holder.listFiles(commit, directory)) === undefined)
    return [{ kind: "text", text: `Migrations: this version has no ${directory}.` }];
  const migrations = await loadMigrations({ machine: holder.machine, clone: holder.directory, commit, directory });
  await using connection = await database.connect("look", { signal: environment.ports.signal });
  const { pending } = await migrationStatus(connection, migrations);
  return pending.length === 0 ? [{ kind: "text", text: "Migrations: none are pending." }] : [planBlock(planMigrations(pending))];
}
