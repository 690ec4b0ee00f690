import { identify } from "../../backup/facts.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { applyRetention } from "../../backup/prune.ts";
import { isAhead } from "../../backup/order.ts";
import { planRetention } from "../../backup/retention.ts";
import { belongsTo } from "../../backup/store.ts";
import { formatMoment, formatSize, plural } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import type { BackupSettings } from "../call/sections.ts";
import { backupStore } from "./backup.ts";
import { savepointFor } from "./savepoint-for.ts";
import { thinReplaced } from "./thin-replaced.ts";

/** What retention removed, or would. */
export interface Thinned {
  readonly removed: readonly string[];
  readonly blocks: readonly Block[];
}

/** Removes what no rule keeps any more: backups, and databases that a restore set aside long ago (contract, 7). */
export async function thinOut(
  environment: Environment,
  settings: BackupSettings,
  { dryRun, made }: { readonly dryRun: boolean; /** The backup that was just made. */ readonly made: string | undefined },
): Promise<Thinned> {
  const { report } = environment.ports;
  const state = stateOf(environment);
  const store = backupStore(environment, state);
  const ledger = await state.journal.read();
  const { manifests } = await store.all();
  const { now, ...database } = await look(environment);
  const owner = { app: environment.app, environment: environment.name, database };
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
    {
      now,
      openDeploys,
      ofThisRun: madeBy(environment, ledger, made),
      neededByStable: neededByStable(own, ledger),
      purpose: settings.purpose,
    },
  );
  if (dryRun) for (const note of plan.notes) report.warning(note);
  else await applyRetention(store, plan, { owner, openDeploys, report });
  for (const { manifest, reason } of plan.remove)
    report.say(`${dryRun ? "Would remove" : "Removed"} backup ${manifest.id} (${formatSize(manifest.sizeBytes)}): ${reason}.`);
  await thinReplaced(environment, { ledger, settings, now, dryRun });
  return { removed: plan.remove.map(({ manifest }) => manifest.id), blocks: removedBlocks(plan.remove, dryRun) };
}

/**
 * The cluster and name that tell this database's backups from all others, and what time it is. Where this machine's clock
 * and the server's differ the earlier one counts: a clock that runs ahead would take everything for old.
 */
async function look(environment: Environment): Promise<{ readonly system: string; readonly name: string; readonly now: Date }> {
  const { clock, report, signal } = environment.ports;
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { signal });
  const { system, name } = await identify(connection);
  const [row] = await connection.query<{ ms: number }>("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms");
  const ours = clock.now();
  const servers = new Date(row?.ms ?? ours);
  const [earlier, later] = ours < servers ? [ours, servers] : [servers, ours];
  if (isAhead(later, earlier))
    report.warning(
      `The clocks differ: it is ${formatMoment(ours)} here and ${formatMoment(servers)} at the database's server. What is old is judged by the earlier one.`,
    );
  return { system, name, now: earlier };
}

/** What this run made: the backup just now, and what an earlier step's deploy took; a terminal's name says nothing. */
function madeBy({ owner }: Environment, ledger: Ledger, made: string | undefined): readonly string[] {
  const deploys = owner.terminal ? [] : ledger.deploys.filter((deploy) => deploy.owner === owner.id).map(({ id }) => id);
  return made === undefined ? deploys : [made, ...deploys];
}

/** The savepoints that a rollback by hand restores unnamed: on the way back to latest-stable, and from it to the version before. */
export function neededByStable(manifests: readonly Manifest[], ledger: Ledger): readonly string[] {
  return ledger.stable.slice(-2).flatMap(({ commit }) => {
    const target = { commit, schema: ledger.schemas.get(commit), why: "", stable: true };
    return savepointFor(manifests, undefined, target, ledger)?.id ?? [];
  });
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
