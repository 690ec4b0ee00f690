import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type FakeGithub, startGithub } from "../../lab/github.ts";
import { examples } from "../../lab/github/records.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { ActionRun, RunOptions, Shop } from "../../lab/shop.ts";
import { casesOf } from "../../lab/weekly.ts";

const TOKEN = "github-canary-7f3a";
const PROFILE = { github: { deployments: true, status: true, url: "https://shop.example/" } };
const BROKEN = { behaviour: { broken: "no" }, timeout: "1s" } as const;
let runs = 300;

/** Each call is a run of its own. */
function from(github: FakeGithub, options: RunOptions = {}): RunOptions {
  runs += 1;
  const env = { GITHUB_API_URL: github.apiUrl, GITHUB_GRAPHQL_URL: github.graphqlUrl, GITHUB_TOKEN: TOKEN, ...options.env };
  return { workflow: `${runs}.1`, ...options, env };
}

async function deploy(shop: Shop, github: FakeGithub, options?: RunOptions): Promise<ActionRun> {
  return await shop.action("deploy", {}, from(github, options));
}

/** Each deployment, oldest first, with its states in their order. */
function deployments(github: FakeGithub): readonly string[] {
  const { deployments: all, deploymentStatuses } = github.records;
  return all.toReversed().map(({ id, sha, task, environment }) => {
    const states = (deploymentStatuses.get(id) ?? []).toReversed().map(({ state }) => state);
    return `${String(task)} ${String(sha).slice(0, 7)} ${String(environment)}: ${states.join(" ")}`;
  });
}

const statuses = (github: FakeGithub): readonly string[] =>
  github.records.statuses.toReversed().map(({ sha, state, context }) => `${String(sha).slice(0, 7)} ${String(context)} ${String(state)}`);

const short = (commit: string): string => commit.slice(0, 7);

test("GitHub has each deploy as a deployment and a status: live, failed and rolled back, gone back by hand without a token", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  const first = await shop.commit({ profile: PROFILE, files: { N: "1" } });
  const live = await deploy(shop, github);
  expect(live.code, live.stdout).toBe(0);
  expect(deployments(github)).toEqual([`deploy ${short(first)} production: in_progress success`]);
  expect(github.records.deploymentStatuses.values().next().value?.[0]).toMatchObject({
    log_url: expect.stringMatching(/\/example\/shop\/actions\/runs\/\d+\/attempts\/1$/),
    environment_url: "https://shop.example/",
    description: `${short(first)} is live and stable`,
  });

  const failing = await shop.commit({ ...BROKEN, files: { N: "2" } });
  const failed = await deploy(shop, github);
  expect([failed.code, failed.outputs["rolled-back"]]).toEqual([1, "true"]);
  expect(deployments(github)[1]).toBe(`deploy ${short(failing)} production: in_progress failure`);
  expect(deployments(github)[0]).toMatch(/ success$/);

  const second = await shop.commit({ behaviour: {}, files: { N: "3" } });
  // Each step a process of its own: they know the one record from the journal.
  const steps = from(github);
  for (const name of ["backup", "migrate", "rollout", "health-check", "mark-stable"]) {
    const step = await shop.action(name, {}, steps);
    expect(step.code, step.stdout).toBe(0);
  }
  expect(deployments(github)[0]).toBe(`deploy ${short(first)} production: in_progress success inactive`);
  expect(deployments(github)[2]).toBe(`deploy ${short(second)} production: in_progress success`);

  const before = github.requests.length;
  const back = await shop.run("rollback", { confirm: "production", reason: "orders fail" });
  expect(back.code, back.stderr).toBe(0);
  expect(github.requests).toHaveLength(before);

  const third = await shop.commit({ files: { N: "4" } });
  expect((await deploy(shop, github)).code).toBe(0);
  expect(deployments(github)).toEqual([
    `deploy ${short(first)} production: in_progress success inactive`,
    `deploy ${short(failing)} production: in_progress failure`,
    `deploy ${short(second)} production: in_progress success inactive`,
    `rollback ${short(first)} production: success inactive`,
    `deploy ${short(third)} production: in_progress success`,
  ]);
  expect(statuses(github).filter((line) => line.startsWith(short(second)))).toEqual([
    `${short(second)} savepoint/production pending`,
    `${short(second)} savepoint/production success`,
    `${short(second)} savepoint/production failure`,
  ]);
  expect(github.problems).toEqual([]);
  expect(JSON.stringify([github.records, [...github.records.deploymentStatuses.values()], await shop.journal()])).not.toContain(TOKEN);
});

