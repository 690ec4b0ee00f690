import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { git } from "../../lab/git.ts";
import { type FirstVersion, preparedShop, settledShop } from "../../lab/settled-shop.ts";
import { type Flags, openShop, type RunOptions, type Run, type Shop, STOP } from "../../lab/shop.ts";

const WIDER = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" };

async function byHand(shop: Shop, flags: Flags = {}, options: RunOptions = {}): Promise<Run> {
  return await shop.run("rollback", { confirm: "production", reason: "orders fail", ...flags }, options);
}

describe("what is asked for by hand is refused, and nothing touched,", () => {
  let shop: Shop;
  let before: string;
  beforeAll(async () => {
    shop = await settledShop();
    before = JSON.stringify(await shop.journal());
  });
  afterAll(async () => await shop[Symbol.asyncDispose]());

  async function refused(flags: Flags, message: string): Promise<Run> {
    const run = await shop.run("rollback", flags);
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(2);
    expect(JSON.stringify(await shop.journal())).toBe(before);
    return run;
  }

  test("with `to`, but without `confirm`", async () => {
    const run = await refused({ to: "latest-stable", reason: "orders fail" }, "needs `confirm`");
    expect(run.stderr).toContain("Nothing was touched.");
    expect(run.json.hint).toContain("Give `confirm: production`");
  });
  test("with another name in `confirm`", async () =>
    await refused({ confirm: "staging", reason: "orders fail" }, '`confirm` is "staging", and the environment is production.'));
  test("with none of them: all is said at once, with where there is nothing to go back to", async () => {
    const run = await refused(
      { to: "v99" },
      "A rollback by hand needs `confirm`, the environment's name, and a `reason`, for the journal.",
    );
    expect(run.json.evidence.join("\n")).toContain('`to` is "v99"');
  });
  test("without a reason", async () => await refused({ to: "latest-stable", confirm: "production" }, "needs a `reason`"));
  test("with nothing to go back to: that is said at once, whatever else is missing, and what can be done instead", async () => {
    for (const flags of [{}, { confirm: "production" }, { reason: "orders fail" }] as const) {
      const run = await refused(flags, "There is no version to go back to: ");
      expect(run.stderr).not.toMatch(/needs/);
      expect(run.json.hint).toContain("Or deploy a commit that works.");
    }
  });
  test("with a `to` that nothing is called", async () => {
    const run = await refused({ confirm: "production", reason: "orders fail", to: "v99" }, '`to` is "v99"');
    expect(run.json.next).toContain(" list --environment production");
  });
  test("where nothing came before latest-stable, which runs; what there is, is listed, replaced databases too", async () => {
    const run = await refused({ confirm: "production", reason: "orders fail" }, "no stable version came before it");
    expect(run.json.evidence.join("\n")).toMatch(/pre-deploy of 20/);
    expect((await shop.paste(run.json.next as string)).code).toBe(0);
    expect(run.json.evidence.join("\n")).not.toContain("Replaced databases");
    const replaced = `${shop.database.name}_failed_20261120143022`;
    await shop.database.sql(`CREATE DATABASE "${replaced}"`);
    try {
      const named = await refused({}, "no stable version came before it");
      expect(named.json.evidence.join("\n")).toMatch(
        new RegExp(`^${replaced}, live until 2026-11-20 14:30:22 UTC: .*restore .*--backup ${replaced} --confirm production`, "m"),
      );
    } finally {
      await shop.database.sql(`DROP DATABASE "${replaced}"`);
    }
  });
});

