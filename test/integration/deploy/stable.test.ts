import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { openShop, type Shop, START, STOP } from "../../lab/shop.ts";

describe("steps of one run, with nothing passed between them,", () => {
  let shop: Shop;
  let commit: string;
  beforeAll(async () => {
    shop = await openShop();
    commit = await shop.commit();
  });
  afterAll(async () => await shop[Symbol.asyncDispose]());
  const mine = { workflow: "100.1" };

  test("with nothing open, a rollback step is green and does nothing", async () => {
    const run = await shop.run("rollback", {}, mine);
    expect(run.code).toBe(0);
    expect(run.json.outputs).toMatchObject({ "rolled-back": false, skipped: "nothing-open" });
  });

  test("make one deploy, which mark-stable refuses before its health was checked", async () => {
    for (const [operation, flags] of [
      ["rollout", { phase: "prepare" }],
      ["backup", {}],
      ["migrate", {}],
      ["rollout", { phase: "switch" }],
    ] as const) {
      const run = await shop.run(operation, flags, mine);
      expect(run.stderr).not.toContain("✗");
      expect(run.code).toBe(0);
    }
    const opened = (await shop.journal()).filter((entry) => entry.kind === "deploy.opened");
    expect(opened).toHaveLength(1);
    const early = await shop.run("mark-stable", {}, mine);
    expect(early.code).toBe(2);
    expect(early.stderr).toContain("cannot be marked stable: its health was never checked");
    expect((await shop.tags()).size).toBe(0);
  });

  test("another run's rollback step is green and does nothing; its mark-stable is refused", async () => {
    const other = await shop.run("rollback", {}, { workflow: "200.1" });
    expect(other.code).toBe(0);
    expect(other.json.outputs).toMatchObject({ "rolled-back": false, skipped: "not-owner" });
    const marks = await shop.run("mark-stable", {}, { workflow: "200.1" });
    expect(marks.code).toBe(2);
    expect(marks.stderr).toContain("Nothing can be marked stable now: 100.1 is deploying");
  });

  test("mark-stable refuses after a health check that failed", async () => {
    const failed = await shop.run("health-check", { timeout: "300ms", "expect-status": "204" }, mine);
    expect(failed.code).toBe(1);
    const run = await shop.run("mark-stable", {}, mine);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("its last health check did not pass");
  });

  test("after a passed gate the deploy is confirmed, and the rollback step does nothing", async () => {
    expect((await shop.run("health-check", {}, mine)).code).toBe(0);
    const run = await shop.run("mark-stable", {}, mine);
    expect(run.code).toBe(0);
    expect((await shop.tags()).get("latest-stable")).toBe(commit);
    const back = await shop.run("rollback", {}, mine);
    expect(back.json.outputs).toMatchObject({ skipped: "nothing-open" });
    expect(await shop.health()).toMatchObject({ commit });
  });
});

describe("a tag that is refused", () => {
  test("leaves the deploy confirmed and blocks nothing; it waits, and its command moves it", async () => {
    await using shop = await openShop();
    await shop.origin.refuse("refs/tags/*", "GH013: Repository rule violations found");
    const commit = await shop.commit();
    const run = await shop.run("deploy");
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("GH013");
    expect(run.json.state).toEqual([expect.stringContaining("confirmed in the journal"), expect.stringContaining("tags: not moved")]);
    expect(run.json.next).toContain(
      ` mark-stable --environment production --commit ${commit} --confirm production --state-dir ${shop.stateDir}`,
    );
    expect(run.json.outputs).toMatchObject({ "rolled-back": false });
    expect(await shop.health()).toMatchObject({ status: 200, commit });
    expect((await shop.run("rollback", {}, { workflow: "400.1" })).json.outputs).toMatchObject({ skipped: "nothing-open" });
    const status = await shop.run("status");
    expect(status.json.outputs).toMatchObject({ state: "idle", stable: commit });
    expect(status.stderr).toContain("tag waits");

    // Pasted while it is refused still, it does not print itself again.
    const refused = await shop.paste(run.json.next);
    expect(refused.code).toBe(3);
    expect(refused.json.next).toContain(" status ");
    await shop.origin.allowAll();
    expect((await shop.paste(refused.json.ways[1].command)).code).toBe(0);
    expect((await shop.tags()).get("latest-stable")).toBe(commit);
    expect((await shop.run("status")).stderr).not.toContain("tag waits");
  });

  test("is overtaken by the next deploy's", async () => {
    await using shop = await openShop();
    await shop.origin.refuse("refs/tags/*", "GH013: Repository rule violations found");
    const first = await shop.commit();
    expect((await shop.run("deploy")).code).toBe(3);
    await shop.origin.allowAll();
    const next = await shop.deployed({ files: { NEWS: "two" } });
    const tags = await shop.tags();
    expect(tags.get("latest-stable")).toBe(next.commit);
    expect([...tags.values()]).toContain(first);
  });
});

