import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Run, Shop } from "../../lab/shop.ts";
import { resealed } from "../../lab/sealed.ts";

/** What a rollback reads only on its way: found wrong half-way, it would restore where going down was meant. */
describe("a setting that cannot be read is refused before anything is touched:", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await settledShop();
    await shop.deployed({
      migrations: { "002_wide.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" },
    });
    await shop.database.sql("INSERT INTO notes (body) VALUES ('written since')");
  });
  afterAll(async () => await shop[Symbol.asyncDispose]());

  const BACK = { confirm: "production", reason: "orders fail", database: "down" };

  async function refused(run: Run, message: RegExp): Promise<void> {
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(2);
    expect((await shop.database.sql("SELECT wide FROM notes")).length).toBe(1);
    expect((await shop.journal()).filter((entry) => entry.kind === "went-back" || entry.step === "rollback")).toEqual([]);
  }

  test("of another section, in a variable, during a rollback that goes down", async () => {
    const env = { SAVEPOINT_MIGRATE_LOCK_TIMEOUT: "5sec", SAVEPOINT_HEALTH_TIMEOUT: "soon" };
    const run = await shop.run("rollback", BACK, { env });
    await refused(run, /2 inputs are wrong.*`SAVEPOINT_HEALTH_TIMEOUT`.*`SAVEPOINT_MIGRATE_LOCK_TIMEOUT`/s);
  });

  test("in the journal, by whose settings they were; what the call says instead counts", async () => {
    const path = join(shop.stateDir, "journal.jsonl");
    const whole = await readFile(path, "utf8");
    const settings = '"settings":{"":{';
    const at = whole.lastIndexOf(settings, whole.lastIndexOf('"kind":"deploy.opened"') + 5000);
    const changed = `${whole.slice(0, at)}"settings":{"migrate":{"lock-timeout":"5sec"},"":{${whole.slice(at + settings.length)}`;
    await writeFile(path, resealed(changed));
    await refused(await shop.run("rollback", BACK), /`migrate-lock-timeout` \(from the journal of deploy 20\S+\) /);
    const run = await shop.run("rollback", BACK, { env: { SAVEPOINT_MIGRATE_LOCK_TIMEOUT: "5s" } });
    expect(run.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "down" });
    expect((await shop.database.sql("SELECT body FROM notes")).length).toBe(1);
  });
});
