import { isFullCommit } from "../../core/commit.ts";
import { Failure } from "../../core/failure.ts";
import { compactUtc, shortCommit } from "../../core/format.ts";
import type { Finished } from "../../core/machine.ts";
import { readText } from "../files/files.ts";
import { type Git, type GitOptions, gitLines } from "./git.ts";
import { ending } from "../succeed.ts";

type Options = Pick<GitOptions, "noteIn">;

/** What stood in the way of a restore and where it is now. */
export interface Restored {
  /** A ref whose commit holds the tracked files as they were edited; undefined where none was. */
  readonly edits: string | undefined;
  /** Untracked files that were renamed, by their new names. */
  readonly renamed: readonly string[];
}

/**
 * One checkout, in one trip to the machine because the app may be down meanwhile. `$1` the mark, `$2` the commit, then git's
 * options. The mark stands while files of two versions may lie there. A forced one finishes what an earlier one left.
 */
const CHECKOUT = `
mark=$1 commit=$2; shift 2
dirty() { git status --porcelain --untracked-files=no --ignore-submodules=all; }
case " $* " in
*" --force "*) rm -f "\${mark%/*}/index.lock" "\${mark%/*}/HEAD.lock" ;;
*) if [ -e "$mark" ]; then exit 65; fi
  edits=$(dirty) || exit 1
  if [ -n "$edits" ]; then exit 66; fi ;;
esac
printf '%s\\n' "$commit" > "$mark.new" && mv -f "$mark.new" "$mark" || exit 1
git -c advice.detachedHead=false checkout --quiet --no-recurse-submodules "$@" --detach "$commit" --
code=$?
# A refusal changed nothing, and git's own end is an end. Where files of both versions are left (a full disk), the mark stays.
if [ "$code" -eq 0 ] || { left=$(dirty) && [ -z "$left" ]; }; then rm -f "$mark"; fi
exit "$code"
`;
const INTERRUPTED = 65;

/** Renames the given paths by adding \`$1\`. */
const ASIDE = `suffix=$1; shift; for path do mv -- "$path" "$path$suffix" || exit 1; done`;
/** Far below what any system allows for one command's arguments. */
const PATHS_AT_ONCE = 200;

const AUTHOR = { GIT_AUTHOR_NAME: "Savepoint", GIT_AUTHOR_EMAIL: "savepoint@localhost" };

/** The files of a clone. A checkout leaves a mark while it runs, so that one that was killed is known and finished. */
export class WorkTree {
  readonly #git: Git;
  readonly #mark: string;

  constructor(git: Git, gitDirectory: string) {
    this.#git = git;
    this.#mark = `${gitDirectory}/savepoint-checkout`;
  }

