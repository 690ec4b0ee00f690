import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { labFolder, removeFolder } from "./folder.ts";

const execute = promisify(execFile);

/** The lab's git: nobody's configuration, a known identity. */
const ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

/** Runs git in a folder and returns what it said, trimmed. */
export async function git(directory: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await execute("git", ["-C", directory, ...words], { env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** A bare repository on disk, its default branch `main`, and a work tree through which commits are made. */
export interface Origin extends AsyncDisposable {
  /** What clones are made from: a path. */
  readonly url: string;
  /** A folder that is removed with the origin; clones go into it. */
  readonly folder: string;
  /** Commits files (null removes one) on top of a branch and pushes it; returns the commit. */
  commitFiles(files: Readonly<Record<string, string | null>>, message: string, branch?: string): Promise<string>;
  /** Clones it and returns the clone's folder. */
  clone(name: string, options?: { readonly depth?: number }): Promise<string>;
  /** Refuses pushes of refs that match a shell pattern (`refs/tags/v*`), with a reason, as a ruleset does. */
  refuse(pattern: string, reason: string): Promise<void>;
  allowAll(): Promise<void>;
  /** Refs by name, with the object each points at. */
  refs(): Promise<ReadonlyMap<string, string>>;
}

/** `onDisk` where an engine mounts from it, or hosts must not see it: those hide the folder of temporary files. */
export async function createOrigin({ onDisk = false }: { readonly onDisk?: boolean } = {}): Promise<Origin> {
  const folder = onDisk ? await mkdtemp(join(tmpdir(), "savepoint-git-")) : await labFolder("savepoint-git-");
  const url = join(folder, "origin.git");
  const work = join(folder, "work");
  // Without git's samples of hooks, which nobody here reads; the folder for hooks of one's own is all that is used.
  await execute("git", ["init", "--quiet", "--bare", "--initial-branch=main", "--template=", url], { env: ENVIRONMENT });
  await execute("git", ["clone", "--quiet", "--template=", url, work], { env: ENVIRONMENT });
  await mkdir(join(url, "hooks"));
  return originIn(folder);
}

/** The origin that `createOrigin` made in a folder. */
export function originIn(folder: string): Origin {
  const [url, work] = [join(folder, "origin.git"), join(folder, "work")];
  const hook = join(url, "hooks", "update");
  return {
    url,
    folder,
    async commitFiles(files, message, branch = "main") {
      const known = (await git(work, "branch", "--list", "--format=%(refname:short)")).split("\n").filter(Boolean);
      await git(
        work,
        ...(known.length === 0
          ? ["symbolic-ref", "HEAD", `refs/heads/${branch}`]
          : ["checkout", "--quiet", ...(known.includes(branch) ? [] : ["-b"]), branch]),
      );
      for (const [path, content] of Object.entries(files)) {
        const full = join(work, path);
        if (content === null) await rm(full, { force: true, recursive: true });
        else {
          await mkdir(dirname(full), { recursive: true });
          await writeFile(full, content);
        }
      }
      await git(work, "add", "--all", "--force");
      await git(work, "commit", "--quiet", "--allow-empty", "--message", message);
      await git(work, "push", "--quiet", "origin", branch);
      return await git(work, "rev-parse", "HEAD");
    },
    async clone(name, { depth } = {}) {
      const directory = join(folder, name);
      const shallow = depth === undefined ? [] : [`--depth=${depth}`, "--no-tags"];
      // file://, because a path would be copied and --depth ignored.
      await execute("git", ["clone", "--quiet", ...shallow, `file://${url}`, directory], { env: ENVIRONMENT });
      return directory;
    },
    async refuse(pattern, reason) {
      const quoted = `'${reason.replaceAll("'", `'\\''`)}'`;
      await writeFile(hook, `#!/bin/sh\ncase "$1" in ${pattern}) printf '%s\\n' ${quoted} >&2; exit 1;; esac\n`);
      await chmod(hook, 0o755);
    },
    async allowAll() {
      await rm(hook, { force: true });
    },
    async refs() {
      const text = await git(url, "for-each-ref", "--format=%(refname) %(objectname)");
      return new Map(
        text
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split(" ") as [string, string]),
      );
    },
    [Symbol.asyncDispose]: async () => await removeFolder(folder),
  };
}
