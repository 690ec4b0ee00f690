import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop } from "../../lab/shop.ts";

const ADDS = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" };

test("a rollback that cannot start the old version blocks, says how each part stands, and the command for when it is mended finishes it", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  // In the middle of the deploy the host loses what every start-command needs.
  await shop.commit({ migrations: ADDS, profile: { rollout: { command: "sed -i.bak /NODE/d .env" } } });
  const run = await shop.run("deploy");
  expect(run.code).toBe(3);
  // Each fact once: the cause is the same, and the replaced database is named by the state.
  expect(run.json.evidence).toContain("The rollback failed too, with the same.");
  const [end = ""] = run.stderr.split("\n✗ ").slice(-1);
  expect(end.split("start-command failed")).toHaveLength(2);
  expect(end.match(/kept as /g)).toHaveLength(1);
  expect(run.json.state).toEqual([
    `code: ${commit.slice(0, 7)}`,
    `schema: ${commit.slice(0, 7)}'s`,
    "app: stopped",
    expect.stringMatching(/^database: the replaced one is kept as /),
    "lock: held, until a rollback finishes it or an unlock ends it",
  ]);
  await shop.commit({ files: { NEWS: "a new deploy" }, profile: { rollout: { command: null } } });
  const blocked = await shop.run("deploy", {}, { workflow: "7.1" });
  expect(blocked.code).toBe(2);
  expect(blocked.stderr).toContain("failed and was not taken back");

  await rename(join(shop.appDir, ".env.bak"), join(shop.appDir, ".env"));
  // What has just failed is not the first that is printed: a look at how things stand is.
  const [look, rollback] = run.json.ways;
  expect(look.command).toContain(" status ");
  expect((await shop.paste(look.command)).json.next).toBe(rollback.command);
  const finished = await shop.paste(rollback.command);
  expect(finished.code).toBe(0);
  expect(finished.json.outputs).toMatchObject({ "rolled-back": true, commit, "database-action": "kept" });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect(await shop.run("status").then((status) => status.json.outputs.state)).toBe("idle");
});