test("a rollback reads an empty journal as such, and says where it looked and as whom", async () => {
  await using shop = await openShop();
  const hostless = await shop.run("rollback", { "dry-run": true }, { cwd: "/" });
  expect(hostless.json.hint).toContain("Give `host`");
  const mistyped = await shop.run("rollback", { "dry-run": true, "state-dir": join(shop.folder, "sate") }, { cwd: "/" });
  expect(mistyped.json.message).toContain(`There is no journal in ${join(shop.folder, "sate")} on this machine`);
  const never = await byHand(shop);
  expect(never.code).toBe(2);
  expect(never.stderr).toContain(`There is no journal in ${shop.stateDir} on this machine (read as `);
  // A step that failed before it opened anything leaves a state without entries.
  expect((await shop.run("backup", {}, { env: { SAVEPOINT_DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" } })).code).not.toBe(0);
  const empty = await byHand(shop, { to: "HEAD~1" });
  expect(empty.code).toBe(2);
  expect(empty.stderr).toContain(`The journal in ${shop.stateDir} on this machine (read as `);
  expect(empty.stderr).toContain("say both `to` (a commit) and `database` (restore or keep)");
  await shop.database.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text)");
  const told = await byHand(shop, { to: await shop.head(), database: "keep" });
  expect(told.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "kept" });
});

describe("with nothing open", () => {
  let shop: Shop;
  let one: FirstVersion;
  let two: FirstVersion;
  const prepare = async (fresh: Shop) => {
    const first = await fresh.deployed();
    await fresh.database.sql("INSERT INTO notes (body) VALUES ('on one')");
    const second = await fresh.deployed({ migrations: WIDER });
    await fresh.database.sql("INSERT INTO notes (body) VALUES ('on two')");
    return { first, second };
  };
  beforeEach(async () => {
    const prepared = await preparedShop({ name: "two-by-hand", prepare });
    shop = prepared;
    ({ first: one, second: two } = prepared.made);
    return async () => await shop[Symbol.asyncDispose]();
  });

  async function bodies(): Promise<readonly unknown[]> {
    return (await shop.database.sql("SELECT body FROM notes ORDER BY id")).map((row) => row["body"]);
  }

  test("a dry run shows where it would go and what would be left behind, asks for no confirmation, and writes nothing", async () => {
    const before = JSON.stringify(await shop.journal());
    for (const [flags, options] of [
      [{ reason: "orders fail" }, { workflow: "300.1" }],
      [{}, {}],
    ] as const) {
      const tried = await shop.run("rollback", { "dry-run": true, ...flags }, options);
      expect(tried.json.outputs).toMatchObject({ "rolled-back": false, commit: one.commit, "database-action": "restore" });
      expect(tried.stderr).toContain("public.notes: 2 now, 1 in the savepoint");
      expect(tried.stderr).toContain("It has to be said: `database: restore`, or `database: keep`.");
    }
    // At a terminal, with nothing said, the same is shown with the commands; and nothing is green that did nothing.
    const bare = await shop.run("rollback");
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain(`Target: ${one.commit}`);
    expect(bare.stderr).toContain(two.commit);
    expect(bare.json.ways.map(({ command }: { command: string }) => / --database (\w+) /.exec(command)?.[1])).toMatchObject({
      0: "down",
      1: "restore",
      2: "keep",
    });
    const shown = await shop.run("rollback", { "dry-run": true });
    expect(shown.json.ways).toEqual(bare.json.ways);
    // The last step of a workflow, which says nothing, is another matter.
    const automatic = await shop.run("rollback", { "dry-run": true, reason: "" }, { workflow: "300.1" });
    expect(automatic.json.outputs).toMatchObject({ skipped: "nothing-open" });
    expect(JSON.stringify(await shop.journal())).toBe(before);
    expect(await bodies()).toEqual(["on one", "on two"]);
  });

  test("a replaced database that is brought back names the version whose schema it has, to bring its code as well", async () => {
    const back = await byHand(shop, { database: "restore" });
    const replaced = String(back.json.outputs["replaced-database"]);
    const dry = await shop.run("restore", { backup: replaced, "dry-run": true });
    expect(dry.stderr).toContain("Its schema may be another version's than the one that runs");
    const apart = await shop.run("restore", { backup: replaced, confirm: "production" });
    expect(apart.code).toBe(3);
    expect(apart.json.next).toContain(`--to ${two.commit} --database keep`);
    expect(await bodies()).toEqual(["on one", "on two"]);
  });
  test("it goes to the stable version before, once the restore was said; tags follow; pressing twice goes nowhere", async () => {
    const asked = await byHand(shop);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("The database would be restored to the savepoint, and that was not said. Nothing was touched.");
    expect(asked.stderr).toContain("public.notes: 2 now, 1 in the savepoint");
    expect(asked.json.hint).toContain("`database: restore`");
    expect(asked.json.hint).toContain("`database: keep`");
    expect(await shop.health()).toMatchObject({ commit: two.commit });
    expect(await shop.run("status").then((run) => run.json.outputs.state)).toBe("idle");

    const done = await byHand(shop, { database: "restore" });
    expect(done.stderr).toContain("Target: ");
    expect(done.code).toBe(0);
    expect(done.json.outputs).toMatchObject({
      "rolled-back": true,
      commit: one.commit,
      "database-action": "restored",
      savepoint: two.savepoint,
    });
    expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
    expect(await bodies()).toEqual(["on one"]);
    const tags = await shop.tags();
    expect(tags.get("latest-stable")).toBe(one.commit);
    expect([...tags.values()]).not.toContain(two.commit);
    expect(tags.get(one.tag)).toBe(one.commit);

    await shop.database.sql("INSERT INTO notes (body) VALUES ('after')");
    const twice = await byHand(shop);
    expect(twice.json.headline).toContain(`was and is on ${one.commit.slice(0, 7)}, nothing was taken back`);
    expect(twice.code).toBe(0);
    expect(twice.json.outputs).toMatchObject({ commit: one.commit, "database-action": "kept" });
    expect(await bodies()).toEqual(["on one", "after"]);
  });

  test("`database: keep` takes the code alone, and that schema is the version's from then on", async () => {
    const run = await byHand(shop, { database: "keep" });
    expect(run.code).toBe(0);
    expect(run.json.outputs).toMatchObject({ commit: one.commit, "database-action": "kept" });
    expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
    expect(await bodies()).toEqual(["on one", "on two"]);
    const again = await byHand(shop);
    expect(again.code).toBe(0);
    expect(again.json.outputs).toMatchObject({ "database-action": "kept" });
  });

  test("where the live database lets nobody in, what has to be said is asked for all the same, with the commands", async () => {
    const { name } = shop.database;
    await shop.database.superuser(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`, "postgres");
    const asked = await byHand(shop);
    expect(asked.stderr).toContain("The database would be restored to the savepoint, and that was not said. Nothing was touched.");
    expect(asked.json.ways[0].command).toContain("--database restore");
    expect(asked.code).toBe(2);
    const done = await byHand(shop, { database: "restore" });
    expect(done.json.outputs).toMatchObject({ "rolled-back": true, commit: one.commit, "database-action": "restored" });
    expect(done.code).toBe(0);
    expect(await bodies()).toEqual(["on one"]);
  });

  test("`database: down` to a version that no database was seen on takes nothing down", async () => {
    const never = await shop.commit({ files: { NEWS: "never deployed" } });
    await git(shop.appDir, "fetch", "--quiet", "origin");
    const run = await byHand(shop, { to: never, database: "down" });
    expect(await bodies()).toEqual(["on one", "on two"]);
    // Nothing was touched, so that it is a refusal.
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("`database: down` was said, and the target version's schema is not known");
    expect(run.json.next).toContain(`--to ${never} --database keep`);
    expect(await shop.run("status").then((status) => status.json.outputs.state)).toBe("idle");
  });

  test("`database: down` that does not lead back stops there: a restore has to be said", async () => {
    await shop.deployed({ migrations: { "003_bad.sql": "-- UP\nALTER TABLE notes ADD bad int;\n-- DOWN\nSELECT 1;\n" } });
    await shop.database.sql("INSERT INTO notes (body) VALUES ('on three')");
    const asked = await byHand(shop);
    const offered = asked.json.ways.map(({ command }: { command: string }) => /--database \w+/.exec(command)?.[0]);
    expect(offered.slice(0, 3)).toEqual(["--database restore", "--database keep", "--database down"]);
    expect(asked.json.ways[2].means).toContain("But the DOWN of 003 (bad) does not undo line 1 of its UP: it does not name bad.");
    const run = await byHand(shop, { database: "down" });
    expect(await bodies()).toEqual(["on one", "on two", "on three"]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("The database would be restored to the savepoint, and that was not said. The app is stopped.");
    // It was taken down a migration: the version that was stopped is not started on that.
    expect(run.json.state).toContain("app: stopped");
    expect(await shop.health()).toBeUndefined();
    expect((await shop.run("status")).stderr).toMatch(/app +.*stopped at 20.* UTC, by a rollback that failed/);
    const commands = run.json.ways.map(({ command }: { command: string }) => command);
    expect(commands[0]).toContain(" --confirm production --database restore ");
    expect(commands[1]).toContain(" --confirm production --database keep ");
    expect(commands.at(-1)).toContain(" unlock ");
  });

  test("`to` names a stable tag, a savepoint or a commit; from an empty folder, with nothing but the state's place", async () => {
    const empty = await mkdtemp(join(tmpdir(), "savepoint-empty-"));
    try {
      const from = { "state-dir": shop.stateDir, environment: "production" };
      const toTag = await byHand(shop, { ...from, to: one.tag, database: "restore" }, { cwd: empty });
      expect(toTag.stderr).toContain(`\`to: ${one.tag}\` was said`);
      expect(toTag.code).toBe(0);
      expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
      expect(await bodies()).toEqual(["on one"]);
      expect((await shop.tags()).get("latest-stable")).toBe(one.commit);

      const three = await shop.deployed({ files: { NEWS: "three" } });
      const toSavepoint = await byHand(shop, { ...from, to: three.savepoint, database: "restore" }, { cwd: empty });
      expect(toSavepoint.code).toBe(0);
      expect(toSavepoint.json.outputs).toMatchObject({ savepoint: three.savepoint, "database-action": "restored", commit: one.commit });

      const toCommit = await byHand(shop, { ...from, to: three.commit.slice(0, 10), database: "keep" }, { cwd: empty });
      expect(toCommit.code).toBe(0);
      expect(await shop.health()).toMatchObject({ status: 200, commit: three.commit });
    } finally {
      await rm(empty, { recursive: true });
    }
  });
});

test("where the database's address is a secret, a rollback from an empty folder wants it said, and needs nothing else", async () => {
  await using shop = await openShop({ profile: { "database-url": null } });
  const secret = { SAVEPOINT_DATABASE_URL: shop.database.url };
  expect((await shop.run("deploy", {}, { env: secret })).code).toBe(0);
  const commit = await shop.head();
  await shop.commit({ migrations: WIDER });
  expect((await shop.run("deploy", {}, { env: secret })).code).toBe(0);
  const empty = await mkdtemp(join(tmpdir(), "savepoint-empty-"));
  try {
    const flags = { "state-dir": shop.stateDir, environment: "production", database: "restore" };
    const untold = await byHand(shop, { ...flags, database: "auto" }, { cwd: empty });
    expect(untold.code).toBe(2);
    expect(untold.stderr).toContain("SAVEPOINT_DATABASE_URL");
    const listed = await shop.run("list", { "state-dir": shop.stateDir, environment: "production" }, { cwd: empty });
    expect(listed.code).toBe(0);
    expect(listed.stderr).toContain("Replaced databases are not listed.");
    expect(await shop.head()).not.toBe(commit);
    const told = await byHand(shop, flags, { cwd: empty, env: secret });
    expect(told.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "restored" });
    expect(JSON.stringify(await shop.journal())).not.toContain(shop.database.url);
  } finally {
    await rm(empty, { recursive: true });
  }
});

test("a replaced database that was to come back outlives a restore that was killed, and the rollback that ends it", async () => {
  await using shop = await openShop({ profile: { rollout: { "stop-command": `if [ -e hang ]; then : >hangs; sleep 600; fi; ${STOP}` } } });
  await shop.deployed();
  // Its backup is of a database that the app can run on.
  await shop.deployed({});
  const first = await shop.run("restore", { backup: "latest", confirm: "production" });
  expect(first.code).toBe(0);
  const replaced = String(first.json.outputs["replaced-database"]);
  const there = async () => (await shop.database.superuser(`SELECT FROM pg_database WHERE datname = '${replaced}'`)).length;
  expect(await there()).toBe(1);
  await writeFile(join(shop.appDir, "hang"), "");
  const killed = shop.start("restore", { backup: replaced, confirm: "production" });
  while (!existsSync(join(shop.appDir, "hangs"))) await new Promise((again) => setTimeout(again, 20));
  killed.child.kill("SIGKILL");
  await killed.done.catch(() => undefined);
  await rm(join(shop.appDir, "hang"));
  await shop.age(61);
  const ended = await shop.run("rollback", { confirm: "production", reason: "the restore was killed" });
  expect(ended.code).toBe(0);
  expect(await there()).toBe(1);
});

test("after a deploy that was taken back by itself, a rollback by hand goes nowhere, says so, and prints the command to the stable version before", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  const two = await shop.deployed({ migrations: WIDER });
  await shop.commit({ behaviour: { broken: "no" }, timeout: "1s" });
  expect((await shop.run("deploy")).code).toBe(1);
  for (const flags of [{ "dry-run": true }, { confirm: "production", reason: "orders fail" }] as const) {
    const run = await shop.run("rollback", flags);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(`${two.commit.slice(0, 7)} is what runs already: nothing is taken back.`);
    expect(run.json.next).toContain(` --to ${one.tag} --database down `);
  }
  // Of one that would be refused, the dry run ends as the real one does.
  await rm(join(shop.stateDir, "backups"), { recursive: true });
  const ends = await Promise.all(
    [{ "dry-run": true }, { confirm: "production" }].map(
      async (flags) => await shop.run("rollback", { to: one.tag, reason: "orders fail", ...flags } as Flags),
    ),
  );
  expect(ends.map(({ code }) => code)).toEqual([2, 2]);
  expect(ends[0]?.json).toMatchObject({ message: ends[1]?.json.message, ways: ends[1]?.json.ways });
});