test("the job's own deployment is taken where GitHub made one, and no second is made", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  const commit = await shop.commit({ profile: PROFILE });
  const options = from(github);
  const run = String(options.workflow).split(".")[0];
  github.answer = (route) => {
    if (route !== "GET /api/v3/repos/example/shop/deployments" || github.records.deployments.length > 0) return undefined;
    const own = (id: number, link: string) => {
      const about = { sha: commit, ref: "main", task: "deploy", payload: {}, environment: "production", description: null };
      github.records.deployments.unshift({ ...examples.deployment, ...about, id });
      const status = { ...examples.status, id: id + 100, state: "in_progress", log_url: link, environment_url: "" };
      github.records.deploymentStatuses.set(id, [status]);
    };
    own(8, "https://github.com/example/shop/actions/runs/1/job/1");
    own(7, `https://github.com/example/shop/actions/runs/${run}/job/1`);
    return undefined;
  };
  expect((await shop.action("deploy", {}, options)).code).toBe(0);
  expect(github.records.deployments.map(({ id }) => id)).toEqual([7, 8]);
  expect(github.records.deploymentStatuses.get(7)?.map(({ state }) => state)).toEqual(["success", "in_progress", "in_progress"]);
  expect(github.problems).toEqual([]);
});

/** What is said of each status: test/unit/github/trouble.test.ts. */
const NO_ANSWER = casesOf<Answer & { readonly said: RegExp }>({
  always: [
    { status: 403, body: { message: "Resource not accessible by integration" }, said: /`permissions: \{ deployments: write \}`/ },
    { status: 200, how: "hang", said: /did not answer/ },
  ],
  weekly: [
    { status: 429, body: { message: "slow down" }, headers: { "retry-after": "60" }, said: /answers no more requests/ },
    { status: 500, body: { message: "oops" }, said: /does not answer/ },
    { status: 200, how: "half", said: /does not answer/ },
  ],
});

describe("whatever GitHub answers is a warning, and no matter of the deploy;", () => {
  let shop: Shop;
  let github: FakeGithub;
  beforeAll(async () => {
    shop = await settledShop();
    github = await startGithub(shop.origin.url, { token: TOKEN });
    await shop.commit({ profile: PROFILE });
  });
  afterAll(async () => {
    await github[Symbol.asyncDispose]();
    await shop[Symbol.asyncDispose]();
  });

  test.each(NO_ANSWER)("$status: $said", async ({ said, ...answer }) => {
    github.answer = (route) => (/deployments|statuses/.test(route) ? answer : undefined);
    await shop.commit({ files: { N: `${answer.status} ${answer.how}` } });
    const run = await deploy(shop, github);
    expect(run.code, run.stdout).toBe(0);
    const warnings = run.stdout.split("\n").filter((line) => line.startsWith("::warning"));
    expect(warnings.filter((line) => said.test(line)).length, run.stdout).toBeGreaterThan(0);
    // Of each of the two once, however often they were to be told.
    expect(warnings.length, warnings.join("\n")).toBeLessThanOrEqual(3);
  });

  test("the next run brings it up to date; where it says that it may be asked again soon, it is", async () => {
    let limited = 0;
    github.answer = (route) => {
      if (!route.startsWith("POST") || !route.endsWith("/deployments") || (limited += 1) > 1) return undefined;
      return { status: 403, body: { message: "You have exceeded a secondary rate limit." }, headers: { "retry-after": "0" } };
    };
    const last = await shop.commit({ files: { N: "last" } });
    const run = await deploy(shop, github);
    expect([run.code, limited > 1, run.stdout.includes("::warning")], run.stdout).toEqual([0, true, false]);
    expect(deployments(github).at(-1)).toBe(`deploy ${short(last)} production: in_progress success`);
    expect(github.problems.filter((line) => !line.startsWith("the answer"))).toEqual([]);
  });
});

