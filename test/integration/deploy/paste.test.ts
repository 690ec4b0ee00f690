import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Run, type Shop, STOP } from "../../lab/shop.ts";

/** Everything here is pasted as it was printed, from a folder that knows nothing. */
const ADDS = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" };

function commands(run: Run): readonly string[] {
  return run.json.ways.map(({ command }: { readonly command: string }) => command);
}

/** Pastes the first way again and again; returns what each printed. Never the same command twice. */
async function pasted(shop: Shop, first: Run, most = 3): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let [next] = commands(first);
  while (next !== undefined && runs.length < most) {
    const run = await shop.paste(next);
    runs.push(run);
    if (run.code === 0) break;
    expect(commands(run)[0]).not.toBe(next);
    [next] = commands(run);
  }
  return runs;
}

/** The state is free, and what answers is on its own schema. */
async function expectGood(shop: Shop): Promise<void> {
  const status = await shop.run("status");
  expect(status.json.outputs).toMatchObject({ state: "idle", schema: "one" });
  expect(status.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: status.json.outputs.running });
}

test("a refused try leaves lock, beat and journal as they are, so that the next one need not wait for a run long gone", async () => {
  await using shop = await openShop({ profile: { rollout: { "stop-command": STOP } } });
  await shop.deployed();
  await shop.commit({ migrations: ADDS });
  for (const step of ["backup", "migrate"]) expect((await shop.run(step, {}, { env: { SAVEPOINT_RUN: "bea@gone" } })).code).toBe(0);
  await shop.age(3600);
  const state = async () =>
    await Promise.all(["lock", "beat", "journal.jsonl"].map(async (file) => await readFile(join(shop.stateDir, file), "utf8")));
  const before = await state();
  const by = { confirm: "production", reason: "orders fail" };
  const refusals = [
    await shop.run("rollback", { ...by, to: "v99" }),
    await shop.run("rollback", { confirm: "production" }),
    await shop.run("restore", { backup: "latest", confirm: "production" }),
    await shop.run("unlock", { confirm: "production" }),
    await shop.run("deploy", { confirm: "production" }),
  ];
  expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  expect(await state()).toEqual(before);
  // It is told what is missing with the whole command, and that goes on at once.
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  const [run] = await pasted(shop, status, 1);
  expect(run?.stderr).not.toContain("Waiting");
  expect(run?.code).toBe(0);
  await expectGood(shop);
});

test("a savepoint that cannot be restored: what was printed is never the command that failed, and leads to a good state", async () => {
  await using shop = await settledShop();
  await shop.database.sql("INSERT INTO notes (body) VALUES ('kept')");
  // While it deploys, its backup is cut: the way back that was proven is no more.
  const cut = `for f in ${join(shop.stateDir, "backups")}/pre-deploy_*; do case $f in *.json) ;; *) : > "$f";; esac; done`;
  await shop.commit({ migrations: ADDS, behaviour: { broken: "no orders" }, timeout: "1s", profile: { rollout: { command: cut } } });
  const failed = await shop.run("deploy", { confirm: "production" });
  expect(failed.code).toBe(3);
  expect(commands(failed).every((command) => !command.includes("…"))).toBe(true);
  const runs = await pasted(shop, failed);
  expect(runs.at(-1)?.code).toBe(0);
  expect(runs.length).toBeLessThanOrEqual(3);
  expect((await shop.database.sql("SELECT body FROM notes")).map((row) => row["body"])).toEqual(["kept"]);
  await expectGood(shop);
});

test("by hand with nothing open, all that is missing is said in one refusal, and each printed way does what it says", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  await shop.deployed({ migrations: ADDS });
  const asked = await shop.run("rollback", { to: one.tag });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("A rollback by hand needs `confirm`, the environment's name, and a `reason`, for the journal.");
  expect(asked.stderr).toContain("The database would be restored to the savepoint, and that was not said. Nothing was touched.");
  // To keep only declares the schema to be that version's, and is not the first.
  const [restore = "", keep = ""] = commands(asked);
  expect(keep).toContain("--database keep");
  expect(restore).toContain("--database restore");
  const kept = await shop.paste(keep);
  expect(kept.json.outputs).toMatchObject({ "rolled-back": true, commit: one.commit, "database-action": "kept" });
  await expectGood(shop);
});

test("mark-stable with a state directory that is new is journaled there; a rollback of an environment that has none warns, and names what there is", async () => {
  await using shop = await openShop();
  expect((await shop.run("mark-stable", { commit: await shop.head() })).code).toBe(0);
  expect((await shop.journal()).map((entry) => entry.kind)).toContain("stable.marked");
  const place = { "state-dir": shop.stateDir, app: "shop" };
  const mistyped = await shop.run("rollback", { ...place, environment: "prodction" }, { cwd: shop.folder, workflow: "300.1" });
  expect(mistyped.code).toBe(0);
  expect(mistyped.stderr).toContain("There is no journal of shop/prodction");
  expect(mistyped.stderr).toContain("it is the state of shop/production");
  const missing = await shop.run("rollback", { ...place, "state-dir": `${shop.folder}/stat` }, { cwd: shop.folder, workflow: "300.1" });
  expect(missing.code).toBe(0);
  expect(missing.stderr).toContain(`There is no journal in ${shop.folder}/stat on this machine`);
  expect(missing.stderr).toContain(`${shop.stateDir} (shop/production)`);
});

