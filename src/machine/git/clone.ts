// machine/git: clones, work trees and pushes, on any machine.

import { fullCommit, isFullCommit } from "../../core/commit.ts";
import { Failure, refusal } from "../../core/failure.ts";
import type { Command, Finished, Machine } from "../../core/machine.ts";
import { Git, type GitOptions, gitLines, withoutCredentials } from "./git.ts";
import { type LoggedCommit, readLog } from "./log.ts";
import { explainNoClone } from "./no-clone.ts";
import { patientFetch } from "./patient-fetch.ts";
import { silentOrigin, unreachableOrigin } from "./unreachable-origin.ts";
import { type OutOfSight, type Restored, WorkTree } from "./work-tree.ts";

export type { LoggedCommit };

export interface Fetch extends Pick<GitOptions, "noteIn" | "signal" | "onLine"> {
  /** Refspecs instead of the configured ones. */
  readonly refs?: readonly string[];
  /** A commit that is wanted whatever branch it is on; asked for by name where the branches do not bring it. */
  readonly commit?: string | undefined;
  /** Milliseconds after which the server is asked whether it is there at all. */
  readonly patience?: number;
}

/** A git work tree on any machine. Throws a refusal where the folder is none, is bare, or is only part of one. */
export async function openClone(machine: Machine, directory: string): Promise<Clone> {
  const git = new Git(machine, directory);
  const asked = await git.run(["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir"]);
  const [bare, inside, prefix = "", gitDirectory] = asked.stdout.split("\n");
  if (asked.code !== 0 || gitDirectory === undefined) throw await explainNoClone(machine, directory, gitLines(asked));
  if (bare === "true" || inside !== "true") {
    throw refusal(`${directory} on ${machine.name} is a bare git repository, or the inside of one: it holds no files to run.`, {
      code: "clone-plain",
      hint: "Make a clone with files: git clone <repository> <folder>.",
    });
  }
  if (prefix !== "") {
    const top = directory.replace(/\/+$/, "").slice(0, -prefix.length) || "/";
    throw refusal(`${directory} on ${machine.name} is a folder inside the git clone ${top}, not a clone.`, {
      code: "clone-plain",
      hint: `A switch checks out all of a clone. If all of ${top} is the app, give that folder, and go into ${prefix.replace(/\/$/, "")} in your commands.`,
    });
  }
  return new Clone(git, gitDirectory);
}

/** Looks at a work tree, brings commits into it, and puts its files at one of them. */
export class Clone {
  readonly #git: Git;
  readonly #tree: WorkTree;
  /** What was here once stays, and what lies between two commits too: neither is asked for twice. */
  readonly #here = new Set<string>();
  readonly #between = new Map<string, readonly LoggedCommit[]>();
  /** The `.git` folder, absolute. */
  readonly gitDirectory: string;

  constructor(git: Git, gitDirectory: string) {
    this.#git = git;
    this.gitDirectory = gitDirectory;
    this.#tree = new WorkTree(git, gitDirectory);
  }

  get machine(): Machine {
    return this.#git.machine;
  }

  get directory(): string {
    return this.#git.directory;
  }

  /** For rooms that say more to git than this class does. */
  get git(): Git {
    return this.#git;
  }

  /** The commit that is checked out; undefined in a clone that was just made. */
  async current(): Promise<string | undefined> {
    return await this.resolve("HEAD");
  }

  /** The commit that is checked out, where there must be one. */
  async head(): Promise<string> {
    const commit = await this.current();
    if (commit !== undefined) return commit;
    throw refusal(`${this.directory} on ${this.machine.name} has no commit yet.`, {
      code: "unknown-commit",
      hint: "Check a version out there first: git fetch && git checkout <commit>.",
    });
  }

  /** The full commit behind a name, or undefined. Any text may be asked for. */
  async resolve(ref: string): Promise<string | undefined> {
    if (ref === "" || ref.startsWith("-") || /[\s\0]/.test(ref)) return undefined;
    const finished = await this.#git.run(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
    const commit = finished.stdout.trim();
    return finished.code === 0 && isFullCommit(commit) ? commit : undefined;
  }