  async dirtyFiles(): Promise<readonly string[]> {
    const text = await this.#git.say(
      ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all"],
      "looking for local edits",
    );
    const fields = text.split("\0");
    const files: string[] = [];
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at] ?? "";
      if (field === "") continue;
      files.push(field.slice(3));
      // A rename's old name follows as a field of its own.
      if (/^(?:R|C|.R|.C)/.test(field)) at += 1;
    }
    return files;
  }

  async untrackedInTheWay(commit: string): Promise<readonly string[]> {
    const text = await this.#git.say(
      ["diff", "--name-only", "-z", "--no-renames", "--diff-filter=A", "--ignore-submodules=all", "--cached", "-R", commit, "--"],
      "comparing the versions",
    );
    const added = text.split("\0").filter((path) => path !== "");
    const found = new Set<string>();
    for (let at = 0; at < added.length; at += PATHS_AT_ONCE) {
      const words = ["--literal-pathspecs", "ls-files", "--others", "-z", "--", ...added.slice(at, at + PATHS_AT_ONCE)];
      const others = await this.#git.say(words, "looking for untracked files");
      for (const path of others.split("\0")) if (path !== "") found.add(path);
    }
    return [...found];
  }

  async interrupted(): Promise<string | undefined> {
    const text = (await readText(this.#git.machine, this.#mark))?.trim();
    return text !== undefined && isFullCommit(text) ? text : undefined;
  }

  async checkout(commit: string, options: Options): Promise<void> {
    const refused = await this.#tryCheckout(commit, options);
    if (refused === undefined) return;
    const dirty = await this.dirtyFiles();
    if (dirty.length > 0) throw this.#refused(commit, "tracked files were edited there", dirty);
    const inTheWay = await this.untrackedInTheWay(commit);
    if (inTheWay.length > 0) throw this.#refused(commit, "untracked files stand where that version has files", inTheWay);
    throw this.#refused(commit, `git refused (${ending(refused)})`, gitLines(refused));
  }

  async restoreTo(commit: string, options: Options & { readonly at: Date }): Promise<Restored> {
    if ((await this.#tryCheckout(commit, options)) === undefined) return { edits: undefined, renamed: [] };
    const edits = (await this.dirtyFiles()).length > 0 ? await this.#keepEdits(options.at) : undefined;
    const renamed = await this.#moveAside(commit, `.before-rollback-${compactUtc(options.at)}`);
    // Forced, because the edits are kept by now.
    const finished = await this.#run(commit, ["--force"], options);
    if (finished.code !== 0) throw this.#refused(commit, `git refused (${ending(finished)})`, gitLines(finished));
    return { edits, renamed };
  }

  /** Undefined where it went through; else what git said. */
  async #tryCheckout(commit: string, options: Options): Promise<Finished | undefined> {
    const careful = ["--no-overwrite-ignore"];
    let finished = await this.#run(commit, careful, options);
    if (finished.code === INTERRUPTED) {
      await this.#settle(options);
      finished = await this.#run(commit, careful, options);
    }
    return finished.code === 0 ? undefined : finished;
  }

  /** A checkout of ours that was killed left files of both versions: its own end is the way out, and nothing of it is anyone's edit. */
  async #settle(options: Options): Promise<void> {
    // A mark that cannot be read was torn in writing, before any file was touched.
    const commit = (await this.interrupted()) ?? "HEAD";
    const finished = await this.#run(commit, ["--force"], options);
    if (finished.code !== 0)
      throw this.#refused(commit, `the checkout that was killed there cannot be finished (${ending(finished)})`, gitLines(finished));
  }

  async #run(commit: string, flags: readonly string[], options: Options): Promise<Finished> {
    return await this.#git.script(CHECKOUT, [this.#mark, commit, ...flags], options);
  }

  async #keepEdits(at: Date): Promise<string | undefined> {
    const kept = (
      await this.#git.say(["stash", "create", "savepoint: edits before a rollback"], "keeping local edits", { env: AUTHOR })
    ).trim();
    if (kept === "") return undefined;
    const ref = `refs/savepoint/edits/${compactUtc(at)}`;
    await this.#git.say(["update-ref", ref, kept], "keeping local edits");
    return ref;
  }

  async #moveAside(commit: string, suffix: string): Promise<readonly string[]> {
    const inTheWay = await this.untrackedInTheWay(commit);
    for (let at = 0; at < inTheWay.length; at += PATHS_AT_ONCE) {
      const finished = await this.#git.script(ASIDE, [suffix, ...inTheWay.slice(at, at + PATHS_AT_ONCE)]);
      if (finished.code !== 0) throw this.#refused(commit, "files in the way cannot be renamed", gitLines(finished));
    }
    return inTheWay.map((path) => path + suffix);
  }

  #refused(commit: string, why: string, files: readonly string[]): Failure {
    const { directory, machine } = this.#git;
    return new Failure(`${shortCommit(commit)} cannot be checked out in ${directory} on ${machine.name}: ${why}.`, {
      evidence: files.slice(0, 20),
      hint: `Look with \`git -C ${directory} status\`; commit, move or remove what stands in the way, then try again.`,
      code: "work-tree",
    });
  }
}
