import { backupSection } from "../../backup/inputs.ts";
import { provenBy } from "../../backup/choose-verification.ts";
import { newestFirst } from "../../backup/order.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { incomingCommit } from "../environment/incoming.ts";
import { damageOf } from "../lock/damaged-journal.ts";
import { refusedAsQuarantined } from "../lock/quarantined.ts";
import { nextCommand, statusWay } from "../call/next-command.ts";
import { backupStore } from "../steps/backup.ts";
import { othersRestored, proofsOf } from "../steps/restore-proofs.ts";
import { refuseTooManyReplaced } from "../steps/thin-replaced.ts";
import { type Examination, fails, passes, refused, type Sighting, unlessRefused, warns } from "./examination.ts";

export const journalExamination: Examination = {
  about: "journal",
  of: "environment",
  needs: ["host", "environment"],
  why: "Nothing is begun on a journal that cannot be read, while a deploy is open, or with a version that was taken back.",
  async look(world) {
    const environment = await world.environment();
    if (environment.state === undefined) return [passes("Nothing was deployed yet.")];
    const ledger = await environment.state.journal.read();
    const damage = damageOf(environment, ledger);
    if (damage !== undefined) return [refused(damage)];
    const { open } = ledger;
    const mends = [statusWay(environment)];
    if (open?.end !== undefined) return [fails(`Deploy ${open.id} failed and blocks the next one: ${open.end.why}`, { mends })];
    if (open !== undefined) return [warns(`Deploy ${open.id} of ${open.owner} is open.`, { mends })];
    const commit = await incomingCommit(environment).catch(() => undefined);
    const quarantined = commit === undefined ? undefined : refusedAsQuarantined(environment, ledger, { commit, opener: undefined });
    // The environment is well; it is this commit that would not be let in.
    if (quarantined !== undefined) return [refused(quarantined, { state: "warn" })];
    return [passes("It can be read, and nothing is open.")];
  },
};

export const restoreProofExamination: Examination = {
  about: "restore proven",
  of: "environment",
  needs: ["host", "environment"],
  why: "A dump that was never restored is a hope: what stands in its way shows when it is tried.",
  async look(world) {
    const environment = await world.environment();
    if (environment.state === undefined) return [];
    const ledger = await environment.state.journal.read();
    const store = backupStore(environment, environment.state);
    const { manifests, broken } = await store.all();
    const found: Sighting[] = broken.map(({ file, problem }) => {
      const [from, to] = [`${store.directory}/${file}`, `${store.directory}/${file}.unusable`];
      const command = commandOn(environment.machine, ["mv", "--", from, to]);
      return warns(`The backup ${file} is not usable: ${problem}`, {
        mends: [{ command, means: "Puts it aside, for whoever looks into it:" }],
      });
    });
    const [newest] = manifests.toSorted(newestFirst);
    if (newest === undefined) return [...found, passes("There is no backup yet.")];
    const proofs = proofsOf(ledger, manifests);
    const proven = provenBy({ fingerprint: newest.schema.fingerprint, serverVersion: newest.database.serverVersion }, proofs);
    if (proven !== undefined) return [...found, passes(`${proven.backup}, of the newest backup's schema, was restored and compared.`)];
    return [
      ...found,
      warns(`The newest backup, ${newest.id}, was never restored, ${othersRestored(newest.schema.fingerprint, proofs)}.`, {
        mends: [
          {
            command: nextCommand(environment, "restore", ["--backup", newest.id, "--drill"]),
            means: "Restores it beside the live database, compares it, and takes the copy away again:",
          },
        ],
      }),
    ];
  },
};

export const replacedExamination: Examination = {
  about: "replaced databases",
  of: "environment",
  needs: ["host", "database", "environment"],
  why: "Each holds what was written before a restore; beyond `max-replaced` the next deploy is refused.",
  async look(world) {
    const environment = await world.environment();
    if (environment.state === undefined) return [];
    const ledger = await environment.state.journal.read();
    const settings = environment.settingsOf(backupSection);
    return await unlessRefused(async () => await refuseTooManyReplaced(environment, ledger, settings), {
      pass: "There is room for one more.",
    });
  },
};
