import { identify } from "../../backup/facts.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { applyRetention } from "../../backup/prune.ts";
import { planRetention } from "../../backup/retention.ts";
import { belongsTo } from "../../backup/store.ts";
import { formatSize, plural } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { dropDatabase, replacedDatabases } from "../../postgres/side.ts";
import { databaseOf, type Environment, stateOf } from "../environment.ts";
import type { BackupSettings } from "../sections.ts";
import { backupStore } from "./backup.ts";
import { savepointFor } from "./savepoint-for.ts";

const DAY_MS = 86_400_000;

/** What retention removed, or would. */
export interface Thinned {
  readonly removed: readonly string[];
  readonly blocks: readonly Block[];
}

/** Removes what no rule keeps any more: backups, and databases that a restore set aside long ago (contract, 7). */
export async function thinOut(
  environment: Environment,
  settings: BackupSettings,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Thinned> {
  const { report, clock } = environment.ports;
  const state = stateOf(environment);
  const store = backupStore(environment, state);
  const ledger = await state.journal.read();
  const { manifests } = await store.all();
  const owner = { app: environment.app, environment: environment.name, database: await identityOf(environment) };
  const openDeploys = ledger.open ? [ledger.open.id] : [];
  const own = manifests.filter((one) => belongsTo(one, owner));
  const plan = planRetention(
    own,
    {
      keepLast: settings["keep-last"],
      keepDaily: settings["keep-daily"],
      keepWeekly: settings["keep-weekly"],
      keepMonthly: settings["keep-monthly"],
      minKeep: settings["min-keep"],
      maxAgeDays: settings["max-age-days"],
      maxTotalSize: settings["max-total-size"],
    },
    { now: clock.now(), openDeploys, neededByStable: neededByStable(own, ledger), purpose: settings.purpose },
  );
  if (dryRun) for (const note of plan.notes) report.warning(note);
  else await applyRetention(store, plan, { owner, openDeploys, report });
  for (const { manifest, reason } of plan.remove)
    report.say(`${dryRun ? "Would remove" : "Removed"} backup ${manifest.id} (${formatSize(manifest.sizeBytes)}): ${reason}.`);
  await dropOldReplaced(environment, settings, dryRun);
  return { removed: plan.remove.map(({ manifest }) => manifest.id), blocks: removedBlocks(plan.remove, dryRun) };
}

/** The cluster and name that tell this database's backups from all others. */
async function identityOf(environment: Environment): Promise<{ readonly system: string; readonly name: string }> {
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { signal: environment.ports.signal });
  return await identify(connection);
}

/** The savepoints that a rollback by hand restores unnamed: on the way back to latest-stable, and from it to the version before. */
export function neededByStable(manifests: readonly Manifest[], ledger: Ledger): readonly string[] {
  return ledger.stable.slice(-2).flatMap(({ commit }) => {
    const target = { commit, schema: undefined, why: "", stable: true };
    return savepointFor(manifests, undefined, target, ledger)?.id ?? [];
  });
}

/** A replaced database is kept as many days as daily backups are, the newest one always; `max-age-days` beats both. */
async function dropOldReplaced(environment: Environment, settings: BackupSettings, dryRun: boolean): Promise<void> {
  const database = await databaseOf(environment);
  const { report, clock } = environment.ports;
  const newestFirst = [...(await replacedDatabases(database))].sort((a, b) => b.replacedAt.getTime() - a.replacedAt.getTime());
  const maxAge = settings["max-age-days"];
  for (const [index, one] of newestFirst.entries()) {
    const days = (clock.now().getTime() - one.replacedAt.getTime()) / DAY_MS;
    const goes = (maxAge !== undefined && days > maxAge) || (index > 0 && days > settings["keep-daily"]);
    if (!goes) continue;
    if (!dryRun) await dropDatabase(database, one.name);
    report.say(
      `${dryRun ? "Would drop" : "Dropped"} the replaced database ${one.name} (${formatSize(one.sizeBytes)}, ${Math.floor(days)} days old).`,
    );
  }
}

function removedBlocks(removed: readonly { readonly manifest: Manifest; readonly reason: string }[], dryRun: boolean): readonly Block[] {
  if (removed.length === 0) return [];
  return [
    {
      kind: "table",
      title: `${dryRun ? "Would remove" : "Removed"} ${plural(removed.length, "old backup")}`,
      head: ["backup", "size", "because"],
      rows: removed.map(({ manifest, reason }) => [manifest.id, formatSize(manifest.sizeBytes), reason]),
    },
  ];
}
