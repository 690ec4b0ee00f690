import { posix } from "node:path";
import { Writable } from "node:stream";
import { clauseOf, refusal } from "../core/failure.ts";
import type { Machine } from "../core/machine.ts";
import { listFolder, remove } from "../machine/files/files.ts";
import { succeed } from "../machine/succeed.ts";
import { clearDeadWriters } from "./claim.ts";
import { type DatabaseIdentity, type Manifest, parseManifest } from "./manifest.ts";
import { manifestName } from "./naming.ts";
import { newestFirst } from "./order.ts";

/** Whose backups: a folder may hold several databases'. What is left out is not asked for. */
export interface BackupOwner {
  readonly app?: string | undefined;
  readonly environment?: string | undefined;
  readonly database?: DatabaseIdentity | undefined;
}

/** Something in the folder that cannot be used. It is listed; only a manifest whose dump is gone is ever cleaned up. */
export interface Broken {
  /** The file's name in the folder. */
  readonly file: string;
  readonly problem: string;
  /** What the manifest says, where it can be read and its dump is the problem. */
  readonly manifest?: Manifest | undefined;
  readonly dumpMissing?: boolean | undefined;
}

/** The backups in one folder of one machine. Which is which is read from the manifests, never from file names. */
export class BackupStore {
  readonly machine: Machine;
  /** Absolute. */
  readonly directory: string;

  constructor(machine: Machine, directory: string) {
    this.machine = machine;
    this.directory = directory;
  }

  /** Everything there, newest first. A folder that does not exist holds nothing. */
  async all(): Promise<{ readonly manifests: readonly Manifest[]; readonly broken: readonly Broken[] }> {
    // Manifests first: a dump that retention deletes in between then shows as missing, never the other way round.
    const texts = await this.#manifestTexts();
    const sizes = new Map(
      (await listFolder(this.machine, this.directory)).filter((entry) => entry.kind === "file").map((entry) => [entry.name, entry.size]),
    );
    const manifests: Manifest[] = [];
    const broken: Broken[] = [];
    for (const [file, text] of texts) {
      const judged = judge(file, text, sizes);
      if ("problem" in judged) broken.push(judged);
      else manifests.push(judged);
    }
    // While one is being made, its dump stands without a manifest for a moment.
    const busy = [...sizes.keys()].some((name) => name.endsWith(".writer"));
    for (const name of busy ? [] : sizes.keys()) {
      if (name.endsWith(".dump") && !texts.has(manifestName(name))) broken.push({ file: name, problem: "has no manifest" });
    }
    return { manifests: manifests.toSorted(newestFirst), broken };
  }

  /**
   * The backup that is meant: by its id, its deploy's id (the newest that deploy took), its file's name or path, or
   * `latest`, the newest of the owner. An id may name another owner's: whether it may be restored is decided there.
   * @throws Failure (exit 2) where there is none, or it cannot be used.
   */
  async find(named: string, owner: BackupOwner = {}): Promise<Manifest> {
    const { manifests, broken } = await this.all();
    const own = manifests.filter((manifest) => belongsTo(manifest, owner));
    if (named === "latest") return this.#latest(own);
    const name = this.#plainName(named);
    const matches = (manifest: Manifest): boolean =>
      [manifest.id, manifest.deploy, manifest.file, manifestName(manifest.file)].includes(name);
    const found = own.find(matches) ?? manifests.find(matches);
    if (found !== undefined) return found;
    const damaged = broken.find(
      (one) => one.file === name || one.file === manifestName(name) || (one.manifest !== undefined && matches(one.manifest)),
    );
    if (damaged !== undefined) {
      throw refusal(`Backup ${named} cannot be used: ${damaged.file} ${damaged.problem}.`, {
        code: "backup-broken",
        hint: "Choose another one: the command `list` shows them.",
      });
    }
    throw refusal(`There is no backup ${named} in ${this.directory} on ${this.machine.name}.`, {
      code: "backup-unknown",
      hint: own.length === 0 ? "None of this database is there." : "Choose one of those there, or `latest`.",
      evidence: own.slice(0, 10).map((manifest) => `${manifest.id}  ${manifest.purpose}  ${manifest.file}`),
    });
  }

