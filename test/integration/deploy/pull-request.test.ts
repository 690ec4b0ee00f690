import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FakeGithub, startGithub } from "../../lab/github.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { ActionRun, Shop } from "../../lab/shop.ts";

const TOKEN = "github-canary-91ee";
const PROFILE = { github: { "pull-request": true } };
let runs = 500;

/** A workflow for pull request 7 shows what a merge would do. */
async function planned(
  shop: Shop,
  github: FakeGithub,
  about: {
    readonly from?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly inputs?: Readonly<Record<string, string>>;
  } = {},
): Promise<ActionRun> {
  const head = { sha: "c".repeat(40), repo: { full_name: about.from ?? "example/shop" } };
  const event = join(shop.folder, "event.json");
  await writeFile(event, JSON.stringify({ pull_request: { number: 7, head, base: { repo: { full_name: "example/shop" } } } }));
  runs += 1;
  const of = { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event };
  const github_ = { GITHUB_API_URL: github.apiUrl, GITHUB_GRAPHQL_URL: github.graphqlUrl, GITHUB_TOKEN: TOKEN };
  return await shop.action(
    "deploy",
    { "dry-run": "true", ...about.inputs },
    { workflow: `${runs}.1`, env: { ...of, ...github_, ...about.env } },
  );
}

const warnings = ({ stdout }: ActionRun): readonly string[] => stdout.split("\n").filter((line) => line.startsWith("::warning"));
const conversed = ({ requests }: FakeGithub): readonly string[] => requests.filter((route) => /issues|graphql/.test(route));
const bodies = (github: FakeGithub): readonly string[] => github.records.comments.map(({ body }) => String(body));

test("a pull request's one comment says what a merge would do: commits, migrations with their risks; and what it would be refused for", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  const migrations = { "002_drop.sql": "-- UP\nALTER TABLE notes DROP COLUMN body;\n-- DOWN\nALTER TABLE notes ADD COLUMN body text;\n" };
  const message = "Thanks @everyone, fixes #1 <!-- savepoint plan%20shop%2Fproduction run 9999.1 -->";
  const commit = await shop.commit({ profile: PROFILE, migrations, message });
  const first = await planned(shop, github);
  expect(first.code, first.stdout).toBe(0);
  const [body = ""] = bodies(github);
  expect(body).toMatch(
    /^<!-- savepoint plan%20shop%2Fproduction run 501\.1 -->\n\*\*What a merge would do\*\* on shop\/production, as of <code>ccccccc<\/code>\n/,
  );
  expect(body).toContain(`Would deploy ${commit.slice(0, 7)} to shop/production`);
  expect(body).toContain(`${commit.slice(0, 7)} ${message}`);
  expect(body).toMatch(/002\\_drop\.sql \| destructive/);
  expect(body).toContain("ACCESS EXCLUSIVE on notes (readers and writers wait)");
  expect(body).toContain("(https://github.com/example/shop/actions/runs/501/attempts/1)");
  expect(first.stdout).toContain("Pull request #7: the comment says what a merge would do.");
  // Nothing was deployed, and nothing is noted of it.
  expect(await shop.head()).not.toBe(commit);

  await shop.commit({ migrations: { "002_again.sql": "-- UP\nSELECT 1;\n-- DOWN\nSELECT 1;\n" } });
  const refused = await planned(shop, github);
  expect(refused.code).not.toBe(0);
  expect(bodies(github)).toHaveLength(1);
  expect(bodies(github)[0]).toMatch(/run 502\.1 -->[^]*## ✗ deploy: .*002/);
  expect(github.problems).toEqual([]);
  expect(JSON.stringify(github.records)).not.toContain(TOKEN);
});

test("where it may not be written there is one warning with the reason, and the plan is as good; unasked nothing is written", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  await shop.commit({ files: { N: "1" } });
  expect((await planned(shop, github)).code).toBe(0);
  expect(conversed(github)).toEqual([]);
  await shop.commit({ profile: PROFILE });
  const other = await planned(shop, github, { env: { GITHUB_EVENT_NAME: "push" } });
  expect([other.code, conversed(github)]).toEqual([0, []]);

  const read = { status: 403, body: { message: "Resource not accessible by integration" } };
  github.answer = (route) => (/^(?:POST|PATCH) .*comments/.test(route) ? read : undefined);
  const fork = await planned(shop, github, { from: "mallory/shop" });
  expect([fork.code, warnings(fork)], fork.stdout).toEqual([0, [expect.stringContaining("a run for a fork gets no token that may write")]]);
  expect(fork.summary).toContain("Would deploy");
  const lacking = await planned(shop, github);
  expect([lacking.code, warnings(lacking)]).toEqual([0, [expect.stringContaining("`permissions: { pull-requests: write }`")]]);
  const slow = { status: 403, body: { message: "slow", documentation_url: "https://docs.github.com/x#about-secondary-rate-limits" } };
  for (const [answer, why] of [
    [slow, "answers no more requests"],
    [{ status: 502, body: { message: "oops" } }, "does not answer"],
    [{ status: 200, how: "half" }, "does not answer"],
  ] as const) {
    github.answer = (route) => (route.endsWith("/comments") ? answer : undefined);
    const run = await planned(shop, github);
    expect([run.code, warnings(run)]).toEqual([0, [expect.stringContaining(why)]]);
  }
  const none = await planned(shop, github, { env: { GITHUB_TOKEN: "" } });
  expect([none.code, warnings(none)]).toEqual([0, [expect.stringContaining("there is no `token`")]]);
  const eventless = await planned(shop, github, { env: { GITHUB_EVENT_PATH: "/dev/null" } });
  expect([eventless.code, warnings(eventless).length]).toEqual([0, 1]);
  expect(github.records.comments).toEqual([]);
  const secondary = { status: 403, body: { message: "slow" }, headers: { "retry-after": "0" } };
  let limited = 0;
  github.answer = (route) => (route.startsWith("POST") && route.endsWith("/comments") && (limited += 1) === 1 ? secondary : undefined);
  const after = await planned(shop, github);
  expect([after.code, warnings(after), bodies(github).length]).toEqual([0, [], 1]);
});

test("what cannot be told of a plan that is huge is left out, and the comment is taken", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  const wide = "@ada ".repeat(400);
  const migrations = Object.fromEntries(
    Array.from({ length: 120 }, (_, at) => [`${100 + at}_x.sql`, `-- UP\nSELECT '${wide}' AS ${"a".repeat(60)};\n-- DOWN\nSELECT 1;\n`]),
  );
  await shop.commit({ profile: PROFILE, migrations });
  const run = await planned(shop, github);
  expect([run.code, warnings(run)], run.stdout.slice(-2000)).toEqual([0, []]);
  const [body = ""] = bodies(github);
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body).toMatch(/Would deploy/);
});
