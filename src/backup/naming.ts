import { compactUtc, shortCommit } from "../core/format.ts";
import type { Purpose } from "./manifest.ts";

/** Stands where a commit would, in backups that were taken without one. */
export const NO_COMMIT = "no-commit";

/** What one backup is called, everywhere. */
export interface BackupName {
  /** `20261120T143022Z-abc1234`. */
  readonly id: string;
  /** `pre-deploy_20261120T143022Z_abc1234.dump`. */
  readonly file: string;
}

/** The names of a backup that begins at `at` before `commit` goes live (full sha, or undefined). */
export function nameBackup(purpose: Purpose, at: Date, commit: string | undefined): BackupName {
  const stamp = compactUtc(at);
  const version = commit === undefined ? NO_COMMIT : commitWord(commit);
  return { id: `${stamp}-${version}`, file: `${purpose}_${stamp}_${version}.dump` };
}

/** The manifest's name beside a dump. */
export function manifestName(file: string): string {
  return `${file}.json`;
}

/** The dump's name while it is not yet whole and proven. */
export function partialName(file: string): string {
  return `${file}.partial`;
}

/** What stands beside a partial dump once its writer is done; named so that it is cleaned up with it. */
export function writtenName(partial: string): string {
  return partial.replace(/partial$/, "written.partial");
}

// Callers give resolved shas; anything else must not become a path or a pattern.
function commitWord(commit: string): string {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) throw new Error(`not a commit's sha: ${JSON.stringify(commit)}`);
  return shortCommit(commit);
}
