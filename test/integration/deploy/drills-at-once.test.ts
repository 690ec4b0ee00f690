import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";

test("two drills at once both restore and compare, in a database each, and leave none", async () => {
  await using shop = await settledShop();
  await shop.database.sql("INSERT INTO notes (body) SELECT repeat('x', 100) FROM generate_series(1, 20000)");
  const backup = (await shop.run("backup", { purpose: "manual" })).json.outputs.savepoint as string;
  const drills = await Promise.all(
    ["ada@desk", "bea@desk"].map(async (who) => await shop.run("restore", { backup, drill: true }, { env: { SAVEPOINT_RUN: who } })),
  );
  expect(drills.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0]);
  expect(await shop.database.superuser("SELECT datname FROM pg_database WHERE datname LIKE '%\\_drill\\_%'", "postgres")).toEqual([]);
  expect((await shop.run("status")).code).toBe(0);
});
