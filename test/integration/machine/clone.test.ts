import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { type Clone, openClone } from "../../../src/machine/git/clone.ts";
import { gitProgress } from "../../../src/machine/git/progress.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { refuseObstacles } from "../../../src/rollout/obstacles.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";

const machine = localMachine();
const AT = new Date("2026-11-20T14:30:22Z");
let origin: Origin;
let first: string;

beforeEach(async () => {
  origin = await createOrigin();
  first = await origin.commitFiles({ "app.txt": "one\n", ".gitignore": ".env\n" }, "one");
});
afterEach(async () => await origin[Symbol.asyncDispose]());

async function host(options?: { readonly depth?: number }): Promise<Clone> {
  return await openClone(machine, await origin.clone("host", options));
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

test("what git does not tell of and cannot be looked at is told, and never counts as nothing", async () => {
  const clone = await host();
  writeFileSync(join(clone.directory, ".git", "index"), "no index");
  const told = await failure(clone.outOfSight(first));
  expect(told).toMatchObject({ code: "git-failed", message: expect.stringContaining("Looking at what git does not tell of failed in") });
  expect(told.evidence.join("\n")).toContain("index");
});

describe("opening", () => {
  test("a missing folder, a plain folder, a bare repository and a folder inside a clone are told apart", async () => {
    const plain = join(origin.folder, "plain");
    mkdirSync(plain);
    expect((await failure(openClone(machine, join(origin.folder, "none")))).message).toContain("does not exist");
    expect((await failure(openClone(machine, plain))).message).toContain("is not a git clone");
    expect((await failure(openClone(machine, origin.url))).message).toContain("bare");
    const clone = await host();
    mkdirSync(join(clone.directory, "apps", "shop"), { recursive: true });
    const inside = await failure(openClone(machine, join(clone.directory, "apps", "shop")));
    expect(inside.message).toContain(`inside the git clone ${clone.directory}`);
    expect(inside.exit).toBe(2);
  });

  test("a clone that belongs to somebody else is refused with the command that allows it", async () => {
    const clone = await host();
    execFileSync("chmod", ["-R", "a+rX", origin.folder]);
    const name = "nobody";
    const uid = Number(execFileSync("id", ["-u", name], { encoding: "utf8" }));
    const other = {
      ...machine,
      login: `${name}@here`,
      run: async (command: Parameters<typeof machine.run>[0]) =>
        await machine.run({ ...command, words: ["setpriv", `--reuid=${uid}`, "--clear-groups", ...command.words] }),
    };
    const error = await failure(openClone(other, clone.directory));
    expect(error.message).toContain("belongs to user 0");
    expect(error.hint).toContain(`safe.directory ${clone.directory}`);
  });
});

describe("looking", () => {
  test("hostile names resolve to nothing and run nothing", async () => {
    const clone = await host();
    for (const name of [
      "--upload-pack=touch /tmp/x",
      "-h",
      "a b",
      "a\nb",
      "",
      "$(touch x)",
      "`id`",
      "é🦀",
      "main..main",
      "refs/heads/none",
    ]) {
      expect(await clone.resolve(name), name).toBeUndefined();
    }
    expect(await clone.resolve("main")).toBe(first);
    expect(await clone.resolve(first.slice(0, 8))).toBe(first);
  });

  test("edited and staged tracked files are dirty, untracked ones are not, whatever their names", async () => {
    await origin.commitFiles({ "with space 'quote'.txt": "x", "b.txt": "b\n".repeat(50) }, "two");
    const clone = await host();
    expect(await clone.dirtyFiles()).toEqual([]);
    writeFileSync(join(clone.directory, ".env"), "SECRET=1");
    writeFileSync(join(clone.directory, "upload.bin"), "1");
    expect(await clone.dirtyFiles()).toEqual([]);
    writeFileSync(join(clone.directory, "with space 'quote'.txt"), "y");
    await git(clone.directory, "mv", "b.txt", "ünï.txt");
    expect([...(await clone.dirtyFiles())].sort()).toEqual(["with space 'quote'.txt", "ünï.txt"].sort());
  });

  test("commits are listed with hostile subjects intact", async () => {
    const second = await origin.commitFiles({}, "fix: `$(rm -rf /)` <b>\u001b[31mé</b> | %H");
    const clone = await host();
    const log = await clone.log(first, second, 10);
    expect(log.map((entry) => [entry.commit, entry.subject, entry.author])).toEqual([
      [second, "fix: `$(rm -rf /)` <b>\u001b[31mé</b> | %H", "Ada"],
    ]);
    expect(Date.parse(log[0]?.date ?? "")).not.toBeNaN();
    expect(await clone.log(undefined, second, 10)).toHaveLength(2);
    expect(await clone.subject(first)).toBe("one");
    expect(await clone.subject("0".repeat(40))).toBeUndefined();
  });

  test("a commit that was seen, and what lies between two, is not asked for again; one that is missing is", async () => {
    const directory = await origin.clone("host");
    const second = await origin.commitFiles({}, "two");
    const asked: string[] = [];
    const counting: Machine = {
      ...machine,
      run: async (command) => {
        asked.push(command.words[3] ?? "");
        return await machine.run(command);
      },
    };
    const clone = await openClone(counting, directory);
    expect([await clone.has(second), await clone.has(first), await clone.has(first)]).toEqual([false, true, true]);
    await git(directory, "fetch", "--quiet");
    expect(await clone.has(second)).toBe(true);
    expect(await clone.log(first, second, 10)).toEqual(await clone.log(first, second, 10));
    expect(await clone.log(first, second, 10)).toHaveLength(1);
    expect(asked).toEqual(["rev-parse", "cat-file", "cat-file", "cat-file", "log"]);
  });

  test("files of a commit are read without checking it out", async () => {
    const bytes = "\uFEFFCREATE TABLE é;\r\n";
    const second = await origin.commitFiles(
      { "db/migrations/001__a b.sql": bytes, "db/migrations/old/000.sql": "x", "db/readme": "r" },
      "two",
    );
    const clone = await host();
    await git(clone.directory, "checkout", "--quiet", first);
    expect(await clone.listFiles(second, "./db/migrations/")).toEqual(["001__a b.sql"]);
    expect(await clone.listFiles(second, ".")).toEqual([".gitignore", "app.txt"]);
    expect(await clone.listFiles(second, "db/none")).toBeUndefined();
    expect(await clone.readFile(second, "db/migrations/001__a b.sql")).toBe(bytes);
    expect(await clone.readFile(second, "db/none")).toBeUndefined();
    expect(await clone.readFile(second, "db")).toBeUndefined();
  });
});

describe("fetching", () => {
  test("brings branches, moved tags and a commit that is on no branch, and changes no file", async () => {
    const clone = await host();
    await git(clone.directory, "tag", "latest-stable", first);
    const side = await origin.commitFiles({ "app.txt": "side" }, "side", "feature");
    await git(origin.url, "tag", "latest-stable", side);
    const lost = await origin.commitFiles({ "app.txt": "lost" }, "lost", "gone");
    await git(origin.url, "branch", "-D", "gone");
    const [said, progress] = [[] as string[], gitProgress({ now: () => new Date() })];
    expect(await clone.fetch({ onLine: (line) => said.push(progress(line) ?? "") })).toBe(true);
    expect(said).toContainEqual(expect.stringMatching(/^counting objects: \d+ of \d+$/));
    expect(await clone.resolve("refs/remotes/origin/feature")).toBe(side);
    expect(await clone.resolve("latest-stable")).toBe(side);
    expect(await clone.fetch({ commit: lost })).toBe(true);
    expect(await clone.fetch({ commit: "1".repeat(40) })).toBe(false);
    expect(await clone.head()).toBe(first);
    expect(readFileSync(join(clone.directory, "app.txt"), "utf8")).toBe("one\n");
  });

  test("a shallow clone stays shallow and still gets the commit", async () => {
    await origin.commitFiles({ "app.txt": "two" }, "two");
    await git(origin.url, "tag", "old", first);
    const clone = await host({ depth: 1 });
    expect(await clone.isShallow()).toBe(true);
    const third = await origin.commitFiles({ "app.txt": "three" }, "three");
    expect(await clone.fetch({ commit: third })).toBe(true);
    expect(await clone.has(first)).toBe(false);
    expect(await clone.isShallow()).toBe(true);
  });

  test("an origin that cannot be reached is said with git's words and without credentials", async () => {
    const clone = await host();
    await git(clone.directory, "remote", "set-url", "origin", "http://user:hunter2@127.0.0.1:1/x.git");
    const error = await failure(clone.fetch());
    expect(error.code).toBe("origin-unreachable");
    expect(error.evidence.length).toBeGreaterThan(0);
    expect(JSON.stringify([error.message, error.evidence, error.hint])).not.toContain("hunter2");
    expect(error.message).toContain("http://***@127.0.0.1:1/x.git");
  });

  test("a server that accepts and says nothing is given up, and named", async () => {
    const clone = await host();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await git(clone.directory, "remote", "set-url", "origin", `git://127.0.0.1:${port}/x.git`);
      const error = await failure(clone.fetch({ patience: 200 }));
      expect(error).toMatchObject({ code: "origin-unreachable" });
      expect(error.message).toContain(`cannot fetch from git://127.0.0.1:${port}/x.git: The server did not answer within`);
      expect(error.hint).toContain("`transport: push`");
      expect(error.hint).toContain(`git -C ${clone.directory} ls-remote origin`);
    } finally {
      server.close();
    }
  });

  test("a lock that a killed git left is named with the command that removes it", async () => {
    const clone = await host();
    await origin.commitFiles({ "app.txt": "two" }, "two");
    const lock = join(clone.gitDirectory, "refs/remotes/origin/main.lock");
    writeFileSync(lock, "");
    // Somebody else's, elsewhere: not what stood in the way.
    writeFileSync(join(clone.gitDirectory, "refs/heads/mine.lock"), "");
    const error = await failure(clone.fetch());
    expect(error).toMatchObject({ code: "git-lock" });
    expect(error.hint).toBe(`Where no git command runs there (\`ps\` shows it): rm ${lock}`);
    execFileSync("rm", [lock]);
    expect(await clone.fetch()).toBe(true);
  });

  test("a commit whose files did not all arrive is not taken for whole", async () => {
    const clone = await host();
    const second = await origin.commitFiles({ "big.txt": "only here" }, "two");
    await git(clone.directory, "fetch", "--quiet");
    const blob = await git(clone.directory, "rev-parse", `${second}:big.txt`);
    execFileSync("rm", ["-f", join(clone.directory, ".git/objects", blob.slice(0, 2), blob.slice(2))]);
    expect(await clone.has(second)).toBe(true);
    expect(await clone.hasAll(second)).toBe(false);
  });
});

