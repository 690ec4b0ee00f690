import { refusal } from "../core/failure.ts";
import { quoted } from "../core/format.ts";
import type { Manifest } from "./manifest.ts";
import { pgDump } from "./pg-dump.ts";
import type { BackupSource } from "./source.ts";

/** The sources there are. Another one is one file and one row. */
const SOURCES: readonly BackupSource[] = [pgDump];

/** What backups are taken with where nothing else is said, and what earlier versions took all of theirs with. */
export const DEFAULT_SOURCE = pgDump;

/** What a backup was taken with, and is brought back by. Refuses one that only a later version knows. */
export function sourceOf({ id, source }: Pick<Manifest, "id" | "source">): BackupSource {
  const found = SOURCES.find(({ name }) => name === (source ?? DEFAULT_SOURCE.name));
  if (found !== undefined) return found;
  throw refusal(`Backup ${id} was taken with ${quoted(source ?? "")}, which this Savepoint does not have.`, {
    code: "newer-savepoint",
    hint: "Use at least the version that took it.",
  });
}
