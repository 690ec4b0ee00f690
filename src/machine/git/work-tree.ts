import { isFullCommit } from "../../core/commit.ts";
import { Failure } from "../../core/failure.ts";
import { compactUtc, shortCommit } from "../../core/format.ts";
import type { Command, Finished } from "../../core/machine.ts";
import { readText } from "../files/files.ts";
import { AWAIT, CAREFUL, CHECKOUT, INTERRUPTED, LOCKED, RESTORE } from "./checkout-scripts.ts";
import { LOOK_OUT_OF_SIGHT, PATHS_AT_ONCE } from "./out-of-sight.ts";
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

/** Both by their paths. */
export interface OutOfSight {
  /** Folders of submodules with something of somebody's in them, where the commit has files. */
  readonly submodules: readonly string[];
  /** Edited files that git was told not to look at, and that the commit has another text of. */
  readonly hidden: readonly string[];
}

function named(told: readonly string[], kind: string): readonly string[] {
  return told.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));
}

/** What failed, by how the script ended; else git's checkout did. */
const UNRESTORED: Readonly<Record<number, string>> = {
  71: "the checkout that was killed there cannot be finished",
  72: "files in the way cannot be renamed",
  73: "local edits cannot be kept",
  [LOCKED]: "another git command works there",
};

const LOCK_HINT = "Wait until that process has ended, or end it with `kill` and its number, then run the same again.";

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

  /** What a checkout of the commit would meet, and `git status` does not tell. */
  async outOfSight(commit: string): Promise<OutOfSight> {
    const finished = await this.#git.machine.run(this.#git.scripted(LOOK_OUT_OF_SIGHT, [commit]));
    // What could not be looked at is not known to be nobody's.
    if (finished.code !== 0)
      throw new Failure(
        `Looking at what git does not tell of failed in ${this.#git.directory} on ${this.#git.machine.name} (${ending(finished)}).`,
        { code: "git-failed", evidence: gitLines({ ...finished, stdout: "" }) },
      );
    const told = finished.stdout.split("\0");
    return { submodules: named(told, "submodule"), hidden: named(told, "hidden") };
  }

  async interrupted(): Promise<string | undefined> {
    const text = (await readText(this.#git.machine, this.#mark))?.trim();
    return text !== undefined && isFullCommit(text) ? text : undefined;
  }

  /** Waits for a git of somebody's that is at work there, and tells which. Throws a Failure where it does not end in time. */
  async awaitOthers(commit: string, waiting: (which: string) => void): Promise<void> {
    const onLine = (line: string, from: "stdout" | "stderr"): void => (from === "stdout" ? waiting(line) : undefined);
    const finished = await this.#git.machine.run({ ...this.#git.scripted(AWAIT, [this.#mark]), onLine });
    if (finished.code === LOCKED) throw this.#refused(commit, UNRESTORED[LOCKED] ?? "", gitLines({ ...finished, stdout: "" }), LOCK_HINT);
  }

  async checkout(commit: string, options: Options): Promise<void> {
    const refused = await this.#tryCheckout(commit, options);
    if (refused === undefined) return;
    if (refused.code === LOCKED) throw this.#refused(commit, UNRESTORED[LOCKED] ?? "", gitLines(refused), LOCK_HINT);
    const dirty = await this.dirtyFiles();
    if (dirty.length > 0) throw this.#refused(commit, "tracked files were edited there", dirty);
    const inTheWay = await this.untrackedInTheWay(commit);
    if (inTheWay.length > 0) throw this.#refused(commit, "untracked files stand where that version has files", inTheWay);
    const { submodules, hidden } = await this.outOfSight(commit).catch((error: unknown) => {
      // Why git refused is told all the same.
      if (error instanceof Failure) return { submodules: [], hidden: [] };
      throw error;
    });
    if (submodules.length > 0) throw this.#refused(commit, "folders of submodules stand where that version has files", submodules);
    if (hidden.length > 0) throw this.#refused(commit, "files that git was told not to look at were edited there", hidden);
    throw this.#refused(commit, `git refused (${ending(refused)})`, gitLines(refused));
  }

  async restoreTo(commit: string, options: Options & { readonly at: Date }): Promise<Restored> {
    const finished = await this.#git.machine.run({ ...this.restoring(commit, options.at), ...options });
    if (finished.code !== 0) {
      const why = UNRESTORED[finished.code ?? 0] ?? "git refused";
      throw this.#refused(
        commit,
        `${why} (${ending(finished)})`,
        gitLines({ stdout: "", stderr: finished.stderr }),
        finished.code === LOCKED ? LOCK_HINT : undefined,
      );
    }
    const told = finished.stdout.split("\0");
    return { edits: named(told, "edits")[0], renamed: named(told, "renamed") };
  }

  /** The command of a careful checkout. */
  checkingOut(commit: string): Command {
    return this.#git.scripted(CHECKOUT, [this.#mark, commit, CAREFUL]);
  }

  /** The command of `restoreTo`. */
  restoring(commit: string, at: Date): Command {
    const aside = [`refs/savepoint/edits/${compactUtc(at)}`, `.before-rollback-${compactUtc(at)}`];
    return this.#git.scripted(RESTORE, [this.#mark, commit, ...aside], AUTHOR);
  }

  /** Undefined where it went through; else what git said. */
  async #tryCheckout(commit: string, options: Options): Promise<Finished | undefined> {
    const careful = this.checkingOut(commit);
    let finished = await this.#git.machine.run({ ...careful, ...options });
    if (finished.code === INTERRUPTED) {
      await this.#settle(options);
      finished = await this.#git.machine.run({ ...careful, ...options });
    }
    return finished.code === 0 ? undefined : finished;
  }

  /** A checkout of ours that was killed left files of both versions: its own end is the way out, and nothing of it is anyone's edit. */
  async #settle(options: Options): Promise<void> {
    // A mark that cannot be read was torn in writing, before any file was touched.
    const commit = (await this.interrupted()) ?? "HEAD";
    const finished = await this.#git.script(CHECKOUT, [this.#mark, commit, "--force"], options);
    if (finished.code !== 0)
      throw this.#refused(commit, `the checkout that was killed there cannot be finished (${ending(finished)})`, gitLines(finished));
  }

  #refused(commit: string, why: string, files: readonly string[], hint?: string): Failure {
    const { directory, machine } = this.#git;
    return new Failure(`${shortCommit(commit)} cannot be checked out in ${directory} on ${machine.name}: ${why}.`, {
      evidence: files.slice(0, 20),
      hint: hint ?? `Look with \`git -C ${directory} status\`; commit, move or remove what stands in the way, then try again.`,
      code: "work-tree",
    });
  }
}