describe("checking out", () => {
  let clone: Clone;
  let second: string;
  const at = (name: string) => join(clone.directory, name);
  beforeEach(async () => {
    clone = await host();
    second = await origin.commitFiles({ "app.txt": "two\n", "new.txt": "new\n", "dir/file": "d\n" }, "two");
    await clone.fetch();
  });

  test("puts the files there, detached, and leaves untracked ones", async () => {
    writeFileSync(at(".env"), "SECRET=1");
    writeFileSync(at("upload.bin"), "1");
    await clone.checkout(second);
    expect(await clone.head()).toBe(second);
    expect(readFileSync(at("app.txt"), "utf8")).toBe("two\n");
    expect(readFileSync(at(".env"), "utf8")).toBe("SECRET=1");
    expect(existsSync(at("upload.bin"))).toBe(true);
    await clone.checkout(second);
    await clone.checkout(first);
    expect(existsSync(at("new.txt"))).toBe(false);
    expect(await clone.interruptedCheckout()).toBeUndefined();
  });

  test("a file may become a folder and a folder a file", async () => {
    const third = await origin.commitFiles({ dir: null, "app.txt": null }, "less");
    const fourth = await origin.commitFiles({ dir: "now a file", "app.txt/part": "now a folder" }, "swapped");
    await clone.fetch();
    await clone.checkout(second);
    await clone.checkout(fourth);
    expect(readFileSync(at("dir"), "utf8")).toBe("now a file");
    await clone.checkout(second);
    await clone.checkout(third);
    expect(await clone.dirtyFiles()).toEqual([]);
  });

  test("local edits are refused by name and kept", async () => {
    writeFileSync(at("app.txt"), "edited by hand\n");
    const error = await failure(clone.checkout(second));
    expect(error.evidence).toEqual(["app.txt"]);
    expect(readFileSync(at("app.txt"), "utf8")).toBe("edited by hand\n");
    expect(await clone.head()).toBe(first);
  });

  test("an untracked file that would be overwritten is refused by name and kept, an ignored one too", async () => {
    const third = await origin.commitFiles({ ".env": "from git" }, "three");
    await clone.fetch();
    writeFileSync(at("new.txt"), "mine");
    writeFileSync(at(".env"), "SECRET=1");
    const error = await failure(clone.checkout(third));
    expect([...error.evidence].sort()).toEqual([".env", "new.txt"]);
    expect(readFileSync(at("new.txt"), "utf8")).toBe("mine");
    expect(readFileSync(at(".env"), "utf8")).toBe("SECRET=1");
    expect(await clone.interruptedCheckout()).toBeUndefined();
  });

  test("an ignored file alone is enough to refuse", async () => {
    const third = await origin.commitFiles({ ".env": "from git" }, "three");
    await clone.fetch();
    writeFileSync(at(".env"), "SECRET=1");
    expect((await failure(clone.checkout(third))).evidence).toEqual([".env"]);
    expect(readFileSync(at(".env"), "utf8")).toBe("SECRET=1");
    expect(await clone.head()).toBe(first);
  });

  test("a restore goes through, and keeps edits and files in the way", async () => {
    await clone.checkout(second);
    writeFileSync(at("app.txt"), "npm install wrote this\n");
    const target = await origin.commitFiles({ ".env": "from git", "app.txt": "target\n" }, "target");
    await clone.fetch();
    writeFileSync(at(".env"), "SECRET=1");
    const restored = await clone.restoreTo(target, { at: AT });
    expect(readFileSync(at("app.txt"), "utf8")).toBe("target\n");
    expect(restored.renamed).toEqual([".env.before-rollback-20261120T143022Z"]);
    expect(readFileSync(at(".env.before-rollback-20261120T143022Z"), "utf8")).toBe("SECRET=1");
    expect(await git(clone.directory, "show", `${restored.edits}:app.txt`)).toBe("npm install wrote this");
    expect(await clone.head()).toBe(target);
  });

  test("a restore keeps whatever of somebody's stands where that version has files: a folder, a file, a clone of another", async () => {
    const target = await origin.commitFiles({ "data/of/it": "target", lib: "target", "vendor/x": "target" }, "target");
    await clone.fetch();
    mkdirSync(at("lib/deep"), { recursive: true });
    writeFileSync(at("lib/deep/mine"), "mine");
    mkdirSync(at("data"));
    writeFileSync(at("data/of"), "mine too");
    await git(origin.folder, "init", "--quiet", at("vendor"));
    writeFileSync(at("vendor/x"), "cloned");
    await git(at("vendor"), "add", "x");
    await git(at("vendor"), "-c", "user.name=b", "-c", "user.email=b@b", "commit", "--quiet", "-m", "theirs");
    writeFileSync(at("vendor/edited"), "edited");
    const { renamed } = await clone.restoreTo(target, { at: AT });
    const aside = ".before-rollback-20261120T143022Z";
    expect([...renamed].sort()).toEqual([`data/of${aside}`, `lib${aside}`, `vendor${aside}`]);
    expect(["data/of/it", "lib", "vendor/x"].map((path) => readFileSync(at(path), "utf8"))).toEqual(["target", "target", "target"]);
    expect(readFileSync(at(`lib${aside}/deep/mine`), "utf8")).toBe("mine");
    expect(readFileSync(at(`data/of${aside}`), "utf8")).toBe("mine too");
    expect(readFileSync(at(`vendor${aside}/edited`), "utf8")).toBe("edited");
    expect(await git(at(`vendor${aside}`), "log", "--format=%s")).toBe("theirs");
    expect(await clone.dirtyFiles()).toEqual([]);
  });

  test("a restore keeps what was put in the place of tracked files: a folder, a file, a clone, a link", async () => {
    const target = await origin.commitFiles({ a: "target", "b/x": "target", c: "target", "d/x": "target" }, "target");
    await clone.fetch();
    await clone.checkout(target);
    for (const path of ["a", "b", "c", "d"]) rmSync(at(path), { recursive: true });
    mkdirSync(at("a/deep"), { recursive: true });
    writeFileSync(at("a/deep/mine"), "mine");
    writeFileSync(at("b"), "mine too");
    await git(origin.folder, "init", "--quiet", at("c"));
    writeFileSync(at("c/x"), "cloned");
    symlinkSync(join(origin.folder, "elsewhere"), at("d"));
    const { renamed } = await clone.restoreTo(first, { at: AT });
    const aside = ".before-rollback-20261120T143022Z";
    expect([...renamed].sort()).toEqual(["a", "b", "c", "d"].map((path) => `${path}${aside}`));
    expect(readFileSync(at(`a${aside}/deep/mine`), "utf8")).toBe("mine");
    expect(readFileSync(at(`b${aside}`), "utf8")).toBe("mine too");
    expect(readFileSync(at(`c${aside}/x`), "utf8")).toBe("cloned");
    expect(readlinkSync(at(`d${aside}`))).toBe(join(origin.folder, "elsewhere"));
    expect([await clone.head(), await clone.dirtyFiles()]).toEqual([first, []]);
    await clone.checkout(target);
    expect(["a", "b/x", "c", "d/x"].map((path) => readFileSync(at(path), "utf8"))).toEqual(["target", "target", "target", "target"]);
  });

  test("a restore keeps a file where that version has a submodule, and a submodule where it has files; a submodule's folder stays", async () => {
    const theirs = join(origin.folder, "theirs");
    await git(origin.folder, "init", "--quiet", theirs);
    writeFileSync(join(theirs, "x"), "theirs");
    await git(theirs, "add", "x");
    await git(theirs, "-c", "user.name=b", "-c", "user.email=b@b", "commit", "--quiet", "-m", "theirs");
    const module = await git(theirs, "rev-parse", "HEAD");
    const link = async (...paths: readonly string[]): Promise<void> => {
      for (const path of paths) await git(clone.directory, "update-index", "--add", "--replace", "--cacheinfo", `160000,${module},${path}`);
    };
    const commit = async (): Promise<string> => {
      await git(clone.directory, "-c", "user.name=b", "-c", "user.email=b@b", "commit", "--quiet", "-m", "modules");
      return await git(clone.directory, "rev-parse", "HEAD");
    };
    const files = await origin.commitFiles({ folder: "a file", "files/x": "target" }, "files");
    await clone.fetch();
    await clone.checkout(files);
    await link("file", "same");
    const target = await commit();
    await git(clone.directory, "rm", "--quiet", "--cached", "-r", "file", "same", "folder", "files");
    for (const path of ["file", "same", "folder", "files"]) rmSync(at(path), { recursive: true, force: true });
    await link("folder", "files");
    await commit();
    for (const path of ["folder", "files", "same"]) await git(origin.folder, "clone", "--quiet", theirs, at(path));
    for (const path of ["file", "folder/x", "files/x", "same/x"]) writeFileSync(at(path), "mine");
    const { renamed } = await clone.restoreTo(target, { at: AT });
    const aside = ".before-rollback-20261120T143022Z";
    expect([...renamed].sort()).toEqual(["file", "files", "folder"].map((path) => `${path}${aside}`));
    const kept = [`file${aside}`, `folder${aside}/x`, `files${aside}/x`, "same/x"];
    expect(kept.map((path) => readFileSync(at(path), "utf8"))).toEqual(["mine", "mine", "mine", "mine"]);
    expect(["folder", "files/x"].map((path) => readFileSync(at(path), "utf8"))).toEqual(["a file", "target"]);
    expect(await clone.head()).toBe(target);
  });

  describe("what git does not tell of", () => {
    const aside = ".before-rollback-20261120T143022Z";
    const by = ["-c", "user.name=b", "-c", "user.email=b@b"];
    const commitIn = async (folder: string): Promise<string> => {
      await git(folder, ...by, "commit", "--quiet", "-m", "by hand");
      return await git(folder, "rev-parse", "HEAD");
    };
    /** Submodules as somebody cloned them there, where `target` has something else. */
    async function submodules(target: Readonly<Record<string, string>>, ...paths: readonly string[]): Promise<string> {
      const theirs = join(origin.folder, "theirs");
      await git(origin.folder, "init", "--quiet", theirs);
      writeFileSync(join(theirs, "x"), "theirs");
      await git(theirs, "add", "x");
      const module = await commitIn(theirs);
      const to = await origin.commitFiles(target, "files");
      await clone.fetch();
      for (const path of paths) {
        await git(clone.directory, "update-index", "--add", "--cacheinfo", `160000,${module},${path}`);
        await git(origin.folder, "clone", "--quiet", theirs, at(path));
      }
      await commitIn(clone.directory);
      return to;
    }

    test.each([
      ["the version has a file", "mod", { mod: "a file" }, "mod/mine"],
      ["it has a file in it, in a folder's place", "mod", { "mod/mine": "a file" }, "mod/mine/deep"],
      ["it has a file above it", "lib/mod", { lib: "a file" }, "lib/mod/mine"],
    ])("a submodule where %s: refused by a deploy, and kept as a whole by a way back", async (_, path, files, mine) => {
      const target = await submodules(files, path);
      mkdirSync(join(at(mine), ".."), { recursive: true });
      writeFileSync(at(mine), "mine");
      const error = await failure(clone.checkout(target));
      expect([error.message, error.evidence]).toEqual([expect.stringContaining("folders of submodules"), [path]]);
      expect(readFileSync(at(mine), "utf8")).toBe("mine");
      const top = path.split("/")[0] ?? "";
      expect((await clone.restoreTo(target, { at: AT })).renamed).toEqual([`${top}${aside}`]);
      expect(readFileSync(at(mine.replace(top, `${top}${aside}`)), "utf8")).toBe("mine");
      expect(await git(at(path.replace(top, `${top}${aside}`)), "log", "--format=%s")).toBe("by hand");
      expect(readFileSync(at(Object.keys(files)[0] ?? ""), "utf8")).toBe("a file");
      expect([await clone.head(), await clone.dirtyFiles()]).toEqual([target, []]);
    });

    test("a submodule that git checked out by itself, and nobody touched, goes like any file", async () => {
      const target = await submodules({ mod: "a file" }, "mod");
      await git(clone.directory, "config", "-f", ".gitmodules", "submodule.mod.path", "mod");
      await git(clone.directory, "config", "-f", ".gitmodules", "submodule.mod.url", join(origin.folder, "theirs"));
      await git(clone.directory, "submodule", "absorbgitdirs");
      rmSync(at(".gitmodules"));
      await clone.checkout(target);
      expect([readFileSync(at("mod"), "utf8"), await clone.dirtyFiles()]).toEqual(["a file", []]);
    });

    test.each(["--skip-worktree", "--assume-unchanged"])(
      "files that %s hides: a way back keeps what it would change, and leaves the rest",
      async (flag) => {
        const third = await origin.commitFiles({ "app.txt": "three\n" }, "three");
        await clone.fetch();
        await clone.checkout(third);
        await git(clone.directory, "update-index", flag, "app.txt", "new.txt");
        writeFileSync(at("app.txt"), "mine\n");
        writeFileSync(at("new.txt"), "my own settings\n");
        writeFileSync(at("dir/file"), "edited\n");
        const { edits } = await clone.restoreTo(second, { at: AT });
        expect(await git(clone.directory, "show", `${edits}:app.txt`, `${edits}:dir/file`)).toBe("mine\nedited");
        expect(["app.txt", "dir/file", "new.txt"].map((path) => readFileSync(at(path), "utf8"))).toEqual([
          "two\n",
          "d\n",
          "my own settings\n",
        ]);
        expect([await clone.head(), await clone.dirtyFiles()]).toEqual([second, []]);
        // As it was told, and no more: what stays hidden is still so.
        expect(await git(clone.directory, "ls-files", "-v", "new.txt")).toBe(`${flag === "--skip-worktree" ? "S" : "h"} new.txt`);
        const again = await clone.restoreTo(first, { at: new Date(AT.getTime() + 1000) });
        expect(await git(clone.directory, "show", `${again.edits}:new.txt`)).toBe("my own settings");
        expect([await clone.head(), existsSync(at("new.txt"))]).toEqual([first, false]);
      },
    );

    test.each(["--skip-worktree", "--assume-unchanged"])(
      "an edit that %s hides is refused by a deploy, by name, while nothing is touched",
      async (flag) => {
        await git(clone.directory, "update-index", flag, "app.txt");
        await refuseObstacles(clone, second);
        writeFileSync(at("app.txt"), "mine\n");
        const early = await failure(refuseObstacles(clone, second));
        expect([early.exit, early.evidence]).toEqual([2, ["app.txt"]]);
        expect((await failure(clone.checkout(second))).evidence).toEqual(["app.txt"]);
        expect([await clone.head(), readFileSync(at("app.txt"), "utf8")]).toEqual([first, "mine\n"]);
        // What is printed is enough.
        for (const command of /Have git look again: (.*?)\. Then/.exec(early.hint ?? "")?.[1]?.split(" && ") ?? [])
          execFileSync("sh", ["-c", command]);
        expect(await clone.dirtyFiles()).toEqual(["app.txt"]);
        await git(clone.directory, ...by, "stash", "--quiet");
        await clone.checkout(second);
        expect(await clone.head()).toBe(second);
      },
    );

    test("a file that was only announced (`add -N`) is no end of a way back: it lies there untracked, or renamed", async () => {
      const target = await origin.commitFiles({ later: "target" }, "target");
      await clone.fetch();
      for (const name of ["later", "note", "gone"]) writeFileSync(at(name), "mine");
      await git(clone.directory, "add", "-N", "later", "note", "gone");
      rmSync(at("gone"));
      expect((await failure(clone.checkout(target))).evidence).toContain("note");
      expect(await clone.restoreTo(target, { at: AT })).toMatchObject({ renamed: [`later${aside}`] });
      expect(["later", "note", `later${aside}`].map((name) => readFileSync(at(name), "utf8"))).toEqual(["target", "mine", "mine"]);
      expect([await clone.head(), await clone.dirtyFiles()]).toEqual([target, []]);
    });

    test("a merge that was left open is no end of a way back: its files are kept as they lie there", async () => {
      const base = await origin.commitFiles({ "a.txt": "base\n", "b.txt": "base\n", "c.txt": "base\n" }, "base");
      const theirs = await origin.commitFiles({ "a.txt": "theirs\n", "b.txt": "theirs\n", "c.txt": null }, "theirs");
      await clone.fetch();
      await git(clone.directory, "checkout", "--quiet", "--detach", base);
      for (const name of ["a.txt", "b.txt", "c.txt"]) writeFileSync(at(name), "mine\n");
      await git(clone.directory, "add", ".");
      await commitIn(clone.directory);
      await git(clone.directory, ...by, "merge", "--quiet", theirs).catch(() => undefined);
      rmSync(at("b.txt"));
      expect(await git(clone.directory, "status", "--porcelain")).toMatch(/^UU a.txt/);
      expect((await failure(clone.checkout(second))).evidence).toContain("a.txt");
      const { edits } = await clone.restoreTo(second, { at: AT });
      expect(await git(clone.directory, "show", `${edits}:a.txt`)).toMatch(/<<<<<<< HEAD\nmine\n=======\ntheirs/);
      expect(await git(clone.directory, "show", `${edits}:c.txt`)).toBe("mine");
      expect([await clone.head(), await clone.dirtyFiles(), await git(clone.directory, "status", "--porcelain")]).toEqual([second, [], ""]);
    });
  });

  test("a lock that a killed git left holds up neither a way back with edits nor a deploy; one of a git that lives is waited for, and named", async () => {
    const lock = join(clone.gitDirectory, "index.lock");
    writeFileSync(lock, "");
    await clone.checkout(second);
    writeFileSync(lock, "");
    writeFileSync(at("app.txt"), "edited by hand\n");
    const { edits } = await clone.restoreTo(first, { at: AT });
    expect(await git(clone.directory, "show", `${edits}:app.txt`)).toBe("edited by hand");
    expect([await clone.head(), existsSync(lock)]).toEqual([first, false]);
    // A commit whose editor is open owns its lock.
    writeFileSync(lock, "");
    const owner = spawn("git", ["-C", clone.directory, "-c", "user.name=b", "-c", "user.email=b@b", "hash-object", "--stdin"]);
    try {
      const error = await failure(clone.restoreTo(second, { at: AT }));
      expect(error.message).toContain("another git command works there");
      expect(error.evidence.join("\n")).toContain(`${lock} is held by git (process ${owner.pid})`);
      expect([await clone.head(), existsSync(lock)]).toEqual([first, true]);
    } finally {
      owner.kill("SIGKILL");
      await once(owner, "close");
    }
    await clone.restoreTo(second, { at: AT });
    expect(await clone.head()).toBe(second);
  });

  test("a checkout that was killed half-way is known, finished, and gone back from", async () => {
    // As SIGKILL leaves it: the mark, git's lock, and files of both versions.
    writeFileSync(join(clone.gitDirectory, "savepoint-checkout"), `${second}\n`);
    writeFileSync(join(clone.gitDirectory, "index.lock"), "");
    writeFileSync(at("app.txt"), "tw");
    writeFileSync(at("new.txt"), "new\n");
    expect(await clone.interruptedCheckout()).toBe(second);
    const restored = await clone.restoreTo(first, { at: AT });
    expect(restored).toEqual({ edits: undefined, renamed: [] });
    expect(readFileSync(at("app.txt"), "utf8")).toBe("one\n");
    expect(existsSync(at("new.txt"))).toBe(false);
    expect(await clone.interruptedCheckout()).toBeUndefined();
    expect(await clone.dirtyFiles()).toEqual([]);
  });

  test("what a checkout would write is known before", async () => {
    expect(await clone.checkoutBytes(first)).toBe(0);
    expect(await clone.checkoutBytes(second)).toBe("two\n".length + "new\n".length + "d\n".length);
  });

  test("a checkout that git refuses changes nothing and leaves no mark", async () => {
    const third = await origin.commitFiles({ "log/app": "x" }, "three");
    await clone.fetch();
    writeFileSync(at("log"), "an untracked file where a folder would come");
    const error = await failure(clone.checkout(third));
    expect(error.evidence.join("\n")).toContain("log");
    expect(readFileSync(at("log"), "utf8")).toContain("untracked");
    expect(await clone.head()).toBe(first);
    expect(await clone.interruptedCheckout()).toBeUndefined();
  });
});
