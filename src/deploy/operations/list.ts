import { OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import { Failure } from "../../core/failure.ts";
import { plural, shortCommit } from "../../core/format.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import { type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { backupsBlock, backupStore } from "../steps/backup.ts";
import { nextCommand, rollbackCommand } from "../call/next-command.ts";
import { quarantineBlock } from "./quarantine-block.ts";
import { replacedBlock } from "./replaced-block.ts";

const sections = { shared: sharedSection } as const;

export const list = operation({
  name: "list",
  description: "Lists what there is to go back to: stable versions, backups, replaced databases; and which versions are quarantined.",
  sections,
  passesOver: [...OF_DEPLOYS, "detach-subscriptions", "dry-run"],
  own: undefined,
  outputs: { backups: "The backups' ids, newest first.", stable: "The stable versions' tags, newest first." },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    await using environment = await openEnvironment(call, { state: "existing", journalSettings: true });
    const ledger = await stateOf(environment).journal.read();
    const { manifests, broken } = await backupStore(environment, stateOf(environment)).all();
    const stable = [...ledger.stable].reverse();
    const replaced = await replacedOf(environment);
    const blocks: Block[] = [
      {
        kind: "table",
        title: "Stable versions",
        head: ["tag", "commit", "since", "deploy"],
        rows: stable.map((one) => [one.tag, shortCommit(one.commit), one.at, one.deploy ?? ""]),
      },
      backupsBlock(manifests),
    ];
    const quarantined = [...ledger.quarantined.values()].reverse();
    if (quarantined.length > 0) blocks.push(quarantineBlock(quarantined));
    if (broken.length > 0)
      blocks.push({ kind: "table", title: "Not usable", head: ["file", "problem"], rows: broken.map((one) => [one.file, one.problem]) });
    if (replaced.length > 0) blocks.push(replacedBlock(replaced));
    return {
      outputs: { backups: manifests.map((one) => one.id), stable: stable.map((one) => one.tag) },
      headline: `${environment.title}: ${plural(manifests.length, "backup")}, ${plural(stable.length, "stable version")}, ${plural(replaced.length, "replaced database")}`,
      blocks,
      ways: await waysTo(environment, ledger, manifests),
      details: { backups: manifests, stable, quarantined, broken, replaced },
    };
  },
});

/** How one goes to one of them: what runs is left out. */
async function waysTo(environment: Environment, ledger: Ledger, manifests: readonly Manifest[]): Promise<readonly Way[]> {
  const running = await (await environment.clone())?.current();
  const version = ledger.stable.findLast(({ commit }) => commit !== running);
  const [backup] = manifests.toSorted(newestFirst);
  return [
    ...(version === undefined
      ? []
      : [
          {
            command: rollbackCommand(environment, `back to ${version.tag} by hand`, ["--to", version.tag]),
            means: "Goes to that stable version; another tag of the list may stand in its place.",
          },
        ]),
    ...(backup === undefined
      ? []
      : [
          {
            command: nextCommand(environment, "restore", ["--backup", backup.id]),
            means:
              "Shows what restoring that backup would do, and the command that does it; another id of the list may stand in its place.",
          },
        ]),
  ];
}

/** The databases that restores set aside. Where the database's address is withheld, all the rest is listed all the same. */
async function replacedOf(environment: Environment): ReturnType<typeof replacedDatabases> {
  try {
    const database = await environment.database();
    return database === undefined ? [] : await replacedDatabases(database);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "database-withheld") throw error;
    environment.ports.report.notice(`Replaced databases are not listed. ${error.message} ${error.hint ?? ""}`);
    return [];
  }
}