const ISSUES = { github: { deployments: true, issue: true, "issue-labels": "incident\nproduction" } };
const CANARY = "canary-4c1d-p@ss";
/** Writes a row, and is not healthy: the way back restores the savepoint, without that row. */
const LOSING = {
  behaviour: { broken: `no ${CANARY} @ada`, startSql: "INSERT INTO notes (body) VALUES ('lost')" },
  migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD COLUMN x int;\n" },
  timeout: "1s",
} as const;

test("a rollback opens one issue with what was seen, whatever is run again; a good deploy and a dry run open none", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  await shop.commit({ profile: ISSUES });
  expect((await deploy(shop, github)).code).toBe(0);
  expect(github.records.issues).toEqual([]);
  const failing = await shop.commit(LOSING);
  const failed = await deploy(shop, github, { env: { SAVEPOINT_HEALTH_HEADERS: `X-Key: ${CANARY}` } });
  expect([failed.code, failed.outputs["rolled-back"]], failed.stdout).toEqual([1, "true"]);
  const [issue] = github.records.issues;
  expect(issue).toMatchObject({ title: `shop/production: the deploy of ${short(failing)} failed and was rolled back`, state: "open" });
  expect(issue?.["labels"]).toMatchObject([{ name: "incident" }, { name: "production" }]);
  const body = String(issue?.["body"]);
  expect(body).toContain("### Failed: health");
  expect(body).toContain(`| replaced database | ${String(failed.outputs["replaced-database"]).replaceAll("_", "\\_")} |`);
  expect(body).toContain("| public.notes | 1 | 0 |");
  expect(body).toMatch(/savepoint status --environment production .*--app shop/);
  const again = await shop.action("rollback", {}, from(github));
  expect(again.code, again.stdout).toBe(0);
  await shop.commit({ behaviour: {}, files: { "migrations/002_x.sql": null } });
  expect((await deploy(shop, github)).code).toBe(0);
  expect(github.records.issues).toHaveLength(1);
  expect(github.problems).toEqual([]);
  const told = JSON.stringify([github.records, [...github.records.deploymentStatuses.values()], await shop.journal()]);
  expect(told).not.toMatch(/canary-4c1d|github-canary/);
});

test("a run that is killed between what GitHub did and its own note of it is made up for by the next, and nothing is there twice", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: TOKEN });
  await shop.commit({ profile: ISSUES });
  /** Ends the run once GitHub carried out the first request of a route, before it is answered. */
  const killedAt = async (route: RegExp): Promise<void> => {
    let child: { kill(signal: "SIGKILL"): boolean } | undefined;
    github.after = (asked) => {
      if (!route.test(asked)) return undefined;
      github.after = () => undefined;
      child?.kill("SIGKILL");
      return { status: 200, how: "hang" };
    };
    const run = await deploy(shop, github, { started: (started) => (child = started) });
    expect(run.signal, run.stdout).toBe("SIGKILL");
  };
  await killedAt(/^POST .*\/deployments$/);
  expect((await shop.journal()).some(({ kind }) => kind === "github.told")).toBe(false);
  // The last step of the same run.
  const ended = await shop.action("rollback", {}, from(github, { workflow: `${runs}.1` }));
  expect(ended.code, ended.stdout).toBe(0);
  const second = await shop.commit({ files: { N: "2" } });
  expect((await deploy(shop, github)).code).toBe(0);
  expect(deployments(github).at(-1)).toBe(`deploy ${short(second)} production: in_progress success`);
  expect(new Set(github.records.deployments.map(({ payload }) => JSON.stringify(payload))).size).toBe(github.records.deployments.length);
  const before = github.records.issues.length;

  await shop.commit(LOSING);
  await killedAt(/^POST .*\/issues$/);
  expect(github.records.issues).toHaveLength(before + 1);
  await shop.commit({ behaviour: {}, files: { "migrations/002_x.sql": null } });
  expect((await deploy(shop, github)).code).toBe(0);
  expect(github.records.issues).toHaveLength(before + 1);
  const numbers = (await shop.journal()).flatMap(({ issue }) => (issue === undefined ? [] : [issue]));
  expect(numbers).toContain(github.records.issues[0]?.["number"]);
  expect(github.problems).toEqual([]);
});
