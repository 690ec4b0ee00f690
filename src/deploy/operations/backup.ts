import { beginStep, leavingOpen } from "../back/begin.ts";
import { backupSection } from "../../backup/inputs.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { sharedSection } from "../../config/shared.ts";
import { formatSize, plural } from "../../core/format.ts";
import type { Call } from "../../core/operation.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import { knock } from "../../postgres/knock.ts";
import { databaseOf, type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { missingDatabase } from "../call/missing-settings.ts";
import { requireCommit } from "../environment/incoming.ts";
import { refuseUnfit } from "../lock/quarantined.ts";
import { describeBackup, refuseHalf, takeSavepoint } from "../steps/backup.ts";
import { mayOpen, openingOf } from "../steps/opening.ts";
import { thinOut, type Thinned } from "../steps/retention.ts";
import { takeStandaloneBackup } from "../steps/standalone-backup.ts";
import { refuseWatchdogAlone } from "../call/deploy-inputs.ts";
import { hearable } from "./hearable.ts";

const sections = { shared: sharedSection, backup: backupSection } as const;
const opener = { operation: "backup", sections: Object.values(sections) } as const;
type BackupCall = Call<typeof sections>;

export const backup = hearable({
  name: "backup",
  description: "Takes a verified pg_dump backup, published whole or not at all, and thins out old ones.",
  sections,
  own: "backup",
  outputs: {
    savepoint: "What rollback and restore call it: the deploy's id, or the backup's.",
    "backup-file": "The dump's path in the state directory.",
    "size-bytes": "Its size.",
    "duration-ms": "How long it took, verification included.",
    sha256: "Its checksum.",
    verified: "`read` (every byte read back) or `restore` (restored and compared).",
    deleted: "The backups that retention removed.",
  },
  endsJobs: true,
  branding: { icon: "archive", color: "blue" },
  async run(call: BackupCall): Promise<Outcome> {
    const opens = call.inputs.backup.purpose === "pre-deploy";
    // Whoever listens hears of a nightly backup that fails, also for this.
    const missing = opens ? missingDatabase(call.inputs.shared) : [];
    await using environment = await openEnvironment(call, { state: "required", missing });
    if (call.inputs.shared["dry-run"]) return await plan(environment, call);
    if (!opens) return await standalone(environment, call);
    refuseWatchdogAlone(call.settings);
    await knock(await databaseOf(environment));
    const commit = await requireCommit(environment);
    await using tx = await beginStep(environment, {
      wants: "open",
      commit,
      opener,
      check: async ({ ledger, admission }) => {
        if (admission.do === "continue") refuseHalf(admission.deploy);
        else await mayOpen(environment, commit, ledger);
      },
      opening: async (ledger) => await openingOf(environment, commit, ledger),
    });
    return await leavingOpen(tx, async () => {
      const manifest = await takeSavepoint(tx, call.inputs.backup, call.settings.effective(backupSection));
      const thinned = await thinOut(environment, call.inputs.backup, { dryRun: false, made: manifest.id });
      return outcome(environment, manifest, tx.deploy ?? manifest.id, thinned);
    });
  },
});

async function standalone(environment: Environment, call: BackupCall): Promise<Outcome> {
  const manifest = await takeStandaloneBackup(environment, call.inputs.backup);
  const thinned = await thinOut(environment, call.inputs.backup, { dryRun: false, made: manifest.id });
  return outcome(environment, manifest, manifest.id, thinned);
}

function outcome(environment: Environment, manifest: Manifest, savepoint: string, thinned: Thinned): Outcome {
  return {
    outputs: {
      savepoint,
      "backup-file": `${stateOf(environment).paths.backups}/${manifest.file}`,
      "size-bytes": manifest.sizeBytes,
      "duration-ms": manifest.durationMs,
      sha256: manifest.sha256,
      verified: manifest.verified,
      deleted: thinned.removed,
    },
    headline: `Backed up ${manifest.database.name} of ${environment.title}: ${describeBackup(manifest)}`,
    blocks: [
      {
        kind: "table",
        title: "Backup",
        head: ["savepoint", "file", "size", "verified", "sha256"],
        rows: [[savepoint, manifest.file, formatSize(manifest.sizeBytes), manifest.verified, manifest.sha256]],
      },
      ...thinned.blocks,
    ],
  };
}

const VERIFY = {
  read: "read it back whole",
  restore: "restore and compare it",
  auto: "read it back whole; also restore and compare it, where no backup of this schema was yet",
} as const;

async function plan(environment: Environment, call: BackupCall): Promise<Outcome> {
  if (call.inputs.backup.purpose === "pre-deploy") await refuseUnfit(environment, await requireCommit(environment), opener);
  const database = await databaseOf(environment);
  await using connection = await database.connect("look", { signal: environment.ports.signal });
  const [row] = await connection.query<{ size: string }>("SELECT pg_database_size(current_database())::text AS size");
  const thinned = await thinOut(environment, call.inputs.backup, { dryRun: true, made: undefined });
  const blocks: Block[] = [
    {
      kind: "text",
      text: `Would dump ${database.name} (${formatSize(Number(row?.size ?? 0))} on disk) to ${stateOf(environment).paths.backups} and ${VERIFY[call.inputs.backup.verify]}.`,
    },
    ...thinned.blocks,
  ];
  return {
    outputs: { deleted: [] },
    headline: `Would back up ${environment.title} and remove ${plural(thinned.removed.length, "backup")}`,
    blocks,
  };
}
