import { posix } from "node:path";
import { refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { exists, listFolder, makeDirectory, writeText } from "../machine/files/files.ts";
import { compareMigrationVersions } from "./migration.ts";
import { readFileName } from "./name.ts";

/** `timestamp`: `202611201430__add_orders.sql` (UTC). `number`: `004_add_orders.sql`. */
export type NameStyle = "timestamp" | "number";

/**
 * Writes a new migration file with both sections to fill in and returns its path. Without a style it follows the
 * newest file of the folder, else `timestamp`. The folder is made where it is missing; no file is ever overwritten.
 */
export async function scaffoldMigration(request: {
  readonly machine: Machine;
  /** Absolute. */
  readonly directory: string;
  readonly description: string;
  readonly style?: NameStyle | undefined;
  readonly now: Date;
  /** Default: both sections to fill in. */
  readonly text?: string | undefined;
}): Promise<string> {
  const { machine, directory } = request;
  const words = slug(request.description);
  if (words === "") {
    throw refusal(`${JSON.stringify(request.description)} gives no file name.`, {
      code: "inputs",
      hint: "Describe the change in a few words, as in: add orders.",
    });
  }
  const names = (await listFolder(machine, directory)).filter((entry) => entry.kind === "file").map((entry) => entry.name);
  const name = nextName(names, { words, style: request.style, now: request.now });
  const path = posix.join(directory, name);
  if (await exists(machine, path)) throw refusal(`${path} exists already.`, { code: "inputs", hint: "Give it another description." });
  await makeDirectory(machine, directory, { mode: 0o755 });
  await writeText(machine, path, request.text ?? TEMPLATE, { mode: 0o644 });
  return path;
}

/** The new file's name among those that are there. Pure. */
export function nextName(
  names: readonly string[],
  about: { readonly words: string; readonly style: NameStyle | undefined; readonly now: Date },
): string {
  const versions = names
    .map(readFileName)
    .flatMap((name) => (name.kind === "migration" ? [name.version] : []))
    .sort(compareMigrationVersions);
  const newest = versions.at(-1);
  const style = about.style ?? (newest !== undefined && newest.length < 12 ? "number" : "timestamp");
  if (style === "number") {
    const version = String(BigInt(newest ?? "0") + 1n).padStart(newest?.length ?? 3, "0");
    return `${version}_${about.words}.sql`;
  }
  const minute = about.now.toISOString().replaceAll(/\D/g, "").slice(0, 12);
  // A second one in the same minute, or behind one that lies in the future.
  const version =
    newest !== undefined && compareMigrationVersions(newest, minute) >= 0 && newest.length === minute.length
      ? String(BigInt(newest) + 1n)
      : minute;
  return `${version}__${about.words}.sql`;
}

/** Letters of every script stay; all else becomes one underscore. */
function slug(description: string): string {
  return description
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 80);
}

const TEMPLATE = `-- UP


-- DOWN
-- Takes UP back. Where that cannot be done, write: -- irreversible: why

`;
