import { expect, test } from "vitest";
import { inlineOf, shellOf } from "../../lab/page.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Run, Shop } from "../../lab/shop.ts";

/** A step's commands, one after the other, as whoever pastes them in the checkout. */
async function pasted(shop: Shop, step: string): Promise<readonly Run[]> {
  const lines = (await shellOf("docs/runbook.md"))
    .filter(({ heading }) => heading.startsWith(step))
    .flatMap(({ text }) => text.trim().split("\n"));
  expect(lines.length).toBeGreaterThan(0);
  const runs: Run[] = [];
  for (const line of lines) runs.push(await shop.paste(line, { cwd: shop.checkout }));
  return runs;
}

const BROKEN = { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n-- DOWN\nALTER TABLE notes DROP x;\n" };

test("the runbook's commands look, go back from a bad version, tell afterwards why, and bring wrong data back", async () => {
  await using shop = await settledShop();
  await shop.deployed({ files: { NEWS: "two" } });
  expect((await pasted(shop, "1.")).map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, expect.anything()],
    [0, expect.anything()],
  ]);

  const [plan, back] = await pasted(shop, "2.");
  expect(plan?.code, plan?.stderr).toBe(0);
  expect(back?.code, back?.stderr).toBe(0);
  expect(await shop.head()).toBe(shop.first.commit);
  expect(await shop.health()).toMatchObject({ status: 200, commit: shop.first.commit });
  const [list, logs] = await pasted(shop, "7.");
  expect([list?.code, logs?.code]).toEqual([0, 0]);
  expect(logs?.stderr).toContain("orders fail");

  await shop.database.sql("INSERT INTO notes (body) VALUES ('good')");
  expect((await shop.run("backup", { purpose: "manual" })).code).toBe(0);
  await shop.database.sql("UPDATE notes SET body = 'nonsense'");
  const runs = await pasted(shop, "4.");
  expect(
    runs.map(({ code }) => code),
    runs.map(({ stderr }) => stderr).join("\n"),
  ).toEqual([0, 0, 0]);
  expect(await shop.database.sql("SELECT body FROM notes")).toContainEqual({ body: "good" });
  expect((await pasted(shop, "1."))[0]?.json.outputs).toMatchObject({ state: "idle", schema: "one" });
});

test("and take back a deploy that was left half-way", async () => {
  await using shop = await settledShop();
  await shop.commit({ files: { NEWS: "two" }, migrations: BROKEN });
  for (const step of ["backup", "migrate"]) expect((await shop.run(step, {}, { env: { SAVEPOINT_RUN: "bea@gone" } })).code).toBe(0);
  await shop.age(7200);
  expect((await pasted(shop, "1."))[0]?.code).toBe(3);
  const [would, asks, back] = await pasted(shop, "3.");
  expect([would?.code, asks?.code], asks?.stderr).toEqual([3, 3]);
  expect(asks?.stderr).toContain("Nothing was touched");
  expect(back?.code, back?.stderr).toBe(0);
  expect((await pasted(shop, "1."))[0]?.json.outputs).toMatchObject({ state: "idle", schema: "one", running: shop.first.commit });
});

test("on a new host, the state directory's copy and an empty database of the same name are enough to have the rows again", async () => {
  await using shop = await settledShop();
  const { name, owner } = shop.database;
  await shop.database.sql("INSERT INTO notes (body) VALUES ('good')");
  const backup = await shop.run("backup", { purpose: "manual" });
  expect(backup.code).toBe(0);
  await shop.byHand("stop");
  await shop.database.superuser(`DROP DATABASE "${name}" WITH (FORCE)`, "postgres");
  await shop.database.superuser(`CREATE DATABASE "${name}" OWNER "${owner}"`, "postgres");
  const command = await inlineOf("docs/runbook.md", "savepoint restore --backup ID --foreign true --confirm production");
  const run = await shop.paste(command.replace("ID", backup.json.outputs.savepoint), { cwd: shop.checkout });
  expect(run.code, run.stderr).toBe(0);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "good" }]);
  expect((await pasted(shop, "1."))[0]?.json.outputs).toMatchObject({ schema: "one", running: shop.first.commit });
});
