import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { type Clone, openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { gitProgress } from "../../../src/machine/git/progress.ts";
import { hasWhole, pushCommit } from "../../../src/machine/git/push.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";
import { machineOn } from "../../lab/machines.ts";
import { type Sshd, startSshd } from "../../lab/sshd.ts";

const here = localMachine();
let origin: Origin;
let first: string;
let sshd: Sshd;
let remote: Machine;

beforeAll(async () => {
  sshd = await startSshd();
  remote = await machineOn(sshd);
});
afterAll(async () => {
  await remote[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(async () => {
  origin = await createOrigin();
  first = await origin.commitFiles({ "app.txt": "one\n", "é 'x' $(id).txt": "same\n" }, "one");
});
afterEach(async () => await origin[Symbol.asyncDispose]());

/** The host's clone, which cannot read the repository any more. */
async function host(name = "host dir", options?: { readonly depth?: number }, machine: Machine = remote): Promise<Clone> {
  const clone = await openClone(machine, await origin.clone(name, options));
  await git(clone.directory, "remote", "set-url", "origin", "/nowhere");
  return clone;
}

async function checkout(name: string, options?: { readonly depth?: number }): Promise<Clone> {
  return await openClone(here, await origin.clone(name, options));
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

function asRoot(...words: readonly string[]): void {
  const [program = "", ...rest] = process.getuid?.() === 0 ? words : ["sudo", "-n", ...words];
  execFileSync(program, rest);
}

async function sound(clone: Clone): Promise<void> {
  expect(await git(clone.directory, "fsck", "--connectivity-only", "--no-dangling")).toBe("");
  expect(readdirSync(join(clone.gitDirectory, "objects")).filter((name) => name.startsWith("tmp"))).toEqual([]);
  expect(readdirSync(clone.gitDirectory).filter((name) => name.endsWith(".lock"))).toEqual([]);
}

describe("a commit reaches a host that cannot read the repository", () => {
  test("from a full checkout, with the history between, over SSH; files and branches there stay as they are", async () => {
    const to = await host();
    const second = await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const third = await origin.commitFiles({ "app.txt": "three\n", "bin.dat": randomBytes(300_000).toString("latin1") }, "three");
    await pushCommit({ from: await checkout("here"), to, commit: third });
    expect(await hasWhole(to, third)).toBe(true);
    expect((await to.log(first, third, 10)).map((one) => one.commit)).toEqual([third, second]);
    expect(await to.isAncestor(first, third)).toBe(true);
    expect(await to.isShallow()).toBe(false);
    expect(await to.head()).toBe(first);
    expect(readFileSync(join(to.directory, "app.txt"), "utf8")).toBe("one\n");
    expect(await git(to.directory, "rev-parse", "refs/remotes/origin/main")).toBe(first);
    await to.checkout(third);
    expect(await to.dirtyFiles()).toEqual([]);
    await sound(to);
  });

  test("from a checkout of one commit into a full clone, whose own history stays whole", async () => {
    const to = await host();
    await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const third = await origin.commitFiles({ "app.txt": "three\n" }, "three");
    await pushCommit({ from: await checkout("here", { depth: 1 }), to, commit: third });
    expect(await hasWhole(to, third)).toBe(true);
    expect((await to.log(first, third, 10)).map((one) => one.commit)).toEqual([third]);
    expect(await to.isAncestor(first, third)).toBe(false);
    await to.checkout(third);
    await to.checkout(first);
    expect(await git(to.directory, "rev-parse", "--is-shallow-repository")).toBe("true");
    expect(readFileSync(join(to.gitDirectory, "shallow"), "utf8")).toBe(`${third}\n`);
    await sound(to);
    // It stays, whatever is cleared away there.
    await git(to.directory, "reflog", "expire", "--expire=now", "--all");
    await git(to.directory, "gc", "--quiet", "--prune=now");
    expect(await hasWhole(to, third)).toBe(true);
  });

  test("from a checkout of one commit whose parent is there: nothing is cut off", async () => {
    const to = await host();
    const second = await origin.commitFiles({ "app.txt": "two\n" }, "two");
    await pushCommit({ from: await checkout("here", { depth: 1 }), to, commit: second });
    expect(await to.isShallow()).toBe(false);
    expect((await to.log(first, second, 10)).map((one) => one.commit)).toEqual([second]);
    await sound(to);
  });

  test("one checkout of one commit after the other; only what is new travels", async () => {
    const to = await host("host", { depth: 1 });
    const second = await origin.commitFiles({ "big.dat": randomBytes(200_000).toString("latin1") }, "two");
    await pushCommit({ from: await checkout("two", { depth: 1 }), to, commit: second });
    await origin.commitFiles({ "app.txt": "between\n" }, "between");
    const third = await origin.commitFiles({ "app.txt": "three\n" }, "three");
    const said: string[] = [];
    const progress = gitProgress({ now: () => new Date() });
    await pushCommit({ from: await checkout("three", { depth: 1 }), to, commit: third, onLine: (line) => said.push(line) });
    expect(said.join()).toContain("1 commit (3 objects)");
    const far = said.flatMap((line) => progress(line) ?? []);
    expect(far).toContainEqual(expect.stringMatching(/^counting objects: 3 of 3$/));
    expect(far).toContainEqual(expect.stringMatching(/^receiving objects: 3 of 3/));
    for (const commit of [third, second, first]) {
      await to.checkout(commit);
      expect(await to.dirtyFiles()).toEqual([]);
    }
    await sound(to);
  });

  test("a version that brings back a file which the host's cut-off history does not hold", async () => {
    await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const to = await host("host", { depth: 1 });
    const third = await origin.commitFiles({ "app.txt": "one\n" }, "as it was");
    await pushCommit({ from: await checkout("here"), to, commit: third });
    await to.checkout(third);
    expect(readFileSync(join(to.directory, "app.txt"), "utf8")).toBe("one\n");
    await sound(to);
  });

  test("from a checkout that stands at another commit, a merge and one on no branch", async () => {
    const to = await host();
    await origin.commitFiles({ "side.txt": "side\n" }, "side", "feature");
    await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const work = join(origin.folder, "work");
    await git(work, "merge", "--quiet", "--no-ff", "--message", "merged", "feature");
    const merged = await git(work, "rev-parse", "HEAD");
    await git(work, "reset", "--quiet", "--hard", first);
    await pushCommit({ from: await openClone(here, work), to, commit: merged });
    expect((await to.log(first, merged, 10)).map((one) => one.subject).sort()).toEqual(["merged", "side", "two"]);
    await sound(to);
  });

  test("into a clone that was just made, which has no commit at all", async () => {
    const directory = join(origin.folder, "fresh");
    execFileSync("git", ["init", "--quiet", directory]);
    const to = await openClone(remote, directory);
    expect(await to.current()).toBeUndefined();
    const second = await origin.commitFiles({ "app.txt": "two\n" }, "two");
    await pushCommit({ from: await checkout("here", { depth: 1 }), to, commit: second });
    expect(await to.checkoutBytes(second)).toBe("two\nsame\n".length);
    await to.checkout(second);
    expect(await to.head()).toBe(second);
    await sound(to);
  });
});

describe("what goes wrong leaves the host's clone as it was", () => {
  test("a checkout that lacks the commit is refused", async () => {
    const to = await host();
    const from = await checkout("here");
    const second = await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const error = await failure(pushCommit({ from, to, commit: second }));
    expect(error).toMatchObject({ exit: 2, code: "unknown-commit" });
    expect(error.message).toContain(`does not have commit ${second}`);
  });

  test("a connection that is lost in the middle", async () => {
    const to = await host();
    const second = await origin.commitFiles({ "big.dat": randomBytes(1_000_000).toString("latin1") }, "two");
    const from = await checkout("here");
    // The checkout's side comes to a stop after the first part.
    const halting: Machine = {
      ...here,
      run: async (command) =>
        await here.run(
          command.words.includes("pack-objects")
            ? { ...command, words: ["sh", "-c", '"$@" | { head -c 100000; exec sleep 600; }', "sh", ...command.words] }
            : command,
        ),
    };
    await using other = await startSshd();
    const machine = await machineOn(other);
    const seen: Clone = await openClone(machine, to.directory);
    const going = failure(pushCommit({ from: await openClone(halting, from.directory), to: seen, commit: second }));
    const arrived = (name: string) => name.includes("tmp_objdir-savepoint") && /tmp_pack/.test(name);
    while (!readdirSync(join(to.gitDirectory, "objects"), { recursive: true }).some((name) => arrived(String(name))))
      await new Promise((done) => setTimeout(done, 20));
    other.drop();
    expect((await going).code).toBe("connection-lost");
    await machine[Symbol.asyncDispose]();
    expect(await hasWhole(to, second)).toBe(false);
    expect(await to.isShallow()).toBe(false);
    expect(await git(to.directory, "for-each-ref", "refs/savepoint")).toBe("");
    await pushCommit({ from, to, commit: second });
    expect(await hasWhole(to, second)).toBe(true);
    await sound(to);
  });

  test("a disk that is full there", async () => {
    const small = join(origin.folder, "small");
    execFileSync("mkdir", [small]);
    asRoot("mount", "-t", "tmpfs", "-o", "size=2m,mode=0777", "tmpfs", small);
    try {
      const to = await host("small/host");
      const second = await origin.commitFiles({ "big.dat": randomBytes(6_000_000).toString("latin1") }, "two");
      const error = await failure(pushCommit({ from: await checkout("here"), to, commit: second }));
      expect(error.code).toBe("not-brought");
      expect(error.evidence.join("\n")).toContain("No space left on device");
      expect(error.hint).toContain("What had arrived is removed again");
      expect(await to.has(second)).toBe(false);
      await sound(to);
    } finally {
      asRoot("umount", small);
    }
  });

  test("another git command's lock is said with the file, and left alone", async () => {
    const to = await host();
    await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const third = await origin.commitFiles({ "app.txt": "three\n" }, "three");
    const lock = join(to.gitDirectory, "shallow.lock");
    writeFileSync(lock, "");
    const from = await checkout("here", { depth: 1 });
    const error = await failure(pushCommit({ from, to, commit: third }));
    expect(error.hint).toContain(`rm ${lock}`);
    expect(existsSync(lock)).toBe(true);
    expect(await to.has(third)).toBe(false);
    execFileSync("rm", [lock]);
    await pushCommit({ from, to, commit: third });
    await sound(to);
  });

  test("cancelled before it began", async () => {
    const to = await host();
    const second = await origin.commitFiles({ "app.txt": "two\n" }, "two");
    const cancelled = pushCommit({ from: await checkout("here"), to, commit: second, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toBeInstanceOf(Cancelled);
    expect(await to.has(second)).toBe(false);
  });
});
