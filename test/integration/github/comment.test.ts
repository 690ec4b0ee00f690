import { expect, test } from "vitest";
import { type GithubApi, openGithubApi } from "../../../src/github/api.ts";
import { keepComment, type RunNumber } from "../../../src/github/comment.ts";
import { tellingTrouble } from "../../../src/github/trouble.ts";
import { Secret } from "../../../src/core/secret.ts";
import { type FakeGithub, startGithub } from "../../lab/github.ts";
import { account, ACTIONS, keepRecords } from "../../lab/github/records.ts";

const SHOP = { owner: "example", repo: "shop" };
const COMMENTS = "/api/v3/repos/example/shop/issues/7/comments";
const ADA = { login: "ada", type: "User" };

async function opened(github: FakeGithub): Promise<GithubApi> {
  const { apiUrl, graphqlUrl } = github;
  return await openGithubApi({
    token: new Secret("t"),
    apiUrl,
    graphqlUrl,
    serverUrl: "https://github.com",
    trouble: tellingTrouble("pull-requests: write"),
  });
}

async function told(github: FakeGithub, by: Partial<RunNumber>, text: string): Promise<string> {
  const api = await opened(github);
  return await keepComment(api, SHOP, { at: 7, about: "plan shop/production", by: { run: 1, attempt: 1, ...by }, text });
}

/** Somebody comments at pull request 7. */
function says(github: FakeGithub, who: FakeGithub["user"], body: string): void {
  keepRecords(github.records, {
    route: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    parts: { issue_number: "7" },
    query: new URLSearchParams(),
    body: { body },
    by: account(who),
  });
}

/** Who said what, without the line by which it is found again. */
const said = (github: FakeGithub): readonly string[] =>
  github.records.comments.map(({ user, body }) => `${(user as { login: string }).login}: ${String(body).replace(/^<!-- .* -->\n/, "")}`);

test("there is one comment, which each run changes; another environment has its own", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  await told(github, { run: 1 }, "one");
  await told(github, { run: 2 }, "two");
  await told(github, { run: 2, attempt: 2 }, "three");
  expect(said(github)).toEqual(["github-actions[bot]: three"]);
  const other = { at: 7, about: "plan shop/staging", by: { run: 3, attempt: 1 }, text: "other" };
  await keepComment(await opened(github), SHOP, other);
  expect(said(github)).toEqual(["github-actions[bot]: three", "github-actions[bot]: other"]);
  expect(github.problems).toEqual([]);
});

test("a run that is older than what is there changes nothing", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  await told(github, { run: 9 }, "new");
  expect(await told(github, { run: 8, attempt: 3 }, "old")).toBe("a newer run wrote it");
  expect(said(github)).toEqual(["github-actions[bot]: new"]);
});

test("what another account wrote is never touched, also where it quotes ours to the letter", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  await told(github, {}, "ours");
  const [ours] = github.records.comments;
  github.records.comments.splice(0);
  for (const who of [ADA, { login: "other-app[bot]", type: "Bot" }, { login: "github-actions", type: "User" }])
    says(github, who, String(ours?.["body"]));
  const before = said(github);
  await told(github, { run: 2 }, "ours again");
  await told(github, { run: 3 }, "and again");
  expect(said(github)).toEqual([...before, "github-actions[bot]: and again"]);
  expect(github.requests.filter((route) => route.startsWith("DELETE"))).toEqual([]);
});

test("whose token it is, is asked; where that is refused, the job's own is taken for it, and what is written tells the rest", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  github.user = ADA;
  await told(github, { run: 1 }, "one");
  await told(github, { run: 2 }, "two");
  expect(said(github)).toEqual(["ada: two"]);
  github.answer = (route) => (route.endsWith("/graphql") ? { status: 403, body: { message: "Resource not accessible" } } : undefined);
  await told(github, { run: 3 }, "three");
  expect(said(github)).toEqual(["ada: three"]);
  github.user = ACTIONS;
  await told(github, { run: 4 }, "four");
  await told(github, { run: 5 }, "five");
  expect(said(github)).toEqual(["ada: three", "github-actions[bot]: five"]);
});

test("two runs that find none at the same moment leave one, the newer run's", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  for (const first of [1, 2]) {
    github.records.comments.splice(0);
    let twice = 0;
    // As the other run does it, between our look and our comment.
    github.answer = (route) => {
      if (route !== `POST ${COMMENTS}` || (twice += 1) > 1) return undefined;
      says(github, ACTIONS, `<!-- savepoint plan%20shop%2Fproduction run ${3 - first}.1 -->\nthe other's`);
      return undefined;
    };
    await told(github, { run: first }, "ours");
    expect(said(github)).toEqual([`github-actions[bot]: ${first === 2 ? "ours" : "the other's"}`]);
  }
  expect(github.problems).toEqual([]);
});

test("one that a person removes while it is changed is written anew, and of hundreds ours is found", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  for (let at = 0; at < 250; at += 1) says(github, ADA, `talk ${at}`);
  await told(github, { run: 1 }, "ours");
  for (let at = 0; at < 50; at += 1) says(github, ADA, `more ${at}`);
  await told(github, { run: 2 }, "changed");
  expect(said(github).filter((line) => !line.startsWith("ada"))).toEqual(["github-actions[bot]: changed"]);
  github.answer = (route) => {
    if (route.startsWith("PATCH")) github.records.comments.splice(0);
    return undefined;
  };
  await told(github, { run: 3 }, "anew");
  expect(said(github)).toEqual(["github-actions[bot]: anew"]);
});

test("a run that died once GitHub had its comment leaves no second one", async () => {
  await using github = await startGithub("/nonexistent", { token: "t" });
  github.after = (route) => (route.startsWith("POST") && route.endsWith("comments") ? { status: 500, how: "half" } : undefined);
  await expect(told(github, { run: 1 }, "unheard")).rejects.toThrow("GitHub's API does not answer");
  github.after = () => undefined;
  await told(github, { run: 2 }, "heard");
  expect(said(github)).toEqual(["github-actions[bot]: heard"]);
});
