import { expect, test } from "vitest";
import { openGithubApi } from "../../../src/github/api.ts";
import { ensureIssue } from "../../../src/github/issue.ts";
import { ensureDeployment } from "../../../src/github/deployments.ts";
import { tellingTrouble } from "../../../src/github/trouble.ts";
import { Secret } from "../../../src/core/secret.ts";
import { type FakeGithub, startGithub } from "../../lab/github.ts";
import { account, ACTIONS, examples, keepRecords } from "../../lab/github/records.ts";

const SHOP = { owner: "example", repo: "shop" };
const WANTED = { about: "rollback 20261120-1", title: "It failed", text: "Why", labels: ["savepoint"], notBefore: new Date() };

const opened = async ({ apiUrl, graphqlUrl }: FakeGithub) =>
  await openGithubApi({
    token: new Secret("t"),
    apiUrl,
    graphqlUrl,
    serverUrl: "https://github.com",
    trouble: tellingTrouble("issues: write"),
  });

/** Somebody opens an issue. */
function opens(github: FakeGithub, who: FakeGithub["user"], body: string): void {
  const asked = { parts: {}, query: new URLSearchParams(), body: { title: "x", body }, by: account(who) };
  keepRecords(github.records, { route: "POST /repos/{owner}/{repo}/issues", ...asked });
}

test("an issue is made once, with its labels; asked for again it is found, closed by somebody or not, among hundreds", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  const api = await opened(github);
  const number = await ensureIssue(api, SHOP, WANTED);
  const [made] = github.records.issues;
  expect(made).toMatchObject({ title: "It failed", labels: [{ name: "savepoint" }] });
  expect(await ensureIssue(api, SHOP, WANTED)).toBe(number);
  github.records.issues.splice(0, 1, { ...made, id: 1, state: "closed" });
  for (let at = 0; at < 250; at += 1) opens(github, ACTIONS, `other ${at}`);
  expect(await ensureIssue(api, SHOP, WANTED)).toBe(number);
  expect(await ensureIssue(api, SHOP, { ...WANTED, about: "rollback 20261120-2" })).not.toBe(number);
  expect(github.problems).toEqual([]);
});

test("a run that died once GitHub had the issue, and its answer was lost, leaves no second one", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  const api = await opened(github);
  github.after = (route) => (route.startsWith("POST") ? { status: 502, body: { message: "Bad gateway" } } : undefined);
  await expect(ensureIssue(api, SHOP, WANTED)).rejects.toThrow("GitHub's API does not answer");
  github.after = () => undefined;
  await ensureIssue(api, SHOP, WANTED);
  expect(github.records.issues).toHaveLength(1);
});

test("of two that were opened at the same moment the later one is closed", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  const api = await opened(github);
  github.answer = (route) => {
    if (route.startsWith("POST")) opens(github, ACTIONS, "<!-- savepoint rollback%2020261120-1 -->\nWhy");
    return undefined;
  };
  const number = await ensureIssue(api, SHOP, WANTED);
  expect(github.records.issues.map(({ number: one, state }) => [one, state])).toEqual([
    [number + 1, "closed"],
    [number, "open"],
  ]);
  expect(github.problems).toEqual([]);
});

test("a stranger who opens one that looks like ours keeps none from being opened", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  opens(github, { login: "mallory", type: "User" }, "<!-- savepoint rollback%2020261120-1 -->\nNothing to see");
  const [theirs] = github.records.issues;
  github.records.issues.splice(0, 1, { ...theirs, id: 1, author_association: "NONE" });
  expect(await ensureIssue(await opened(github), SHOP, WANTED)).not.toBe(theirs?.["number"]);
  expect(github.records.issues).toHaveLength(2);
});

test("a deployment is found again behind hundreds of others of the same commit", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  const commit = "a".repeat(40);
  const wanted = { id: "one", commit, environment: "production", task: "deploy", description: "x", run: undefined } as const;
  const api = await opened(github);
  const number = await ensureDeployment(api, SHOP, wanted);
  for (let id = 5000; id < 5250; id += 1)
    github.records.deployments.unshift({ ...examples.deployment, sha: commit, environment: "production", payload: {}, task: "other", id });
  expect(await ensureDeployment(api, SHOP, wanted)).toBe(number);
  expect(github.requests.filter((route) => route.startsWith("POST"))).toHaveLength(1);
});
