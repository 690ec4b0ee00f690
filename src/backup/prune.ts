import { posix } from "node:path";
import { Failure, messageOf } from "../core/failure.ts";
import type { Report } from "../core/report.ts";
import { remove } from "../machine/files/files.ts";
import type { RetentionPlan } from "./retention.ts";
import { belongsTo, type BackupStore, type BackupOwner } from "./store.ts";

export interface PruneContext {
  /** Whose backups the plan is about; nobody else's are touched. */
  readonly owner: Required<BackupOwner>;
  readonly openDeploys: readonly string[];
  readonly report: Report;
}

/**
 * Does what a plan says, oldest first, and cleans up manifests of this owner whose dump is gone (an earlier run that
 * was killed in between). Returns the ids of the deleted backups.
 * @throws Failure after trying them all, where one could not be deleted.
 */
export async function applyRetention(
  store: BackupStore,
  plan: RetentionPlan,
  { owner, openDeploys, report }: PruneContext,
): Promise<readonly string[]> {
  const deleted: string[] = [];
  const problems: string[] = [];
  for (const { manifest, reason } of plan.remove) {
    // A plan made over a mixed list must not reach into another's backups.
    if (!belongsTo(manifest, owner)) continue;
    try {
      await store.delete(manifest);
      deleted.push(manifest.id);
      report.detail(`deleted ${manifest.file}: ${reason}`);
    } catch (error) {
      problems.push(`${manifest.file}: ${messageOf(error)}`);
    }
  }
  for (const { file, problem, manifest, dumpMissing } of (await store.all()).broken) {
    if (dumpMissing !== true || manifest === undefined || !belongsTo(manifest, owner)) continue;
    // What an open deploy should have had is evidence.
    if (manifest.deploy !== undefined && openDeploys.includes(manifest.deploy)) continue;
    await remove(store.machine, posix.join(store.directory, file));
    report.detail(`deleted ${file}: ${problem}`);
  }
  for (const note of plan.notes) report.warning(note);
  if (problems.length > 0) {
    throw new Failure("Not every backup that should go could be deleted.", {
      code: "not-pruned",
      evidence: problems,
      hint: `Check who owns the files in ${store.directory} on ${store.machine.name}.`,
      outputs: { deleted },
    });
  }
  return deleted;
}
