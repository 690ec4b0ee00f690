import { basename, dirname, isAbsolute, join, relative } from "node:path/posix";
import { Failure, refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Clone } from "../../machine/git/clone.ts";
import type { ComposeProject } from "../../machine/container/compose.ts";
import { remove } from "../../machine/files/files.ts";
import { gitLines } from "../../machine/git/git.ts";
import { ending } from "../../machine/succeed.ts";

/** More untracked files than this in one folder are uploads or the like, nothing that a build or compose would want. */
const FILES_IN_A_FOLDER = 64;
const PATHS_AT_ONCE = 100;
const NO_COMPOSE_FILE = 78;

/**
 * Writes the files of commit `$2` into `$3`, below the folder `$1`, through an index of their own. Compose looks for its
 * files in all folders above too, and would find the running version's: so one must be here, or be named.
 */
const EXPORT = `
umask 022
rm -rf "$1" && (umask 077 && mkdir -p "$1") && mkdir "$3" || exit 1
export GIT_INDEX_FILE="$1/index"
git read-tree "$2" && git checkout-index --all --quiet --prefix="$3/" || exit 1
rm -f "$1/index"
`;

/** Copies untracked files of this folder to the same place below \`$1\`: small ones, and small folders of few of them. */
const COPY = `
tree=$1; shift
small() { [ -z "$(find "$1" -prune -type f -size +2048)" ]; }
few() { [ "$(find "$1" ! -type d 2>/dev/null | head -n ${FILES_IN_A_FOLDER + 1} | wc -l)" -le ${FILES_IN_A_FOLDER} ] && [ "$(du -sk "$1" 2>/dev/null | cut -f 1)" -le 1024 ]; }
# The commit has a folder of that name too: what is in this one and not in that.
beside='tree=$0; for file do [ -e "$tree/$file" ] || { mkdir -p "$tree/\${file%/*}" && cp -pP "$file" "$tree/$file"; }; done'
for path do
  plain=\${path%/}
  if [ -d "$path" ] && [ ! -L "$plain" ]; then
    few "$path" || continue
    if [ -e "$tree/$plain" ]; then find "./$plain" ! -type d -exec sh -c "$beside" "$tree" {} + 2>/dev/null; continue; fi
  else
    [ ! -e "$tree/$plain" ] && small "./$path" || continue
  fi
  case $plain in */*) mkdir -p "$tree/\${plain%/*}" ;; esac
  cp -pPR "./$plain" "$tree/$plain" 2>/dev/null || rm -rf "$tree/$plain"
done
:
`;

const FIND_FILE = `
for name in compose.yaml compose.yml docker-compose.yml docker-compose.yaml; do [ -e "$1/$name" ] && exit 0; done
grep -Eq '^[[:space:]]*(export[[:space:]]+)?COMPOSE_FILE[[:space:]]*=' "$1/.env" 2>/dev/null && exit 0
exit ${NO_COMPOSE_FILE}
`;

/** A commit's files in a folder of their own, as `app-dir` would hold them, so that compose can read and build them beside the running version. */
export interface Tree extends AsyncDisposable {
  /** The project as compose sees it there, under the same name. */
  readonly project: ComposeProject;
}

/** Whether a folder holds what compose looks for by itself. */
export async function holdsCompose({ machine }: Pick<Clone, "machine">, directory: string): Promise<boolean> {
  return (await machine.run({ words: ["sh", "-c", FIND_FILE, "sh", directory], repeatable: true })).code === 0;
}

/**
 * Exports a commit beside the running files, within the clone's `.git`. Small untracked files (`.env`, certificates) come
 * along, since compose and builds find them in `app-dir` too. Removed when disposed; one that a killed process left is
 * replaced by the next.
 */
export async function exportTree(clone: Clone, commit: string, project: ComposeProject): Promise<Tree> {
  const { machine, directory } = clone;
  const folder = `${clone.gitDirectory}/savepoint/tree`;
  // The last name is app-dir's own: where nothing else says it, compose takes the project's name from there.
  const tree = `${folder}/${basename(directory)}`;
  const dispose = async (): Promise<void> => await remove(machine, folder);
  try {
    const exported = await clone.git.script(EXPORT, [folder, commit, tree]);
    if (exported.code !== 0)
      throw new Failure(`${shortCommit(commit)} cannot be written into ${folder} on ${machine.name} (${ending(exported)}).`, {
        code: "git-failed",
        evidence: gitLines(exported),
        hint: "Is there room on the disk?",
      });
    await copyUntracked(clone, tree);
    if (project.files.length === 0 && !(await holdsCompose(clone, tree))) {
      throw refusal(`${shortCommit(commit)} has no compose file (compose.yaml, docker-compose.yml) at its top.`, {
        hint: "Name it in `compose-file`, or give `strategy: command` where this is no compose project.",
        code: "no-compose-file",
      });
    }
    const files = project.files.map((file) => fileIn(file, directory, tree));
    return {
      project: { ...project, directory: tree, files: await existingOr(clone, files, project.files) },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function copyUntracked(clone: Clone, tree: string): Promise<void> {
  const listed = await clone.git.say(["ls-files", "--others", "--directory", "--no-empty-directory", "-z"], "looking for untracked files");
  const byFolder = new Map<string, string[]>();
  for (const path of listed.split("\0").filter((one) => one !== "")) {
    const folder = dirname(path.replace(/\/$/, ""));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), path]);
  }
  const paths = [...byFolder.values()].filter((names) => names.length <= FILES_IN_A_FOLDER).flat();
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) await clone.git.script(COPY, [tree, ...paths.slice(at, at + PATHS_AT_ONCE)]);
}

/** A compose file's place in the tree: the same relative one; a file outside of app-dir stays where it is. */
function fileIn(file: string, directory: string, tree: string): string {
  const inside = relative(directory, isAbsolute(file) ? file : join(directory, file));
  return inside === ".." || inside.startsWith("../") ? join(directory, inside) : join(tree, inside);
}

/** A file that the tree has not (untracked and large, or in a large folder) is read where it is. */
async function existingOr(clone: Clone, files: readonly string[], given: readonly string[]): Promise<readonly string[]> {
  const script = 'for file do [ -e "$file" ] && echo yes || echo no; done';
  const { stdout } = await clone.machine.run({ words: ["sh", "-c", script, "sh", ...files] });
  const there = stdout.split("\n");
  return files.map((file, at) => {
    const original = given[at] ?? file;
    if (there[at] === "yes") return file;
    return isAbsolute(original) ? original : join(clone.directory, original);
  });
}