test("with nothing open only what runs is marked, by the journal's settings, and at a terminal only what was said and confirmed", async () => {
  await using shop = await openShop();
  const fresh = await shop.run("mark-stable");
  expect(fresh.code).toBe(2);
  expect(fresh.stderr).toContain("Nothing was deployed to shop/production yet, and no `commit` is said");
  expect((await shop.tags()).size).toBe(0);
  const { commit } = await shop.deployed();
  const bare = { cwd: shop.checkout };
  const place = { "state-dir": shop.stateDir, app: "shop" };

  // Without a settings file the journal knows where the app is.
  const broken = await shop.commit({ behaviour: { broken: "no stock" }, timeout: "300ms" });
  expect((await shop.run("deploy")).code).toBe(1);
  await rm(join(shop.checkout, "savepoint.yml"));
  const failed = await shop.run("mark-stable", place, bare);
  expect(failed.stderr).toContain(`${broken.slice(0, 7)} failed on shop/production`);
  expect(failed.stderr).toContain("Deploy it again");
  expect(failed.code).toBe(2);
  const other = await shop.commit({ behaviour: {}, files: { NEWS: "not deployed" } });
  await rm(join(shop.checkout, "savepoint.yml"));
  for (const said of [{}, { commit: other }]) {
    const wrong = await shop.run("mark-stable", { ...place, ...said }, bare);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`${commit.slice(0, 7)} runs on the host, not ${other.slice(0, 7)}`);
  }
  expect((await shop.tags()).get("latest-stable")).toBe(commit);

  const unread = await shop.run("mark-stable", { ...place, commit, confirm: "" }, bare);
  expect(unread.code).toBe(2);
  expect(unread.json.message).toBe(`Marking ${commit.slice(0, 7)} stable on shop/production needs a confirmation. Nothing was touched.`);
  expect((await shop.paste(unread.json.next)).code).toBe(0);
  expect((await shop.run("mark-stable", { ...place, commit, confirm: "staging" }, { workflow: "7.1" })).code).toBe(2);
  const again = await shop.run("mark-stable", { ...place, commit }, { workflow: "7.1" });
  expect(again.code).toBe(0);
  const marked = (await shop.journal()).find(({ kind }) => kind === "stable.marked");
  expect(marked.deploy).toBeTruthy();
  expect(again.json.headline).toBe(
    `${commit.slice(0, 7)} on shop/production: ${commit.slice(0, 7)} is marked already, by deploy ${marked.deploy}`,
  );
});

test("while tags are moved with nothing open, signs of life are given", async () => {
  await using shop = await openShop();
  const { commit } = await shop.deployed();
  const seen = join(shop.folder, "seen");
  for (const tag of (await shop.tags()).keys()) await rm(join(shop.origin.url, "refs/tags", tag));
  await writeFile(join(shop.origin.url, "hooks/pre-receive"), `#!/bin/sh\ncp "${shop.stateDir}/beat" "${seen}"\n`, { mode: 0o755 });
  const marked = await shop.run("mark-stable", { commit, confirm: "production" });
  expect([marked.code, await readFile(seen, "utf8")], marked.stderr).toEqual([
    0,
    expect.stringContaining('"running":true,"step":"mark-stable"'),
  ]);
});

