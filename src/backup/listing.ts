import { formatMoment, formatSize, shortCommit } from "../core/format.ts";
import type { Manifest } from "./manifest.ts";
import { newestFirst } from "./order.ts";
import type { RetentionPlan } from "./retention.ts";

/** One backup as `savepoint list` shows it, in words; the keys are the columns' names. */
export interface BackupRow {
  readonly id: string;
  readonly purpose: string;
  /** `2026-11-20 14:30:22 UTC`. */
  readonly when: string;
  readonly size: string;
  /** `1111111 → abc1234`; a dash where a commit is not known. */
  readonly commit: string;
  readonly verified: string;
  readonly database: string;
  /** Why retention keeps it, or why it will go. */
  readonly kept: string;
}

/** The rows of a list, newest first. Where a retention plan is given, each says what holds it. */
export function listBackups(manifests: readonly Manifest[], plan?: RetentionPlan): readonly BackupRow[] {
  const fates = new Map<string, string>();
  for (const { manifest, reasons } of plan?.keep ?? []) fates.set(manifest.file, reasons.join("; "));
  for (const { manifest, reason } of plan?.remove ?? []) fates.set(manifest.file, `goes next time: ${reason}`);
  return manifests
    .toSorted(newestFirst)
    .map((manifest) => ({
      id: manifest.id,
      purpose: manifest.purpose,
      when: formatMoment(manifest.startedAt),
      size: formatSize(manifest.sizeBytes),
      commit: commits(manifest),
      verified: manifest.verified,
      database: manifest.database.name,
      kept: fates.get(manifest.file) ?? "",
    }));
}

function commits({ from, to }: Manifest): string {
  if (from === undefined && to === undefined) return "–";
  const word = (commit: string | undefined): string => (commit === undefined ? "–" : shortCommit(commit));
  return from === to ? word(to) : `${word(from)} → ${word(to)}`;
}
