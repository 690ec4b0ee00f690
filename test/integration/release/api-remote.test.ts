import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { apiRemote } from "../../../src/release/api-remote.ts";
import { type TagRemote, tagTrouble } from "../../../src/release/remote.ts";
import { moveStable, readStable, readStableTags, withdrawStable } from "../../../src/release/stable.ts";
import { createOrigin, git, type Origin } from "../../lab/git.ts";
import { type FakeGithub, startGithub } from "../../lab/github.ts";

const TOKEN = "ghs_canary";
const NAME = { app: "shop", environment: "staging", prefix: "staging/" };
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 14, 30, second));
let origin: Origin;
let github: FakeGithub;
let remote: TagRemote;
let commits: string[];

beforeEach(async () => {
  origin = await createOrigin();
  commits = [];
  for (const version of ["1", "2", "3"]) commits.push(await origin.commitFiles({ "app.txt": version }, version));
  github = await startGithub(origin.url, { token: TOKEN, pageSize: 2 });
  remote = await open();
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

async function open(options: { readonly token?: string; readonly apiUrl?: string; readonly repo?: string } = {}): Promise<TagRemote> {
  const { token = TOKEN, apiUrl = github.apiUrl, repo = "shop" } = options;
  return await apiRemote({
    token: new Secret(token),
    repository: `example/${repo}`,
    apiUrl,
    graphqlUrl: github.graphqlUrl,
    serverUrl: "https://github.example",
  });
}

async function mark(index: number, more: Partial<Parameters<typeof moveStable>[0]> = {}) {
  return await moveStable({
    remote,
    name: NAME,
    commit: commits[index] ?? "",
    at: at(index),
    deploy: `deploy-${index}`,
    keepTags: 50,
    ...more,
  });
}

async function trouble(promise: Promise<unknown>) {
  return await promise.then(
    () => undefined,
    (error: unknown) => ({
      trouble: tagTrouble(error),
      message: (error as Error).message,
      hint: (error as { hint?: string }).hint,
      evidence: (error as { evidence: string[] }).evidence,
    }),
  );
}

async function tagNames(): Promise<string[]> {
  return [...(await origin.refs()).keys()].filter((ref) => ref.startsWith("refs/tags/")).map((ref) => ref.slice(10));
}

describe("marking stable over the API", () => {
  test("sets, moves, repeats and prunes as git does, page by page", async () => {
    expect(await mark(0)).toEqual({
      stableTag: "staging/stable-20261120-143000",
      latestTag: "staging/latest-stable",
      previous: undefined,
      moved: true,
      pruned: [],
    });
    expect(await git(origin.url, "cat-file", "-t", "staging/latest-stable")).toBe("tag");
    const before = await origin.refs();
    expect(await mark(0, { at: at(50) })).toMatchObject({ moved: false, stableTag: "staging/stable-20261120-143000" });
    expect(await origin.refs()).toEqual(before);
    expect(await mark(1)).toMatchObject({ moved: true, previous: commits[0] });
    expect(await mark(2, { keepTags: 2 })).toMatchObject({ moved: true, previous: commits[1], pruned: ["staging/stable-20261120-143000"] });
    expect(await readStable(remote, NAME)).toBe(commits[2]);
    expect((await readStableTags(remote, NAME)).stable.map((tag) => tag.commit)).toEqual([commits[1], commits[2]]);
  });

  test("a version that is left behind loses its tags in the same update", async () => {
    await mark(0);
    await mark(1);
    const result = await withdrawStable({
      remote,
      name: NAME,
      commit: commits[1] ?? "",
      to: commits[0] ?? "",
      at: at(9),
      deploy: "deploy-0",
    });
    expect(result).toMatchObject({ removed: ["staging/stable-20261120-143001"], moved: true });
    expect(await readStable(remote, NAME)).toBe(commits[0]);
  });

  test("lightweight tags, tags of tags and other environments' tags are foreign", async () => {
    await git(origin.url, "tag", "staging/stable-20200101-000000", commits[0] ?? "");
    await git(origin.url, "tag", "staging/latest-stable-old", commits[0] ?? "");
    await mark(0, { name: { ...NAME, prefix: "" } });
    await git(origin.url, "tag", "-a", "-m", "nested", "staging/stable-20200101-000001", "latest-stable");
    await mark(1);
    expect((await readStableTags(remote, NAME)).stable.map((tag) => tag.name)).toEqual(["staging/stable-20261120-143001"]);
    await expect(mark(2, { name: { app: "other", environment: "staging", prefix: "" } })).rejects.toThrow("is not other/staging's");
  });

  test("what another run moved meanwhile is seen, and nothing of the update happens", async () => {
    await mark(0);
    const before = await origin.refs();
    const error = await trouble(
      remote.update(
        [
          { name: "staging/stable-20270101-000000", expected: undefined, set: { commit: commits[1] ?? "", message: "x\n" } },
          { name: "staging/latest-stable", expected: commits[2], set: { commit: commits[1] ?? "", message: "x\n" } },
        ],
        at(1),
      ),
    );
    expect(error?.trouble).toBe("tags-conflict");
    expect(await origin.refs()).toEqual(before);
  });
});

describe("what stands in the way of the API", () => {
  test("a token without permission is told which it needs", async () => {
    github.answer = (route) =>
      route.startsWith("POST") && route.endsWith("/git/tags")
        ? { status: 403, body: { message: "Resource not accessible by integration" } }
        : undefined;
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-permission", hint: expect.stringContaining("contents: write") });
    expect(await tagNames()).toEqual([]);
  });

  test("the same in a GraphQL answer", async () => {
    github.answer = (_route, body) =>
      JSON.stringify(body ?? "").includes("mutation")
        ? {
            status: 200,
            body: { data: { updateRefs: null }, errors: [{ type: "FORBIDDEN", message: "Resource not accessible by integration" }] },
          }
        : undefined;
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-permission" });
  });

  test("a wrong token, and a repository that it may not see", async () => {
    remote = await open({ token: "wrong" });
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-permission", message: expect.stringContaining("token") });
    remote = await open({ repo: "hidden" });
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-permission", hint: expect.stringContaining("not found") });
  });

  test("a ruleset is named, and a refusal for changed workflows says which token is needed", async () => {
    let message = "Repository rule violations found\n\nCannot update this protected ref.";
    github.answer = (_route, body) =>
      JSON.stringify(body ?? "").includes("mutation")
        ? { status: 200, body: { data: null, errors: [{ type: "UNPROCESSABLE", message }] } }
        : undefined;
    const refused = await trouble(mark(0));
    expect(refused).toMatchObject({ trouble: "tags-refused", hint: expect.stringContaining("ruleset") });
    expect(refused?.evidence.join("\n")).toContain("rule violations");
    message = "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission";
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-refused", hint: expect.stringContaining("workflows: write") });
    expect(await tagNames()).toEqual([]);
  });

  test("GitHub being down, limiting or too old are three different things", async () => {
    github.answer = () => ({ status: 503, body: { message: "No server is currently available" } });
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-unreachable" });
    github.answer = () => ({ status: 403, headers: { "x-ratelimit-remaining": "0" }, body: { message: "API rate limit exceeded" } });
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-unreachable", message: expect.stringContaining("rate limit") });
    github.answer = (_route, body) =>
      JSON.stringify(body ?? "").includes("mutation")
        ? {
            status: 200,
            body: { errors: [{ message: "Field 'updateRefs' doesn't exist on type 'Mutation'", extensions: { code: "undefinedField" } }] },
          }
        : undefined;
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-refused", hint: expect.stringContaining("3.13") });
    remote = await open({ apiUrl: "http://127.0.0.1:1" });
    expect(await trouble(mark(0))).toMatchObject({ trouble: "tags-unreachable" });
  });

  test("the token is in no failure", async () => {
    github.answer = () => ({ status: 403, body: { message: "no" } });
    const error: unknown = await mark(0).catch((thrown: unknown) => thrown);
    const { inspect } = await import("node:util");
    expect(inspect(error, { depth: 20 })).not.toContain(TOKEN);
  });
});
