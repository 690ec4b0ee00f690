import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Clone, openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { openGitRemote } from "../../../src/release/git-remote.ts";
import { type TagRemote, tagTrouble } from "../../../src/release/remote.ts";
import { moveStable, readStable, readStableTags, withdrawStable } from "../../../src/release/stable.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";

const machine = localMachine();
const NAME = { app: "shop", environment: "production", prefix: "" };
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 14, 30, second));
let origin: Origin;
let commits: string[];
let clone: Clone;
let remote: TagRemote;

beforeEach(async () => {
  origin = await createOrigin();
  commits = [];
  for (const version of ["1", "2", "3", "4"])
    commits.push(await origin.commitFiles({ "app.txt": version, ".github/workflows/x.yml": version }, version));
  clone = await openClone(machine, await origin.clone("checkout"));
  remote = await openGitRemote(clone);
});
afterEach(async () => await origin[Symbol.asyncDispose]());

async function tags(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const ref of (await origin.refs()).keys()) {
    if (ref.startsWith("refs/tags/")) found[ref.slice(10)] = await git(origin.url, "rev-parse", `${ref}^{commit}`);
  }
  return found;
}

async function mark(index: number, more: Partial<Parameters<typeof moveStable>[0]> = {}) {
  return await moveStable({
    remote,
    name: NAME,
    commit: commits[index] ?? "",
    at: at(index),
    deploy: `deploy-${index}`,
    runUrl: `https://ci.example/${index}`,
    keepTags: 50,
    ...more,
  });
}

async function trouble(promise: Promise<unknown>) {
  return await promise.then(
    () => "none",
    (error: unknown) => ({
      trouble: tagTrouble(error),
      ...(error as { hint: string; message: string; evidence: string[] }),
      message: (error as Error).message,
    }),
  );
}

