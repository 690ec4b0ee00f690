import { plural, shortCommit } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { backupSection } from "../../backup/inputs.ts";
import { loadMigrations } from "../../migration/load.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { lookAhead } from "../../migration/plan/look-ahead.ts";
import { migrationStatus } from "../../migration/status.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { appCloneOf, type Environment, stateOf } from "../environment/environment.ts";
import { checkoutOf } from "../environment/incoming.ts";
import { type Opener, refuseUnfit } from "../lock/quarantined.ts";
import { describeBetween, listed, compareCommits, betweenBlocks } from "./commits.ts";
import { refuseUnprovable } from "./provable.ts";
import { refuseTooManyReplaced } from "./thin-replaced.ts";
import { NOTHING, planParts } from "./plan-parts.ts";
import { switchPlan } from "./switch-plan.ts";
import { type Before, whatRan } from "./what-ran.ts";

/** What a deploy would do, and what already stands in its way, as far as it can be seen without bringing anything. */
export async function planDeploy(environment: Environment, commit: string, opener: Opener, watchdog?: number): Promise<Outcome> {
  await refuseUnfit(environment, commit, opener);
  await refuseAsOpeningDoes(environment);
  const clone = await appCloneOf(environment);
  const before = await whatRan(environment, await stateOf(environment).journal.read(), commit);
  const { from } = before;
  const holder = await whoHas(environment, clone, commit);
  const obstacles = [
    ...(await clone.dirtyFiles()).map((file) => `${file} (edited on the host)`),
    ...(holder === clone ? await metBy(clone, commit) : []),
  ];
  const way = holder === undefined || from === undefined ? undefined : await compareCommits(holder, from, commit);
  const migrations = holder === undefined ? undefined : await migrationsOf(environment, holder, commit);
  const code = way === undefined ? `${from === undefined ? "nothing" : shortCommit(from)} → ${shortCommit(commit)}` : describeBetween(way);
  const ifItFails = whatThen(before);
  return {
    outputs: { commit, "previous-commit": from },
    headline: `Would deploy ${shortCommit(commit)} to ${environment.title}, where ${describeRunning(before)}`,
    blocks: [
      await planParts(environment, { commit, code, migrations: migrations?.said, ifItFails, watchdog }),
      await switchPlan(environment, { settings: environment.settingsOf(rolloutSection), commit, previous: from }),
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
        : [...(way === undefined ? [await lastCommits(holder, commit)] : betweenBlocks(way)), ...(migrations?.blocks ?? [])]),
    ],
  };
}

/** What the deploy would be refused for when it opens, as far as that is told by reading alone. */
async function refuseAsOpeningDoes(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  const ledger = await stateOf(environment).journal.read();
  await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
  await refuseUnprovable(environment, database);
}

/** What runs, as the real deploy would see it. */
function describeRunning({ from, checkedOut }: Before): string {
  if (from !== undefined) return `${shortCommit(from)} runs`;
  return checkedOut === undefined ? "nothing runs" : `nothing runs (${shortCommit(checkedOut)} is only checked out)`;
}

function whatThen({ from, ran }: Before): string {
  if (from !== undefined) return shortCommit(from);
  return ran === "nothing" ? NOTHING : "what runs now";
}

async function whoHas(environment: Environment, clone: Clone, commit: string): Promise<Clone | undefined> {
  if (await clone.hasAll(commit)) return clone;
  const checkout = await checkoutOf(environment);
  return checkout !== undefined && (await checkout.hasAll(commit)) ? checkout : undefined;
}

/** What the host runs is not known, or not in the clone that has the commit. */
async function lastCommits(holder: Clone, commit: string): Promise<Block> {
  return { kind: "code", title: "Its last commits", lines: listed(await holder.log(undefined, commit, 20)) };
}

interface PlannedMigrations {
  /** In a few words. */
  readonly said: string;
  readonly blocks: readonly Block[];
}

async function migrationsOf(environment: Environment, holder: Clone, commit: string): Promise<PlannedMigrations | undefined> {
  const database = await environment.database();
  const { directory, run } = environment.settingsOf(migrateSection);
  if (database === undefined) return undefined;
  if (run !== undefined) return { said: `by \`${run}\``, blocks: [] };
  if ((await holder.listFiles(commit, directory)) === undefined) return { said: `none: this version has no ${directory}`, blocks: [] };
  const migrations = await loadMigrations({ machine: holder.machine, clone: holder.directory, commit, directory });
  await using connection = await database.connect("look", { asApp: true, signal: environment.ports.signal });
  const { pending } = await migrationStatus(connection, migrations);
  if (pending.length === 0) return { said: "none are pending", blocks: [] };
  const named = pending.slice(0, 5).map((one) => one.version);
  const said = `${plural(pending.length, "migration")} pending: ${named.join(", ")}${pending.length > named.length ? ", …" : ""}`;
  const ahead = await lookAhead(connection, pending);
  return { said: `${said} (${ahead.said})`, blocks: ahead.blocks };
}

async function metBy(clone: Clone, commit: string): Promise<readonly string[]> {
  const { submodules, hidden } = await clone.outOfSight(commit);
  return [
    ...hidden.map((file) => `${file} (edited on the host, where git was told not to look)`),
    ...submodules.map((folder) => `${folder} (a submodule's folder, where the new version has files)`),
    ...(await clone.untrackedInTheWay(commit)).map((file) => `${file} (untracked, and part of the new version)`),
  ];
}