  pathOf(manifest: Pick<Manifest, "file">): string {
    return posix.join(this.directory, manifest.file);
  }

  /** Removes what killed runs left half-written; what somebody is writing stays. Returns the files' names. */
  async removePartials(): Promise<readonly string[]> {
    return await clearDeadWriters(this.machine, this.directory);
  }

  /**
   * Deletes a backup: the dump, then its manifest. Killed in between, it leaves a manifest that still says whose it
   * was, restores nothing, and is cleaned up by the next retention; the other order would leave a dump that nobody
   * knows and nobody may delete.
   */
  async delete(manifest: Manifest): Promise<void> {
    await remove(this.machine, this.pathOf(manifest));
    await remove(this.machine, manifestName(this.pathOf(manifest)));
  }

  #latest(own: readonly Manifest[]): Manifest {
    const [latest] = own;
    if (latest === undefined)
      throw refusal(`There is no backup of this database in ${this.directory} on ${this.machine.name}.`, { code: "backup-unknown" });
    const other = own.find((manifest) => whoseOf(manifest) !== whoseOf(latest));
    if (other === undefined) return latest;
    throw refusal("Which backup is `latest` is not clear: the folder holds backups of several databases.", {
      code: "backup-unknown",
      evidence: [whoseOf(latest), whoseOf(other)],
      hint: "Name the backup by its id.",
    });
  }

  /** A path must lead into this folder; what is left is a name or an id. */
  #plainName(named: string): string {
    if (!named.includes("/")) return named;
    const directory = posix.dirname(named);
    if (posix.resolve(this.directory, directory) === this.directory || directory === ".") return posix.basename(named);
    throw refusal(`${named} is not in ${this.directory} on ${this.machine.name}.`, {
      code: "backup-unknown",
      hint: "A file from elsewhere has no manifest here; copy it and its .json there.",
    });
  }

  /** Texts of all manifests by file name, in one command, however large they are together. */
  async #manifestTexts(): Promise<ReadonlyMap<string, string>> {
    const chunks: Buffer[] = [];
    const gather = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    await succeed(
      this.machine,
      { words: ["sh", "-c", READ_MANIFESTS, "sh", this.directory], stdout: gather },
      `Reading the backups in ${this.directory}`,
    );
    const fields = Buffer.concat(chunks).toString("utf8").split("\0");
    const texts = new Map<string, string>();
    for (let at = 0; at + 1 < fields.length; at += 2) texts.set(fields[at] ?? "", fields[at + 1] ?? "");
    return texts;
  }
}

/** Name, NUL, text without NULs, NUL, for each. A file that vanishes meanwhile was deleted by its rightful owner. */
const READ_MANIFESTS = `
[ -d "$1" ] || exit 0
cd "$1" || exit 1
for file in ./*.dump.json; do
  [ -f "$file" ] || continue
  [ -r "$file" ] || { printf '%s\\0%s\\0' "\${file#./}" 'may not be read'; continue; }
  printf '%s\\0' "\${file#./}"
  tr -d '\\000' < "$file"
  printf '\\0'
done
exit 0
`;

/** Whether a backup is this owner's. */
export function belongsTo(manifest: Manifest, owner: BackupOwner): boolean {
  const { app, environment, database } = owner;
  return (
    (app === undefined || manifest.app === app) &&
    (environment === undefined || manifest.environment === environment) &&
    (database === undefined || (manifest.database.name === database.name && manifest.database.system === database.system))
  );
}

function whoseOf({ app, environment, database }: Manifest): string {
  return `${app}/${environment}: database ${database.name} of cluster ${database.system}`;
}

function judge(file: string, text: string, sizes: ReadonlyMap<string, number>): Manifest | Broken {
  let manifest: Manifest;
  try {
    manifest = parseManifest(text);
  } catch (error) {
    return { file, problem: clauseOf(error) };
  }
  if (manifestName(manifest.file) !== file) return { file, problem: `names another file: ${manifest.file}` };
  const size = sizes.get(manifest.file);
  if (size === undefined) return { file, problem: "its dump is missing", manifest, dumpMissing: true };
  if (size !== manifest.sizeBytes) return { file, problem: `its dump has ${size} bytes instead of ${manifest.sizeBytes}`, manifest };
  return manifest;
}