test("an environment's name that no tag can have makes tags all the same; a prefix that was said and makes none is refused first", async () => {
  await using shop = await openShop();
  const refused = await shop.run("deploy", { "tag-prefix": "shop production/" });
  expect(refused.code).toBe(2);
  expect(refused.json.message).toContain('No git tag can be called "shop production/latest-stable"');
  expect(await readdir(shop.stateDir)).not.toContain("journal.jsonl");
  const file = parse(await readFile(join(shop.checkout, "savepoint.yml"), "utf8"));
  file.environments["South America"] = { ...file.environments.production, "state-dir": join(shop.folder, "south") };
  const commit = await shop.commit({ files: { "savepoint.yml": stringify(file) } });
  const run = await shop.run("deploy", { environment: "South America" });
  expect(run.stderr).toContain("is deployed and stable");
  expect((await shop.tags()).get("South-America/latest-stable")).toBe(commit);
});

test("a health command runs in app-dir also where that begins with ~", async () => {
  await using shop = await openShop({ profile: { health: null } });
  // The login user's home is beside the app.
  const run = await shop.run("health-check", { "app-dir": "~/../app", command: "test -e server.cjs", timeout: "5s", successes: 1 });
  expect(run.stderr).toContain("is healthy");
  expect(run.code).toBe(0);
});

describe("what does not run is not marked stable", () => {
  const untold = { health: { "expect-version": null } };

  test("by `backup`, `health-check` and `mark-stable` without a switch: what is checked out on the host is believed", async () => {
    await using shop = await openShop({ profile: untold });
    const stable = await shop.deployed();
    const next = await shop.commit({ files: { NEWS: "never switched to" } });
    const mine = { workflow: "300.1" };
    for (const step of ["backup", "health-check"]) expect((await shop.run(step, {}, mine)).code).toBe(0);
    const marks = await shop.run("mark-stable", {}, mine);
    expect(marks.code).toBe(2);
    expect(marks.stderr).toContain(`${stable.commit.slice(0, 7)} runs on the host, not ${next.slice(0, 7)}`);
    expect(marks.stderr).toContain("run `rollout` before `health-check` and `mark-stable`");
    expect((await shop.tags()).get("latest-stable")).toBe(stable.commit);
    expect((await shop.journal()).filter((entry) => entry.kind === "stable.marked").map((entry) => entry.commit)).toEqual([stable.commit]);
    // The deploy is still open, and goes on with its switch.
    for (const step of ["rollout", "health-check", "mark-stable"]) expect((await shop.run(step, {}, mine)).code).toBe(0);
    expect((await shop.tags()).get("latest-stable")).toBe(next);
  });

  test("unless nothing tells what runs: then that is said", async () => {
    await using shop = await openShop({ profile: { ...untold, "app-dir": null, "database-url": null, rollout: null } });
    await shop.database.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    await shop.byHand("start");
    const commit = await shop.commit();
    const options = { workflow: "300.1", env: { SAVEPOINT_DATABASE_URL: shop.database.url } };
    for (const step of ["backup", "health-check"]) expect((await shop.run(step, {}, options)).code).toBe(0);
    const marks = await shop.run("mark-stable", {}, options);
    expect(marks.stderr).toContain("Which version runs is not known here");
    expect(marks.stderr).toContain(`${commit.slice(0, 7)} is marked because it was said`);
  });

  test("by going back to it: a commit that was never confirmed is marked where that it runs is proven, and only there", async () => {
    await using shop = await openShop({ profile: { ...untold, rollout: { "stop-command": null, "start-command": `(${START})` } } });
    const never = await shop.commit({ files: { NEWS: "never deployed" } });
    const stable = await shop.deployed({ files: { NEWS: "deployed" } });
    const app = await readFile(join(shop.appDir, "app.pid"), "utf8");
    const by = { confirm: "production", reason: "back to the other", database: "keep" };
    // Without a stop-command the stable version goes on answering: nobody can say which one was asked.
    const back = await shop.run("rollback", { ...by, to: never });
    expect(back.stderr).toContain(`${never.slice(0, 7)} was never confirmed, and nothing proves that it is what answers`);
    expect((await shop.tags()).get("latest-stable")).toBe(stable.commit);
    await shop.commit({ profile: { health: { "expect-version": "json:commit" }, rollout: { "stop-command": STOP } } });
    await writeFile(join(shop.appDir, "app.pid"), app);
    const proven = await shop.run("rollback", { ...by, to: never });
    expect(proven.code).toBe(0);
    expect(await shop.health()).toMatchObject({ commit: never });
    expect((await shop.tags()).get("latest-stable")).toBe(never);
  });
});
