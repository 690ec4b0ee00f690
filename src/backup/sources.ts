import { refusal } from "../core/failure.ts";
import { quoted } from "../core/format.ts";
import type { Manifest } from "./manifest.ts";
import { packedPgDump, pgDump } from "./pg-dump.ts";
import type { BackupSource, MachineFile } from "./source.ts";
import { ZSTD_MAGIC } from "./zstd.ts";

/** The sources there are. Another one is one file and one row. */
const SOURCES: readonly BackupSource[] = [pgDump, packedPgDump];

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

/** What brings back a dump that nothing is said of: told by how it begins. */
export async function sourceOfFile({ machine, path }: MachineFile): Promise<BackupSource> {
  const { stdout } = await machine.run({ words: ["sh", "-c", 'head -c 4 <"$1" | od -An -tx1', "sh", path], repeatable: true });
  return stdout.replaceAll(/\s/g, "") === ZSTD_MAGIC ? packedPgDump : pgDump;
}