describe("marking stable over git", () => {
  test("sets both tags, annotated with whose they are", async () => {
    const result = await mark(0);
    expect(result).toEqual({
      stableTag: "stable-20261120-143000",
      latestTag: "latest-stable",
      previous: undefined,
      moved: true,
      pruned: [],
    });
    expect(await tags()).toEqual({ "latest-stable": commits[0], "stable-20261120-143000": commits[0] });
    const text = await git(origin.url, "for-each-ref", "--format=%(objecttype) %(contents)", "refs/tags/latest-stable");
    expect(text).toMatch(/^tag shop production/);
    for (const line of [
      "Savepoint-App: shop",
      "Savepoint-Environment: production",
      `Savepoint-Commit: ${commits[0]}`,
      "Savepoint-Deploy: deploy-0",
      "Savepoint-Run: https://ci.example/0",
    ])
      expect(text).toContain(line);
    expect(await readStable(remote, NAME)).toBe(commits[0]);
  });

  test("moves latest-stable and remembers the earlier versions", async () => {
    await mark(0);
    const second = await mark(1);
    expect(second).toMatchObject({ previous: commits[0], moved: true });
    expect(await tags()).toEqual({
      "latest-stable": commits[1],
      "stable-20261120-143000": commits[0],
      "stable-20261120-143001": commits[1],
    });
  });

  test("a re-run changes nothing and returns the tag it set", async () => {
    await mark(0);
    const before = await origin.refs();
    expect(await mark(0, { at: at(59) })).toMatchObject({
      stableTag: "stable-20261120-143000",
      moved: false,
      reason: `${commits[0]?.slice(0, 7)} is marked already, by deploy deploy-0`,
    });
    expect(await origin.refs()).toEqual(before);
  });

  test("a slow older run does not move latest-stable backwards, and sets neither tag", async () => {
    await mark(1);
    const before = await origin.refs();
    const result = await mark(0, { overtaken: (latest) => (latest === undefined ? undefined : `the later ${latest.deploy} has it`) });
    expect(result).toMatchObject({ moved: false, stableTag: undefined, previous: commits[1] });
    expect(result.reason).toContain("deploy-1");
    expect(await origin.refs()).toEqual(before);
  });

  test("two versions marked in one second get two names", async () => {
    await mark(0, { at: at(0) });
    expect((await mark(1, { at: at(0) })).stableTag).toBe("stable-20261120-143001");
  });

  test("the user's own tags in the checkout stay as they are", async () => {
    await git(clone.directory, "tag", "latest-stable", commits[3] ?? "");
    await git(clone.directory, "tag", "mine", commits[3] ?? "");
    await mark(0);
    expect(await git(clone.directory, "tag", "--list")).toBe("latest-stable\nmine");
    expect(await git(clone.directory, "rev-parse", "latest-stable")).toBe(commits[3]);
    expect(Object.keys(await tags())).toEqual(["latest-stable", "stable-20261120-143000"]);
  });

  test("works from a shallow checkout whose branch has moved on, and keeps its history", async () => {
    await mark(0);
    const shallow = await openClone(machine, await origin.clone("shallow", { depth: 2 }));
    const history = await git(shallow.directory, "rev-list", "HEAD");
    await origin.commitFiles({ "app.txt": "5" }, "5");
    remote = await openGitRemote(shallow);
    expect(await mark(3)).toMatchObject({ moved: true, previous: commits[0] });
    expect(await mark(2, { at: at(40) })).toMatchObject({ moved: true, previous: commits[3] });
    // A version that the shallow checkout has never seen.
    expect(await mark(1, { at: at(50) })).toMatchObject({ moved: true, previous: commits[2] });
    expect((await readStableTags(remote, NAME)).stable.map((tag) => tag.commit)).toEqual([commits[0], commits[3], commits[2], commits[1]]);
    expect(await git(shallow.directory, "rev-list", "HEAD")).toBe(history);
    expect(await git(shallow.directory, "tag", "--list")).toBe("");
  });

  test("works where a hook or the configuration of the checkout would get in the way", async () => {
    writeFileSync(join(clone.gitDirectory, "hooks", "pre-push"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    await git(clone.directory, "tag", "-a", "-m", "x", "v1", commits[3] ?? "");
    for (const [key, value] of [
      ["push.followTags", "true"],
      ["push.gpgSign", "true"],
      ["tag.gpgSign", "true"],
      ["fetch.prune", "true"],
    ])
      await git(clone.directory, "config", key ?? "", value ?? "");
    await mark(3);
    expect(Object.keys(await tags())).toEqual(["latest-stable", "stable-20261120-143003"]);
  });
});

describe("what stands in the way", () => {
  test("a latest-stable set by hand is refused with the way out, and not moved", async () => {
    await git(origin.url, "tag", "latest-stable", commits[3] ?? "");
    const before = await origin.refs();
    const error = await trouble(mark(0));
    expect(error).toMatchObject({
      message: expect.stringContaining("is not shop/production's"),
      hint: expect.stringContaining("tag-prefix"),
    });
    expect(await origin.refs()).toEqual(before);
    expect(await readStable(remote, NAME)).toBeUndefined();
  });

  test("another environment's and another app's tags are neither used nor pruned", async () => {
    const staging = { app: "shop", environment: "staging", prefix: "" };
    await mark(0);
    await expect(mark(1, { name: staging })).rejects.toThrow("is not shop/staging's");
    await mark(1, { name: { ...staging, prefix: "staging/" } });
    await git(origin.url, "tag", "stable-20200101-000000", commits[3] ?? "");
    await mark(2, { keepTags: 1 });
    expect(Object.keys(await tags())).toEqual([
      "latest-stable",
      "stable-20200101-000000",
      "stable-20261120-143002",
      "staging/latest-stable",
      "staging/stable-20261120-143001",
    ]);
  });

  test("a refused tag leaves neither, and the rule is named", async () => {
    await mark(0);
    const before = await origin.refs();
    await origin.refuse("refs/tags/latest-stable", "GH013: Repository rule violations found");
    const error = await trouble(mark(1));
    expect(error).toMatchObject({ trouble: "tags-refused", hint: expect.stringContaining("ruleset") });
    expect((error as { evidence: string[] }).evidence.join("\n")).toContain("GH013");
    expect(await origin.refs()).toEqual(before);
    await origin.allowAll();
    expect(await mark(1)).toMatchObject({ moved: true });
  });

  test("a refusal for changed workflows says which token is needed", async () => {
    await origin.refuse(
      "refs/tags/*",
      "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission",
    );
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-refused", hint: expect.stringContaining("workflows: write") });
  });

  test("an origin that is away is told apart from one that refuses", async () => {
    await git(clone.directory, "remote", "set-url", "origin", "http://user:hunter2@127.0.0.1:1/x.git");
    const error = await trouble(mark(0));
    expect(error).toMatchObject({ trouble: "tags-unreachable" });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  test("an origin that may be read and not written is told as a permission", async () => {
    await git(clone.directory, "remote", "set-url", "--push", "origin", "http://127.0.0.1:1/x.git");
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-permission", hint: expect.stringContaining("contents: write") });
  });

  test("a tag moved by another run between look and push is seen, and decided about again", async () => {
    await mark(0);
    let raced = false;
    const racing: TagRemote = {
      ...remote,
      update: async (changes, when) => {
        if (!raced) {
          raced = true;
          await mark(2);
        }
        await remote.update(changes, when);
      },
    };
    const result = await mark(1, {
      remote: racing,
      overtaken: (latest) => (latest?.deploy === "deploy-2" ? "deploy-2 has it" : undefined),
    });
    expect(result).toMatchObject({ moved: false, previous: commits[2] });
    expect(await tags()).toMatchObject({ "latest-stable": commits[2] });
    expect(Object.keys(await tags())).not.toContain("stable-20261120-143001");
  });

  test("an update whose expectation no longer holds moves nothing", async () => {
    await mark(0);
    const before = await origin.refs();
    const error = await trouble(
      remote.update(
        [
          { name: "stable-20270101-000000", expected: undefined, set: { commit: commits[1] ?? "", message: "x\n" } },
          { name: "latest-stable", expected: commits[3], set: { commit: commits[1] ?? "", message: "x\n" } },
        ],
        at(1),
      ),
    );
    expect(error).toMatchObject({ trouble: "tags-conflict" });
    expect(await origin.refs()).toEqual(before);
  });
});

describe("pruning and withdrawing", () => {
  test("the oldest go, the latest's stays", async () => {
    await mark(0);
    await mark(1);
    await mark(2);
    const result = await mark(3, { keepTags: 2 });
    expect(result.pruned).toEqual(["stable-20261120-143000", "stable-20261120-143001"]);
    expect(Object.keys(await tags())).toEqual(["latest-stable", "stable-20261120-143002", "stable-20261120-143003"]);
  });

  test("tags that cannot be pruned do not undo the mark", async () => {
    await mark(0);
    await mark(1);
    await origin.refuse("refs/tags/stable-20261120-143000", "protected");
    const result = await mark(2, { keepTags: 1 });
    expect(result).toMatchObject({ moved: true, pruned: [] });
    expect(result.pruneProblem).toContain("refuses");
  });

  test("a version that is left behind loses its tags, and latest-stable goes where it is told", async () => {
    await mark(0);
    await mark(1);
    const request = { remote, name: NAME, commit: commits[1] ?? "", to: commits[0] ?? "", at: at(30), deploy: "deploy-0" };
    expect(await withdrawStable(request)).toEqual({ latestTag: "latest-stable", removed: ["stable-20261120-143001"], moved: true });
    expect(await tags()).toEqual({ "latest-stable": commits[0], "stable-20261120-143000": commits[0] });
    const before = await origin.refs();
    expect(await withdrawStable(request)).toMatchObject({ removed: [], moved: false });
    expect(await origin.refs()).toEqual(before);
    expect(await mark(2)).toMatchObject({ moved: true, previous: commits[0] });
  });
});

test("what a journal calls a commit is never read by git as an option", async () => {
  const mark = join(origin.folder, "run");
  const commit = `--upload-pack=touch ${mark};git-upload-pack`;
  await expect(moveStable({ remote, name: NAME, commit, at: at(0), deploy: "d", keepTags: 50 })).rejects.toThrow("is not a full commit id");
  expect(existsSync(mark)).toBe(false);
  expect(await tags()).toEqual({});
});
