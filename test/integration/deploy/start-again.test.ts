import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { type Shop, START, STOP } from "../../lab/shop.ts";
import { serverPrograms } from "../../lab/postgres.ts";

/** Stands in the database's way as soon as the app is stopped: a superuser's session, which the owner may not end. */
function stopAndHold(url: string): string {
  const psql = `'${join(serverPrograms(), "psql")}' -X '${url}'`;
  const holds = `[ "$(${psql} -Atc "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'")" -gt 0 ]`;
  return `${STOP}; nohup ${psql} -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 & until ${holds}; do sleep 0.1; done`;
}

async function letGo(shop: Shop): Promise<void> {
  await shop.database.superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'", "postgres");
}

describe("an app that was stopped for a swap that cannot be is started again, on what it had:", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await settledShop();
    await shop.database.sql("INSERT INTO notes (body) VALUES ('kept')");
    // Only from here on: the first deploy is to go through.
    await shop.commit({ profile: { rollout: { "stop-command": stopAndHold(shop.database.superuserUrl), "start-command": START } } });
  });
  afterAll(async () => {
    await letGo(shop);
    await shop[Symbol.asyncDispose]();
  });

  /** Started is not yet up. */
  async function answersAgain(commit: string | undefined): Promise<void> {
    await expect.poll(async () => await shop.health()).toMatchObject({ status: 200, commit });
  }

  test("by a restore by hand", async () => {
    const { commit } = (await shop.health()) ?? {};
    const run = await shop.run("restore", { backup: "latest", confirm: "production" });
    expect(run.code, run.stderr).not.toBe(0);
    expect(run.stderr).toContain("app: started again, on the code and the database that it had");
    await answersAgain(commit);
    await letGo(shop);
  });

  test("by a rollback, which then says how each part stands", async () => {
    const { commit } = (await shop.health()) ?? {};
    const workflow = "300.1";
    const backup = await shop.run("backup", {}, { workflow });
    expect(backup.code, backup.stderr).toBe(0);
    await shop.database.sql("ALTER TABLE notes ADD broken int");
    const back = await shop.run("rollback", {}, { workflow });
    expect(back.code, back.stderr).toBe(3);
    expect(back.stderr).toContain("app: started again, on the code and the database that it had");
    await answersAgain(commit);
  });
});
