import { posix } from "node:path";
import { Writable } from "node:stream";
import { Failure, refusal } from "../core/failure.ts";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { ending, lastLines } from "../machine/succeed.ts";
import { assembleMigrations, type SourceFile } from "./assemble.ts";
import { type Migration, refuseMigrationProblems } from "./migration.ts";

/** Where migration files come from: a folder, or a commit of a clone. */
export type MigrationSource =
  | {
      readonly machine: Machine;
      /** Absolute. */ readonly directory: string;
      /** What messages call it; default: the folder. */ readonly shown?: string;
    }
  | { readonly machine: Machine; readonly clone: string; readonly commit: string; /** In the repository. */ readonly directory: string };

/**
 * Reads and checks all migration files of a folder, in one round trip (two for a clone). Throws a refusal with every
 * problem of every file, or a Failure where the folder is missing, which names the folders that look like it.
 */
export async function loadMigrations(source: MigrationSource): Promise<readonly Migration[]> {
  const files = "clone" in source ? await readFromClone(source) : await readFromFolder(source);
  if (files.length === 0) await refuseNested(source);
  const { migrations, problems } = assembleMigrations(files);
  refuseMigrationProblems(problems);
  return migrations;
}

/** Prints how many files, a size a line, the names each ended by a zero byte, then all contents. */
const READ_FOLDER = `
cd -- "$1" 2>/dev/null || exit 66
LC_ALL=C; export LC_ALL
set --
for file in ./*.[sS][qQ][lL]; do
  # A link that leads nowhere is an error below, and not left out.
  if [ -f "$file" ] || { [ -L "$file" ] && [ ! -e "$file" ]; }; then set -- "$@" "$file"; fi
done
printf '%s\\n' "$#"
[ "$#" -gt 0 ] || exit 0
for file in "$@"; do wc -c < "$file" || exit 65; done
printf '%s\\000' "$@"
cat -- "$@" || exit 65
`;

async function readFromFolder(source: Exclude<MigrationSource, { clone: string }>): Promise<readonly SourceFile[]> {
  const { machine, directory } = source;
  const shown = source.shown ?? directory;
  const { finished, output } = await capture(machine, { words: ["sh", "-c", READ_FOLDER, "sh", directory] });
  if (finished.code === 66) throw await missingFolder(machine, directory, shown);
  if (finished.code !== 0)
    throw new Failure(`Reading the migrations in ${shown} failed (${ending(finished)}).`, {
      code: "migrations-unread",
      evidence: lastLines(finished),
    });
  let at = 0;
  const until = (byte: number): string => {
    const end = output.indexOf(byte, at);
    if (end === -1) throw new Failure(`Reading the migrations in ${shown} ended early.`, { code: "migrations-unread" });
    const text = output.toString("utf8", at, end);
    at = end + 1;
    return text;
  };
  const count = Number(until(10));
  const sizes = Array.from({ length: count }, () => Number(until(10).trim()));
  const names = sizes.map(() => until(0).slice("./".length));
  const files = names.map((name, index) => {
    const size = sizes[index] ?? 0;
    at += size;
    return { name, path: posix.join(shown, name), bytes: output.subarray(at - size, at) };
  });
  if (at !== output.length)
    throw new Failure(`The migrations in ${shown} changed while they were read.`, { code: "migrations-unread", hint: "Run it again." });
  return files;
}

/** Names folders nearby that hold SQL files or carry a usual name. */
const LOOK_NEARBY = `
base=$1
while [ ! -d "$base" ] && [ "$base" != / ] && [ -n "$base" ]; do base=$(dirname -- "$base"); done
cd -- "$base" || exit 1
for folder in */ */*/ */*/*/; do
  case "$folder" in node_modules/*|vendor/*|*'*'*) continue ;; esac
  for file in "$folder"*.[sS][qQ][lL]; do
    if [ -f "$file" ]; then printf '%s\\n' "$folder"; break; fi
  done
  case "$folder" in */migrations/|migrations/|*/migrate/) printf '%s\\n' "$folder" ;; esac
done | sort -u | head -n 10
`;

async function missingFolder(machine: Machine, directory: string, shown: string): Promise<Failure> {
  return missing(shown, machine.name, await foldersNear(machine, directory));
}

async function foldersNear(machine: Machine, directory: string): Promise<readonly string[]> {
  const { stdout } = await machine.run({ words: ["sh", "-c", LOOK_NEARBY, "sh", directory], repeatable: true });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((folder) => folder.replace(/\/$/, ""));
}