  /** Whether the commit is here. */
  async has(commit: string): Promise<boolean> {
    if (this.#here.has(commit)) return true;
    if (!isFullCommit(commit) || (await this.#git.run(["cat-file", "-e", `${commit}^{commit}`])).code !== 0) return false;
    this.#here.add(commit);
    return true;
  }

  /** Whether the commit is here with all its files: a fetch that was killed may leave a commit without them. */
  async hasAll(commit: string): Promise<boolean> {
    return isFullCommit(commit) && (await this.#git.run(["rev-list", "--quiet", "--objects", "--no-walk", commit])).code === 0;
  }

  /** Whether history was cut off (`--depth`); such a clone knows few commits and often no tags. */
  async isShallow(): Promise<boolean> {
    return (await this.#git.say(["rev-parse", "--is-shallow-repository"], "looking at the clone")).trim() === "true";
  }

  /** Where `origin` is, without credentials; undefined where there is none. */
  async origin(): Promise<string | undefined> {
    const finished = await this.#git.run(["config", "--get", "remote.origin.url"]);
    return finished.code === 0 ? withoutCredentials(finished.stdout.trim()) : undefined;
  }

  /** Tracked files that differ from HEAD, staged or not. Untracked files and submodules do not count. */
  async dirtyFiles(): Promise<readonly string[]> {
    return await this.#tree.dirtyFiles();
  }

  /** Untracked files, ignored ones too, that stand where the commit has files. */
  async untrackedInTheWay(commit: string): Promise<readonly string[]> {
    return await this.#tree.untrackedInTheWay(fullCommit(commit));
  }

  /** Submodules, and edited files that git was told not to look at, where a checkout of the commit would touch them. */
  async outOfSight(commit: string): Promise<OutOfSight> {
    return await this.#tree.outOfSight(fullCommit(commit));
  }

  /** The commit of a checkout of ours that was killed half-way; undefined where none was. */
  async interruptedCheckout(): Promise<string | undefined> {
    return await this.#tree.interrupted();
  }

  /** Waits, before a checkout, for a git of somebody's that is at work there; `waiting` hears which. Throws where it does not end in time. */
  async awaitOthers(commit: string, waiting: (which: string) => void): Promise<void> {
    await this.#tree.awaitOthers(fullCommit(commit), waiting);
  }

  /** Puts the files at a commit, detached, after a checkout of ours that was killed. Throws where edits or untracked files would be lost. */
  async checkout(commit: string, options: Pick<GitOptions, "noteIn"> = {}): Promise<void> {
    await this.#tree.checkout(fullCommit(commit), options);
  }

  /** The command that `checkout` runs; with a time the one of `restoreTo`, which needs nobody who waits for it. */
  placing(commit: string, at?: Date): Command {
    return at === undefined ? this.#tree.checkingOut(fullCommit(commit)) : this.#tree.restoring(fullCommit(commit), at);
  }

  /** Puts the files at a commit whatever stands in the way; local edits and files in the way are kept aside, and named. */
  async restoreTo(commit: string, options: Pick<GitOptions, "noteIn"> & { readonly at: Date }): Promise<Restored> {
    return await this.#tree.restoreTo(fullCommit(commit), options);
  }

  /**
   * Brings new commits and tags from origin; tags that moved there move here. Changes no file of the work tree.
   * Throws a Failure of code `origin-unreachable` with git's last lines. Resolves to whether `commit` is here now.
   */
  async fetch(what: Fetch = {}): Promise<boolean> {
    // A fetch into a clone with its history cut off may bring more of it.
    this.#between.clear();
    const { refs = [], commit, ...options } = what;
    // A shallow clone asked for all tags would bring all history behind them.
    const tags = refs.length > 0 || (await this.isShallow()) ? [] : ["--tags"];
    const finished = await this.#fetch(["--force", ...tags, "origin", ...refs], options);
    // One tag that cannot be stored fails the fetch as a whole; what is wanted may have come all the same.
    if (finished.code !== 0 && !(commit !== undefined && (await this.hasAll(commit)))) throw await unreachableOrigin(this, finished);
    if (commit === undefined || (await this.hasAll(commit))) return true;
    if (!isFullCommit(commit)) return false;
    return (await this.#fetch(["--no-tags", "origin", commit], options)).code === 0 && (await this.hasAll(commit));
  }

  /** The commits after `from` up to `to`, newest first, at most `max`. Without `from` (or one that is not here): the last ones. */
  async log(from: string | undefined, to: string, max: number): Promise<readonly LoggedCommit[]> {
    const range = from !== undefined && (await this.has(from)) ? `${from}..${fullCommit(to)}` : fullCommit(to);
    const key = `${range} ${max}`;
    const before = this.#between.get(key);
    if (before !== undefined) return before;
    const commits = await readLog(this.#git, range, max);
    this.#between.set(key, commits);
    return commits;
  }

  /** The first line of a commit's message; undefined where the commit is not here. */
  async subject(commit: string): Promise<string | undefined> {
    if (!(await this.has(commit))) return undefined;
    return (await this.log(undefined, commit, 1))[0]?.subject;
  }

  /** Whether `older` is in the history of `newer`. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    return (await this.#git.run(["merge-base", "--is-ancestor", fullCommit(older), fullCommit(newer)])).code === 0;
  }

  /** Names of the files right in a folder of a commit (not below), or undefined where the commit has no such folder. */
  async listFiles(commit: string, directory: string): Promise<readonly string[] | undefined> {
    const folder = tidy(directory);
    const path = folder === "" ? [] : ["--", `${folder}/`];
    const text = await this.#git.say(["ls-tree", "-z", "--full-tree", fullCommit(commit), ...path], `listing ${directory}`);
    if (text === "") return undefined;
    const files = text.split("\0").filter((entry) => entry.split(" ")[1] === "blob");
    return files.map((entry) => entry.slice(entry.indexOf("\t") + 1).slice(folder === "" ? 0 : folder.length + 1));
  }

  /** A file's text at a commit, or undefined where the commit has no such file. */
  async readFile(commit: string, path: string): Promise<string | undefined> {
    const name = `${fullCommit(commit)}:${tidy(path)}`;
    const type = await this.#git.run(["cat-file", "-t", name]);
    if (type.code !== 0 || type.stdout.trim() !== "blob") return undefined;
    return await this.#git.say(["cat-file", "blob", name], `reading ${path}`, { whole: true });
  }

  /** Bytes that a checkout of the commit would write: its files that differ from what is checked out. */
  async checkoutBytes(commit: string): Promise<number> {
    const before =
      (await this.current()) ?? (await this.#git.say(["hash-object", "-t", "tree", "--stdin"], "comparing the versions")).trim();
    const raw = await this.#git.say(
      ["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=d", before, fullCommit(commit)],
      "comparing the versions",
    );
    // `:100644 100644 <old> <new> M`, then the path.
    const blobs = raw
      .split("\0")
      .filter((field) => /^:\d+ 1\d+ /.test(field))
      .map((field) => field.split(" ")[3] ?? "");
    if (blobs.length === 0) return 0;
    const sizes = await this.#git.say(["cat-file", "--batch-check=%(objectsize)"], "measuring the files", {
      stdin: `${blobs.join("\n")}\n`,
    });
    return sizes.split("\n").reduce((sum, size) => sum + (/^\d+$/.test(size) ? Number(size) : 0), 0);
  }

  async #fetch(words: readonly string[], { patience, ...options }: Omit<Fetch, "refs" | "commit">): Promise<Finished> {
    return await patientFetch(this.#git, words, options, patience).catch(async (error: unknown) => {
      throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(this, error) : error;
    });
  }
}

/** As git knows paths in a commit: no leading `./` or `/`, no trailing `/`. */
function tidy(path: string): string {
  return path.replaceAll(/^(?:\.?\/+)+|\/+$/g, "").replace(/^\.$/, "");
}
