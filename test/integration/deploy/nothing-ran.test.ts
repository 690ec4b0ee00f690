import { createServer, type Socket } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Run, type Shop, START, STOP } from "../../lab/shop.ts";

const BY_HAND = { confirm: "production", reason: "the first deploy failed" };
/** Migrations of a first version: what must be gone afterwards. */
const TABLES = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public' AND tablename = 'notes'";

async function expectNothing(shop: Shop, run: Run, code = 1): Promise<void> {
  expect(run.stderr).not.toContain("it ran when this deploy opened");
  expect(run.code).toBe(code);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true });
  expect(run.json.outputs.commit).toBeUndefined();
  expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
  expect((await shop.journal()).find((entry) => entry.kind === "deploy.opened")).toMatchObject({ ran: "nothing" });
  const status = await shop.run("status");
  expect(status.json.outputs.state).toBe("idle");
  expect(status.stderr).toContain("nothing runs");
  expect(status.json.next).toBeUndefined();
}

/** Something that is not the app has its port: it takes connections and says nothing. */
async function takePort(shop: Shop): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => void server.listen(Number(new URL(shop.url).port), "127.0.0.1", () => resolve()));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

describe("where nothing ran before, a failed first deploy goes back to nothing,", () => {
  test("with the app's port taken: what it started is stopped, the database is the savepoint's, and the next deploy goes on", async () => {
    await using shop = await openShop();
    await shop.commit({ timeout: "1s" });
    {
      await using _ = await takePort(shop);
      const run = await shop.run("deploy");
      expect(run.stderr).toContain("Target: nothing: nothing ran when this deploy opened.");
      expect(run.json.hint).toContain("Nothing of shop/production runs, as before");
      expect(run.stderr).toContain(`port ${new URL(shop.url).port} of this machine is held by process ${process.pid} (node`);
      await expectNothing(shop, run);
    }
    const again = await shop.run("rollback", BY_HAND);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("nothing runs here");
    const fixed = await shop.deployed({ timeout: "30s" });
    expect(await shop.health()).toMatchObject({ status: 200, commit: fixed.commit });
    expect((await shop.run("status")).stderr).toContain(`${fixed.commit.slice(0, 7)} runs`);
  });

  test("with the health check's URL wrong: the healthy new version is stopped too", async () => {
    await using shop = await openShop();
    await shop.commit({
      profile: { health: { url: `${shop.url}/heallth-check-that-is-not-there`, "expect-status": "299" } },
      timeout: "1s",
    });
    const run = await shop.run("deploy");
    await expectNothing(shop, run);
    expect(await shop.health()).toBeUndefined();
    await shop.deployed({ profile: { health: { url: `${shop.url}/health`, "expect-status": null } }, timeout: "30s" });
  });

  test("and what could not be stopped is said to be up, with what ends it, and needs a person", async () => {
    const wrong = "heallth-check-that-is-not-there";
    await using shop = await openShop({ profile: { rollout: { "stop-command": null } } });
    await shop.commit({ profile: { health: { url: `${shop.url}/${wrong}`, "expect-status": "299" } }, timeout: "1s" });
    const run = await shop.run("deploy");
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("app: still up, as far as is known: no `stop-command` is given, and this started it:");
    expect(run.stderr).toContain(START);
    expect(run.json.hint).not.toContain("Nothing of shop/production runs");
    expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
    expect((await shop.run("status")).stderr).not.toContain("nothing runs");
    await shop.byHand("stop");
    await shop.commit({
      profile: { rollout: { "stop-command": `test -e allowed || { echo no such app; exit 7; }; ${STOP}` } },
      timeout: "1s",
    });
    const again = await shop.run("deploy");
    expect(again.code).toBe(3);
    expect(again.stderr).toContain("still up");
    // Nothing ran when it was to be stopped first, so that it was started. Pasted once it can be stopped, what was printed stops it.
    await expect.poll(async () => await shop.health()).toBeDefined();
    await writeFile(join(shop.appDir, "allowed"), "");
    expect((await shop.paste(again.json.ways[0].command)).code).toBe(0);
    expect(await shop.health()).toBeUndefined();
  });

  test("with the steps of a workflow: the rollback step is green, and names what became of the database", async () => {
    await using shop = await openShop();
    const before = await shop.head();
    await shop.commit({ behaviour: { crash: "no such setting" }, timeout: "1s" });
    const workflow = "100.1";
    for (const step of ["backup", "migrate", "rollout"]) expect((await shop.run(step, {}, { workflow })).code).toBe(0);
    expect((await shop.run("health-check", {}, { workflow })).code).toBe(1);
    const back = await shop.run("rollback", {}, { workflow });
    await expectNothing(shop, back, 0);
    expect(back.json.outputs).toMatchObject({ "database-action": "restored" });
    expect(await shop.head()).toBe(before);
  });

  test("an app that ran, though unhealthy, is put back as it was found, and not called healthy", async () => {
    await using shop = await openShop();
    const found = await shop.commit({ behaviour: { broken: "half a shop" } });
    await shop.database.sql("CREATE TABLE orders (id int)");
    await shop.checkOut(found);
    await shop.byHand("start");
    await shop.commit({ behaviour: { crash: "no" }, timeout: "1s" });
    const run = await shop.run("deploy");
    expect(run.stderr).not.toContain("when it was healthy");
    expect(run.stderr).toContain("its health check did not pass then");
    expect(run.code).toBe(1);
    expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: found });
    expect(await shop.health()).toMatchObject({ status: 500 });
    expect((await shop.run("status")).json.outputs.state).toBe("idle");
  });
});

