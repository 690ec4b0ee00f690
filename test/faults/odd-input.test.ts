import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { git } from "../lab/git.ts";
import { startGithub } from "../lab/github.ts";
import { settledShop } from "../lab/settled-shop.ts";
import { openShop, type Run, type Shop, START, STOP } from "../lab/shop.ts";

const ODD = [`it's "quoted" é 🚀 $(touch pwned)`, "-n \\slash %41 *?[x] `id`; & > x"];

describe("names that are odd and right", () => {
  test.each(ODD)(
    "%s names the database, the folders of app and state, and a branch's file; all of it is deployed and taken back",
    async (odd) => {
      await using shop = await openShop({ database: `${odd} ${process.pid}`, profile: { app: null, "app-dir": null, "state-dir": null } });
      const place = join(shop.folder, odd);
      await mkdir(place);
      await rename(shop.appDir, join(place, "app"));
      const flags = {
        "app-dir": join(place, "app"),
        "state-dir": join(place, "state"),
        "rollout-stop-command": STOP,
        "rollout-start-command": START,
      };
      const first = await shop.run("deploy", flags);
      expect(first.stderr).toContain("is deployed and stable");
      await shop.commit({
        behaviour: { broken: odd },
        timeout: "1s",
        files: { [`${odd.replaceAll("/", "_")}.txt`]: odd },
        migrations: { "002_a.sql": "-- UP\nALTER TABLE notes ADD a int;\n" },
      });
      const failed = await shop.run("deploy", flags);
      expect(failed.code).toBe(1);
      expect(failed.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored", commit: first.json.outputs.commit });
      expect(failed.stderr).toContain(odd);
      const replaced = String(failed.json.outputs["replaced-database"]);
      expect(failed.stderr).toContain(` -d '${replaced.replaceAll("'", String.raw`'\''`)}'`);
      expect(await shop.health()).toMatchObject({ status: 200, commit: first.json.outputs.commit });
    },
  );
});

describe("files that are odd and right", () => {
  test("migrations with CRLF, with a byte order mark, and with a name in Portuguese are applied", async () => {
    await using shop = await openShop();
    await shop.commit({
      migrations: {
        "002_crlf.sql": "-- UP\r\nALTER TABLE notes ADD crlf int;\r\n-- DOWN\r\nALTER TABLE notes DROP crlf;\r\n",
        "003_bom.sql": "\uFEFF-- UP\nALTER TABLE notes ADD bom int;\n",
        "004_correção_🚀.sql": '-- UP\nALTER TABLE notes ADD "correção 🚀" int;\n',
      },
    });
    const run = await shop.run("deploy");
    expect(run.code).toBe(0);
    expect(run.json.outputs.applied).toEqual(["001", "002", "003", "004"]);
  });
});

test("two deploys at once: the second gives up after its lease, and says who is at it", async () => {
  await using shop = await settledShop();
  await shop.commit({ behaviour: { startMs: 5000 } });
  const one = shop.start("deploy", {}, { workflow: "1.1" });
  while ((await shop.journal()).at(-1)?.kind === "tags.moved") await new Promise((again) => setTimeout(again, 20));
  const two = await shop.run("deploy", { "lock-lease": "1s" }, { workflow: "2.1" });
  expect(two.code).toBe(2);
  expect(two.json.message).toMatch(/^Waited 1\.0 s: 1\.1 .*is /);
  expect(two.json.next).toContain(" status --environment production");
  expect((await one.done).code).toBe(0);
});

test("a tag in a shallow checkout without tags is refused with the way to have them", async () => {
  await using shop = await settledShop();
  const { tag } = shop.first;
  await shop.commit();
  const shallow = await shop.origin.clone("shallow", { depth: 1 });
  const run = await shop.run("deploy", { commit: tag }, { cwd: shallow });
  expect(run.json.message).toContain(`\`commit\` is "${tag}"`);
  expect(run.json.hint).toContain("fetch-depth: 0");
  expect(run.code).toBe(2);
});

describe("stable tags that cannot be moved", () => {
  /** The version is stable, and what waits is said with the command that finishes it. */
  async function expectWaiting(shop: Shop, run: Run, why: RegExp, commit: string): Promise<void> {
    expect(`${run.json.message}\n${run.json.evidence.join("\n")}\n${run.json.hint}`).toMatch(why);
    expect(run.code).toBe(3);
    expect(run.json.state.join("\n")).toContain("tags: not moved");
    expect(run.json.next).toContain(` mark-stable --environment production --commit ${commit}`);
    const status = await shop.run("status");
    expect(status.json.outputs).toMatchObject({ state: "idle", stable: commit });
    expect(status.stderr).toContain("tag waits");
  }

  test("for a ruleset: its own words, and how to scope it", async () => {
    await using shop = await openShop();
    await shop.origin.refuse("refs/tags/*", "GH013: Repository rule violations found");
    const run = await shop.run("deploy");
    await expectWaiting(shop, run, /GH013.*ruleset|ruleset.*GH013/is, await shop.head());
    await shop.origin.allowAll();
    const done = await shop.run("mark-stable", { commit: await shop.head() });
    expect(done.code).toBe(0);
    expect((await shop.tags()).get("latest-stable")).toBe(await shop.head());
  });

  test("for a token without permission: which one it lacks", async () => {
    await using shop = await openShop();
    await using github = await startGithub(shop.origin.url, { token: "t0ken" });
    github.answer = (route) =>
      route.startsWith("GET") ? undefined : { status: 403, body: { message: "Resource not accessible by integration" } };
    const empty = join(shop.folder, "empty");
    await mkdir(empty);
    const env = { GITHUB_API_URL: github.apiUrl, GITHUB_GRAPHQL_URL: github.graphqlUrl, GITHUB_TOKEN: "t0ken" };
    const run = await shop.run("mark-stable", { commit: await shop.head() }, { cwd: empty, env, workflow: "1.1" });
    expect(`${run.json.message}\n${run.json.hint}`).toMatch(/contents: write/);
    expect(run.json.evidence.join("\n")).toContain("Resource not accessible by integration");
    expect(run.code).not.toBe(0);
    expect(run.stderr).not.toContain("t0ken");
    expect(await git(shop.origin.url, "tag")).toBe("");
  });
});

test("a settings file that was not committed is named where what stands in it is missing", async () => {
  await using shop = await openShop();
  await shop.commit({ files: { "savepoint.yml": null } });
  for (const [operation, lacking] of [
    ["rollout", "No `app-dir` is given"],
    ["backup", "No database is named"],
  ] as const) {
    const run = await shop.run(operation, { "state-dir": shop.stateDir });
    expect(run.json.message).toContain(lacking);
    expect(run.json.hint).toContain(`There is no savepoint.yml in ${shop.checkout}`);
  }
});

test("a secret or variable that is empty for the job is said to be so, as GitHub does not", async () => {
  await using shop = await openShop();
  const reached = { host: "deploy@shop.example", "ssh-key": "", "ssh-known-hosts": "SHA256:x" };
  const keyless = await shop.action("deploy", reached);
  expect(keyless.stdout).toContain("`ssh-key: ${{ secrets.SSH_KEY }}` already, that is empty for this job");
  const unknown = await shop.action("deploy", { ...reached, "ssh-key": "x", "ssh-known-hosts": "" });
  expect(unknown.stdout).toContain("`ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}` already, that is empty for this job");
});

test("all settings that are missing are said in one refusal, before any connection", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { "savepoint.yml": null } });
  const run = await shop.action("deploy", { host: "deploy@shop.example" });
  expect(run.stdout).toContain("4 settings are missing, and nothing was touched:");
  for (const name of ["`ssh-known-hosts` is required", "`ssh-key` is required", "No `app-dir` is given", "No health check is given"])
    expect(run.summary.replaceAll(/<\/?code>/g, "`")).toContain(name);
  expect(run.stdout).not.toContain("Connecting to");
  // What is true of both stands there once, in the summary.
  expect(run.summary.match(/empty for this job/g)).toHaveLength(1);
  const hosted = await shop.action("deploy", {}, { env: { RUNNER_ENVIRONMENT: "github-hosted" } });
  expect(hosted.stdout).toMatch(/3 settings are missing.*die with it.*`app-dir`.*health check/s);
  const backup = await shop.action("backup", { host: "deploy@shop.example", "ssh-key": "x" });
  expect(backup.stdout).toMatch(/2 settings are missing.*`ssh-known-hosts` is required.*No database is named/s);
  const given = { app: "shop", "state-dir": shop.stateDir, "database-url": shop.database.url };
  const restore = await shop.action("restore", given);
  expect(restore.stdout).toMatch(/Give `backup`: .*Give `confirm: production`/s);
});

test("an unknown input of an action is refused with the nearest known one", async () => {
  await using shop = await openShop();
  const run = await shop.action("deploy", { DRYRUN: "true", "helth-url": "x" });
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/`dryrun` is not an input.*did you mean `dry-run`/);
  expect(run.stdout).toMatch(/`helth-url` is not an input.*did you mean `health-url`/);
  expect(run.summary).toContain("health-url");
  expect(await git(shop.origin.url, "tag")).toBe("");
});