test("loop guard: the old version, back on its schema and not healthy either, is tried no further; the lock is released", async () => {
  // Something outside of code and database breaks.
  await using shop = await openShop({ profile: { health: { command: "test ! -f ../outage", timeout: "3s" } } });
  const { commit } = await shop.deployed();
  await writeFile(join(shop.folder, "outage"), "");
  await shop.commit({ timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(3);
  expect(run.stderr).toContain(`${commit.slice(0, 7)} is back, and it is not healthy either`);
  expect(run.stderr).toContain("No further rollback is tried");
  // What was seen before is not printed once more.
  expect(run.json.evidence.filter((line: string) => line.startsWith("command on this machine"))).toHaveLength(1);
  expect(run.json.evidence).toContainEqual(expect.stringMatching(/^\((?:one line|\d+ lines) as above\)$/));
  expect(run.json.state).toContain("lock: released");
  expect(run.json.outputs).toMatchObject({ "rolled-back": false });
  // It was left all the same; that the cause may lie elsewhere is said to whoever tries it once more.
  expect(run.json.hint).toMatch(/is quarantined: a commit that mends it is deployed as ever/);
  const once = await shop.run("deploy");
  expect(once.json).toMatchObject({
    exit: 2,
    code: "quarantined",
    hint: expect.stringMatching(/^The version before it was not healthy either/),
  });
  const status = await shop.run("status");
  expect(status.json.outputs).toMatchObject({ state: "idle", running: commit });

  const again = await shop.run("rollback", { confirm: "production", reason: "try again" });
  expect(again.code).toBe(3);
  expect(again.stderr.match(/start-command done/g)).toHaveLength(1);
});

test("without a savepoint nothing is touched, what there is is listed, and the command says what becomes of the database", async () => {
  await using shop = await settledShop();
  const { commit, savepoint } = shop.first;
  await shop.database.sql("INSERT INTO notes (body) VALUES ('before')");
  const bad = await shop.commit({ behaviour: { startSql: "ALTER TABLE notes ADD started int", broken: "no" } });
  expect((await shop.run("rollout")).code).toBe(0);
  await expect.poll(async () => (await shop.health())?.status).toBe(500);
  const run = await shop.run("rollback");
  expect(run.code).toBe(3);
  expect(run.stderr).toContain("there is no savepoint to restore. Nothing was touched.");
  expect(run.json.evidence.join("\n")).toContain(savepoint);
  expect(await shop.head()).toBe(bad);
  expect(await shop.health()).toMatchObject({ status: 500 });
  expect(run.json.next).toContain("--database keep");
  const finished = await shop.paste(run.json.next as string);
  expect(finished.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
});

test("without a savepoint an older one can be gone back to by hand, with the version that ran then", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  const two = await shop.deployed({ migrations: ADDS });
  await shop.commit({ behaviour: { startSql: "ALTER TABLE notes ADD started int", broken: "no" } });
  expect((await shop.run("rollout")).code).toBe(0);
  await expect.poll(async () => (await shop.health())?.status).toBe(500);
  expect((await shop.run("rollback")).code).toBe(3);
  const back = await shop.run("rollback", { confirm: "production", reason: "as it was", to: two.savepoint });
  expect(back.code).toBe(0);
  expect(back.json.outputs).toMatchObject({ commit: one.commit, "database-action": "restored", savepoint: two.savepoint });
  expect(await shop.health()).toMatchObject({ status: 200, commit: one.commit });
});

test("a step whose lock cannot be told of its end fails with its own cause, not with that", async () => {
  await using shop = await openShop();
  // As on a disk that is full, or over a connection that is gone: no sign of life goes through.
  const spoil = `mv '${shop.stateDir}/lock' '${shop.stateDir}/other' && ln -s other '${shop.stateDir}/lock'; echo no such room >&2; exit 4`;
  await shop.commit({ profile: { hooks: { "before-backup": spoil } } });
  const run = await shop.run("backup");
  expect(run.stderr).toContain("The hook before-backup");
  expect(run.stderr).toContain("no such room");
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("The lock could not be told that this step ended");
});

test.each(["rollback", "restore"])(
  "a %s waits for a backup that is being made while the app still runs, not while it stands still",
  async (operation) => {
    await using shop = await settledShop();
    const { commit, savepoint } = shop.first;
    await shop.commit({ migrations: ADDS });
    if (operation === "rollback") for (const step of ["backup", "migrate"]) expect((await shop.run(step)).code).toBe(0);
    const dump = new pg.Client({ connectionString: shop.database.superuserUrl, application_name: "savepoint backup" });
    dump.on("error", () => undefined);
    await dump.connect();
    const run = shop.start(operation, operation === "restore" ? { backup: savepoint, confirm: "production" } : {});
    let said = "";
    run.child.stderr!.on("data", (text: Buffer) => (said += text.toString()));
    await expect.poll(() => said, { interval: 200 }).toContain("Waiting for 1 session of a running backup");
    expect(await shop.health()).toMatchObject({ status: 200 });
    await dump.end();
    const done = await run.done;
    expect(done.code, done.stderr).toBe(operation === "rollback" ? 0 : 3);
    expect(await shop.head()).toBe(commit);
    expect(done.json.outputs["replaced-database"]).toMatch(/_failed_/);
  },
);

test("unlock ends a deploy as it stands, journaled, and wants the environment's name and a reason", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS });
  await shop.run("backup");
  await shop.run("migrate");
  expect((await shop.run("unlock", { reason: "x" })).code).toBe(2);
  expect((await shop.run("unlock", { confirm: "production" })).code).toBe(2);
  const run = await shop.run("unlock", { confirm: "production", reason: "finished by hand" });
  expect(run.code).toBe(0);
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "deploy.closed", as: "failed", blocks: false, reason: "finished by hand" });
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  expect((await shop.run("unlock", { confirm: "production", reason: "x" })).json.outputs).toMatchObject({ unlocked: false });
  // A lock that a killed step left, with nothing open.
  await writeFile(
    join(shop.stateDir, "lock"),
    `${JSON.stringify({ id: "f", fence: 90, owner: "bea@desk", since: "2026-01-01T00:00:00Z" })}\n`,
  );
  expect((await shop.run("unlock", { confirm: "production", reason: "its machine burnt" })).json.outputs).toMatchObject({ unlocked: true });
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "lock.taken", from: "bea@desk", why: "unlocked by hand: its machine burnt" });
});