describe("with `backup`, `migrate` and `rollback` alone, and no `app-dir`,", () => {
  /** A backup and migrations that the run after them did not end well. */
  async function left(): Promise<{
    shop: Shop;
    savepoint: string;
    commit: string;
    options: { env: Record<string, string>; workflow?: string };
  }> {
    const shop = await openShop({ profile: { "app-dir": null, "database-url": null, rollout: null, health: null } });
    const options = { env: { SAVEPOINT_DATABASE_URL: shop.database.url } };
    const commit = await shop.commit();
    const backup = await shop.run("backup", {}, { ...options, workflow: "100.1" });
    expect(backup.code).toBe(0);
    expect((await shop.run("migrate", {}, { ...options, workflow: "100.1" })).code).toBe(0);
    expect(await shop.database.sql(TABLES)).toEqual([{ n: 1 }]);
    return { shop, savepoint: backup.json.outputs.savepoint, commit, options };
  }

  test("the run's own last step takes the database back, says that the code is not its own to move, and ends it", async () => {
    const { shop, options } = await left();
    await using _ = shop;
    const back = await shop.run("rollback", {}, { ...options, workflow: "100.1" });
    expect(back.code).toBe(0);
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
    expect(back.stderr).toContain("without `app-dir` the code is not ours to move");
    expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
    expect((await shop.run("status", {}, options)).json.outputs.state).toBe("idle");
  });

  test.each(["a savepoint's id", "a full sha", "`database: restore`"])("a hand goes back by %s", async (how) => {
    const { shop, savepoint, commit, options } = await left();
    await using _ = shop;
    const words = { "a savepoint's id": { to: savepoint }, "a full sha": { to: commit }, "`database: restore`": { database: "restore" } }[
      how
    ];
    await shop.age(120);
    const back = await shop.run("rollback", { ...BY_HAND, ...words }, options);
    expect(back.stderr).not.toContain("Waiting");
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
    expect(back.code).toBe(0);
    expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
    expect((await shop.run("status", {}, options)).json.outputs.state).toBe("idle");
    expect((await shop.tags()).size).toBe(0);
  });
});

test("what was brought up by hand and does not tell its version is gone back to without asking for one, and that is said", async () => {
  await using shop = await openShop({ profile: { health: { "expect-version": "header:X-Version" } } });
  const found = await shop.commit({ files: { "migrations/001_notes.sql": null } });
  await shop.database.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text)");
  await shop.checkOut(found);
  await shop.byHand("start");
  await shop.commit({ files: { NEWS: "the first deploy" }, timeout: "2s" });
  const run = await shop.run("deploy");
  expect(run.stderr).toContain(
    `${found.slice(0, 7)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`,
  );
  expect(run.code).toBe(1);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: found });
  expect(await shop.health()).toMatchObject({ status: 200, commit: found });
});

test("a stable version that was taken back to nothing by hand is no longer what runs: neither for the next rollback nor for the next deploy", async () => {
  await using shop = await settledShop();
  const one = shop.first;
  const back = await shop.run("rollback", { ...BY_HAND, to: one.savepoint, database: "restore" });
  expect(back.code).toBe(0);
  expect(await shop.health()).toBeUndefined();
  expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
  // It says what was confirmed last, and not what runs.
  expect((await shop.tags()).get("latest-stable")).toBe(one.commit);
  const again = await shop.run("rollback", { ...BY_HAND, "dry-run": true });
  expect(again.stderr).not.toContain("is what runs");
  // Its schema is gone with the database, so that a rollback would be refused; what is printed goes to that version all the same.
  expect(again.code).toBe(2);
  expect(again.json.ways[0].means).toContain(`Takes the code to ${one.commit.slice(0, 7)} and leaves the database as it is`);

  await shop.commit({ behaviour: { crash: "no such setting" }, timeout: "1s" });
  const failed = await shop.run("deploy");
  expect(failed.stderr).toContain("Target: nothing: nothing ran when this deploy opened.");
  expect(failed.code).toBe(1);
  expect(failed.json.outputs).toMatchObject({ "rolled-back": true });
  expect(await shop.database.sql(TABLES)).toEqual([{ n: 0 }]);
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
});
