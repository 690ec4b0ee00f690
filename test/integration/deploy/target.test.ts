import { expect, test } from "vitest";
import { git } from "../../lab/git.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

/** Deployed by hand, before or beside us: the files, the schema, the running app. */
async function deployByHand(shop: Shop, commit: string, sql: string): Promise<void> {
  await shop.byHand("stop");
  await git(shop.appDir, "fetch", "--quiet");
  await git(shop.appDir, "checkout", "--quiet", "--detach", commit);
  await shop.database.sql(sql);
  await shop.byHand("start");
}

test("before anything is stable, a failed deploy goes back to what ran, deployed by hand, and says so", async () => {
  await using shop = await openShop();
  const byHand = await shop.commit({ files: { "migrations/001_notes.sql": null } });
  await deployByHand(shop, byHand, "CREATE TABLE notes (id serial PRIMARY KEY, body text)");
  await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" }, behaviour: { broken: "no" }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(`Target: ${byHand.slice(0, 7)}: it ran when this deploy opened, and no version is marked stable yet.`);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: byHand, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: byHand });
  expect((await shop.tags()).size).toBe(0);
});

test("what was deployed by hand over latest-stable is noticed, and is what a failed deploy goes back to", async () => {
  await using shop = await settledShop();
  const stable = shop.first;
  const byHand = await shop.commit({ files: { NEWS: "by hand" } });
  await deployByHand(shop, byHand, "ALTER TABLE notes ADD hand int");
  await shop.commit({ behaviour: { broken: "no" }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.stderr).toContain(
    `${byHand.slice(0, 7)} is checked out in ${shop.appDir}, the journal expected ${stable.commit.slice(0, 7)}: deployed by hand.`,
  );
  expect(run.stderr).toContain("deployed by hand over latest-stable");
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: byHand, "database-action": "kept" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: byHand });
});

test("it never goes back to a version that is known to have failed: nothing is touched, what there is is listed", async () => {
  await using shop = await settledShop();
  const stable = shop.first;
  const bad = await shop.commit({
    migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" },
    behaviour: { broken: "no" },
    timeout: "1s",
  });
  expect((await shop.run("deploy")).json.outputs).toMatchObject({ "rolled-back": true, commit: stable.commit });
  // Somebody puts the failed version back by hand, migration and all.
  await deployByHand(shop, bad, "ALTER TABLE notes ADD hand int");
  await shop.commit({ behaviour: { broken: "still not" }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(3);
  expect(run.json.outputs).toMatchObject({ "rolled-back": false });
  expect(run.stderr).toContain(`${bad.slice(0, 7)} ran when this deploy opened, and it is known to have failed`);
  expect(run.stderr).toContain(run.json.outputs.savepoint as string);
  const back = await shop.run("rollback");
  expect(back.code).toBe(2);
  expect(back.json.evidence.join("\n")).toContain(stable.savepoint);
  expect(run.json.next).toContain(`--to ${bad} `);
  const named = await shop.run("rollback", { confirm: "production", reason: "to the stable one", to: "latest-stable", database: "keep" });
  expect(named.code).toBe(0);
  expect(await shop.health()).toMatchObject({ status: 200, commit: stable.commit });
});