test("a restore by hand after whose swap the app does not start needs a person, and names the replaced database", async () => {
  await using shop = await settledShop();
  const backup = (await shop.run("backup", { purpose: "manual" })).json.outputs.savepoint as string;
  await writeFile(join(shop.appDir, ".env"), `DATABASE_URL='${shop.database.url}'\n`);
  const run = await shop.run("restore", { backup, confirm: "production" });
  expect(run.code).toBe(3);
  expect(run.stderr).toContain("start-command failed");
  const replaced = run.json.outputs["replaced-database"] as string;
  expect(replaced).toMatch(/_failed_\d{14}$/);
  expect(run.json.state).toEqual(["database: restored; the replaced one is kept as " + replaced]);
});

test("what was written after the backup is told again under what to do and by status, until the next deploy", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: ADDS, behaviour: { broken: "no" }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  const replaced = String(run.json.outputs["replaced-database"]);
  const told = `Rows that were written after the backup are only in the replaced database ${replaced}, until retention drops it. Look into it`;
  expect(run.json.hint).toContain(told);
  const status = await shop.run("status");
  expect(status.code).toBe(0);
  expect(status.stderr).toContain(told);
  // Whoever pastes it is shown first that it would put the failed version's schema below the old code.
  for (const { stderr } of [run, status]) {
    expect(stderr).toContain(`restore --environment production --backup ${replaced}`);
    expect(stderr).not.toContain(`--backup ${replaced} --confirm`);
  }
  expect((await shop.run("restore", { backup: replaced })).code).toBe(2);
  await shop.commit({ behaviour: {}, files: { NEWS: "mended" } });
  expect((await shop.run("deploy")).code).toBe(0);
  expect((await shop.run("status")).stderr).not.toContain(replaced);
});

test("with `automatic: false` a failure stops, keeps lock and evidence and prints the command; the rollback step only says so", async () => {
  await using shop = await settledShop();
  const { commit: stable } = shop.first;
  const bad = await shop.commit({
    migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" },
    behaviour: { broken: "no" },
    timeout: "2s",
    profile: { rollback: { automatic: false } },
  });
  const plan = await shop.run("deploy", { "dry-run": true });
  expect(plan.stderr).toContain("it stays as it stands and keeps the lock");

  const run = await shop.run("deploy", {}, { workflow: "100.1" });
  expect(run.json).toMatchObject({ exit: 3, outputs: { "rolled-back": false }, message: expect.stringContaining("is not healthy") });
  expect(run.json.state).toContainEqual(expect.stringContaining("health failed. Nothing is taken back by itself here"));
  expect(await shop.health()).toMatchObject({ status: 500 });
  expect(await shop.database.sql("SELECT x FROM notes")).toBeDefined();
  const status = await shop.run("status");
  expect([status.code, status.json.outputs.state]).toEqual([3, "blocked"]);

  const left = await shop.journal();
  for (const flags of [{}, { "dry-run": true as const }]) {
    const step = await shop.run("rollback", flags, { workflow: "100.1" });
    expect(step.json).toMatchObject({ exit: 3, code: "not-automatic", outputs: { "rolled-back": false, skipped: "not-automatic" } });
    expect(step.json.next).toBe(run.json.next);
  }
  expect((await shop.run("deploy", {}, { workflow: "200.1" })).json).toMatchObject({ exit: 2, code: "blocked" });
  expect(await shop.journal()).toEqual(left);
  expect(await shop.paste(run.json.next)).toMatchObject({ code: 0 });
  expect(await shop.health()).toMatchObject({ commit: stable });
  expect((await shop.run("list")).json.details.quarantined).toMatchObject([{ commit: bad }]);

  // The same in steps, of which none ends the deploy.
  await shop.commit({ behaviour: { broken: "no" }, timeout: "2s", files: { again: "1" } });
  for (const operation of ["backup", "migrate", "rollout"]) expect((await shop.run(operation, {}, { workflow: "300.1" })).code).toBe(0);
  const gate = await shop.run("health-check", {}, { workflow: "300.1" });
  expect(gate.json.state).toContainEqual(expect.stringMatching(/until it is taken back by hand\. Nothing is taken back by itself here/));
  const step = await shop.run("rollback", {}, { workflow: "300.1" });
  expect(step.json).toMatchObject({ exit: 3, code: "not-automatic", next: gate.json.next });
  expect(await shop.health()).toMatchObject({ status: 500 });
  expect(await shop.paste(step.json.next)).toMatchObject({ code: 0 });
  expect(await shop.health()).toMatchObject({ commit: stable });
});