test("code and schema that a restore by hand left apart: status needs a person, and what it prints brings them together", async () => {
  await using shop = await settledShop();
  await shop.deployed({ migrations: ADDS });
  const apart = await shop.run("restore", { backup: "latest", confirm: "production" });
  expect(apart.code).toBe(3);
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  expect(status.json.outputs).toMatchObject({ state: "idle", schema: "apart" });
  expect(commands(status)[0]).toContain("--database keep");
  const runs = await pasted(shop, status, 1);
  expect(runs.map(({ code }) => code)).toEqual([0]);
  await expectGood(shop);
});

test("where only health is missing, status needs a person and prints the same ways, until the app has answered", async () => {
  await using shop = await openShop({ profile: { health: { command: "test ! -f ../outage", timeout: "2s" } } });
  await shop.deployed();
  const two = await shop.deployed({ migrations: ADDS });
  await shop.commit({ files: { NEWS: "three" }, profile: { rollout: { command: ": >../outage" } } });
  const failed = await shop.run("deploy");
  expect(failed.code).toBe(3);
  expect(failed.json.state).toContain("lock: released");
  const [startAgain = "", ask = "", ...further] = commands(failed);
  expect(startAgain).toContain(" rollback ");
  expect(ask).toContain(" health-check ");
  // What becomes of the database is said: none of them would be refused.
  expect(further.map((way) => / --to \S+ --database (\w+) /.exec(way)?.[1])).toEqual(["restore", "keep"]);
  const status = await shop.run("status");
  expect(status.code).toBe(3);
  expect(status.json.headline).toContain(`${two.commit.slice(0, 7)} is on, and it was not healthy when it was last asked`);
  expect(commands(status)).toEqual(commands(failed));

  // What has just failed is not the first again.
  const again = await shop.paste(startAgain);
  expect(again.code).toBe(3);
  expect(commands(again)[0]).toBe(ask);
  const asked = await shop.paste(ask);
  expect(asked.code).toBe(1);
  expect(commands(asked)[0]).toBe(further[0]);
  expect((await shop.run("status")).code).toBe(3);

  await rm(join(shop.folder, "outage"));
  expect((await shop.paste(ask)).json.outputs).toMatchObject({ healthy: true });
  await expectGood(shop);
});

test("a restore by hand after which nobody asked the app does not make status green", async () => {
  await using shop = await openShop({ profile: { health: null } });
  const by = { confirm: "production", reason: "looked at by hand" };
  await shop.commit({ behaviour: { query: "SELECT 1" } });
  for (const step of ["backup", "rollout"]) expect((await shop.run(step)).code).toBe(0);
  expect((await shop.run("unlock", by)).code).toBe(0);
  const before = await shop.run("status");
  expect([before.code, before.json.headline]).toEqual([3, expect.stringContaining("no health check has passed since")]);
  const restored = await shop.run("restore", { backup: "latest", confirm: "production" });
  expect(restored.stderr).toContain("Health not checked");
  expect(restored.code, restored.stderr).toBe(0);
  const after = await shop.run("status");
  expect([after.code, after.json.headline]).toEqual([3, before.json.headline]);
  // Once it was asked, it is over.
  const ask = commands(after)[0] ?? "";
  expect(ask).toContain(" health-check ");
  expect((await shop.paste(`${ask} --url ${shop.url}/health --timeout 20s`)).code).toBe(0);
  expect((await shop.run("status")).code).toBe(0);
});

describe("a rollback by hand that was killed while the app was stopped", () => {
  /** Two versions with a migration between them; the rollback to the first was told to restore, and died behind the stop. */
  async function killed(): Promise<{ readonly shop: Shop; readonly one: string }> {
    const stop = `${STOP}; if [ -e hang ]; then : >hangs; sleep 600; fi`;
    const shop = await openShop({ profile: { rollout: { "stop-command": stop } } });
    const one = await shop.deployed();
    await shop.deployed({ migrations: ADDS });
    await writeFile(join(shop.appDir, "hang"), "");
    const rollback = shop.start("rollback", { confirm: "production", reason: "orders fail", database: "restore" });
    while (!existsSync(join(shop.appDir, "hangs"))) await new Promise((again) => setTimeout(again, 20));
    rollback.child.kill("SIGKILL");
    await rollback.done.catch(() => undefined);
    await rm(join(shop.appDir, "hang"));
    await shop.age(61);
    return { shop, one: one.commit };
  }

  test("is finished by what is printed, with what it was told", async () => {
    const { shop, one } = await killed();
    await using _ = shop;
    const status = await shop.run("status");
    expect(status.code).toBe(3);
    expect(commands(status)[0]).toContain("--database restore");
    const runs = await pasted(shop, status, 1);
    expect(runs.map(({ code }) => code)).toEqual([0]);
    await expectGood(shop);
    expect(await shop.head()).toBe(one);
  });

  test("is not closed by one that is told less: it stays open, and what it prints finishes it", async () => {
    const { shop, one } = await killed();
    await using _ = shop;
    const untold = await shop.run("rollback", { confirm: "production", reason: "go on" });
    expect(untold.code).toBe(3);
    expect(untold.stderr).toContain("that was not said");
    expect((await shop.run("status")).json.outputs.state).not.toBe("idle");
    const runs = await pasted(shop, untold, 2);
    expect(runs.at(-1)?.code).toBe(0);
    expect(await shop.health()).toMatchObject({ status: 200, commit: one });
  });
});