/** A folder whose SQL lies in folders of its own (Prisma's, and others') is not an empty one: nothing to do would be a lie. */
async function refuseNested(source: MigrationSource): Promise<void> {
  const folders =
    "clone" in source
      ? (await foldersInCommit(source)).filter(
          (folder) => source.directory === "." || folder.startsWith(`${source.directory.replace(/\/+$/, "")}/`),
        )
      : await foldersNear(source.machine, source.directory);
  if (folders.length === 0) return;
  throw refusal(
    `${("shown" in source ? source.shown : undefined) ?? source.directory} holds no migration files itself; there is SQL in ${folders.slice(0, 3).join(", ")}.`,
    {
      code: "no-directory",
      hint: "Set `directory` of migrate to the folder with the files; for another tool's layout let that tool migrate (`run: npx prisma migrate deploy`).",
    },
  );
}

function missing(shown: string, where: string, nearby: readonly string[]): Failure {
  const prisma = nearby.find((folder) => /(?:^|\/)prisma\/migrations/.test(folder));
  return refusal(`There is no folder ${shown} on ${where}.`, {
    code: "no-directory",
    hint:
      prisma !== undefined
        ? "These look like Prisma's migrations: set `run: npx prisma migrate deploy`."
        : nearby.length > 0
          ? `Set \`directory\` of migrate; there is ${nearby.join(", ")}.`
          : "Set `directory` of migrate to the folder of the migration files, or make the first one with the command `migrate new`.",
  });
}

async function readFromClone(source: Extract<MigrationSource, { clone: string }>): Promise<readonly SourceFile[]> {
  const { machine, clone, commit } = source;
  const directory = posix.normalize(source.directory).replace(/\/+$/, "");
  const tree = directory === "." ? `${commit}^{tree}` : `${commit}:${directory}`;
  const listed = await capture(machine, { words: ["git", "-C", clone, "ls-tree", "-z", tree] });
  if (listed.finished.code !== 0) throw await missingInClone(source, directory, listed.finished);
  const entries = listed.output
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      // <mode> blob <object>\t<name>; folders are no migrations.
      const [, mode = "", object, name] = /^(1[02]0\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return object !== undefined && name !== undefined && /\.sql$/i.test(name) ? [{ link: mode.startsWith("12"), object, name }] : [];
    });
  refuseMigrationProblems(
    entries
      .filter(({ link, name }) => link && !name.startsWith("."))
      .map(({ name }) => ({ file: posix.join(directory, name), message: "is a symbolic link: commit the file itself in its place" })),
  );
  if (entries.length === 0) return [];
  const read = await capture(machine, {
    words: ["git", "-C", clone, "cat-file", "--batch"],
    stdin: `${entries.map((entry) => entry.object).join("\n")}\n`,
  });
  if (read.finished.code !== 0)
    throw new Failure(`Reading the migrations of ${commit} failed (${ending(read.finished)}).`, {
      code: "migrations-unread",
      evidence: lastLines(read.finished),
    });
  let at = 0;
  return entries.map(({ name }) => {
    // <object> blob <size>\n<content>\n
    const end = read.output.indexOf(10, at);
    const size = Number(/ blob (\d+)$/.exec(read.output.toString("utf8", at, end))?.[1]);
    if (end === -1 || !Number.isSafeInteger(size))
      throw new Failure(`${clone} on ${machine.name} lacks the content of ${directory}/${name}.`, {
        code: "migrations-unread",
        hint: "Fetch the commit whole: the clone must not be partial.",
      });
    at = end + 1 + size + 1;
    return { name, path: posix.join(directory, name), bytes: read.output.subarray(end + 1, end + 1 + size) };
  });
}

async function missingInClone(
  source: Extract<MigrationSource, { clone: string }>,
  directory: string,
  finished: Finished,
): Promise<Failure> {
  const { machine, clone, commit } = source;
  const known = await machine.run({ words: ["git", "-C", clone, "cat-file", "-e", `${commit}^{commit}`], repeatable: true });
  if (known.code !== 0)
    return new Failure(`Commit ${commit} is not in ${clone} on ${machine.name}.`, {
      code: "unknown-commit",
      evidence: lastLines(finished),
    });
  return missing(`${directory} in commit ${commit.slice(0, 7)}`, machine.name, (await foldersInCommit(source)).slice(0, 10));
}

async function foldersInCommit({ machine, clone, commit }: Extract<MigrationSource, { clone: string }>): Promise<readonly string[]> {
  const files = await machine.run({
    words: ["git", "-C", clone, "ls-tree", "-r", "-z", "--name-only", commit],
    whole: true,
    repeatable: true,
  });
  return [
    ...new Set(
      files.stdout
        .split("\0")
        .filter((path) => /\.sql$/i.test(path))
        .map((path) => posix.dirname(path)),
    ),
  ];
}

/** Standard output as bytes, however long. */
async function capture(machine: Machine, command: Command): Promise<{ readonly finished: Finished; readonly output: Buffer }> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const finished = await machine.run({ ...command, stdout });
  return { finished, output: Buffer.concat(chunks) };
}
