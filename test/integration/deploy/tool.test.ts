import pg from "pg";
import { expect, test } from "vitest";
import { openShop } from "../../lab/shop.ts";

test("another tool's sessions are known as ours, so that a later rollback ends them wherever they were left", async () => {
  await using shop = await openShop();
  await shop.commit({
    files: { "tool.sh": `psql -X "$DATABASE_URL" -c "CREATE TABLE who AS SELECT current_setting('application_name') AS name"\n` },
  });
  const run = await shop.run("migrate", { run: "sh tool.sh" });
  expect(run.code, run.stderr).toBe(0);
  expect(await shop.database.sql("SELECT name FROM who")).toEqual([{ name: "savepoint migrate tool" }]);
});

test("the schema that is named is where our migrations, their history and another tool's URL go", async () => {
  await using shop = await openShop();
  await shop.database.sql("CREATE SCHEMA app; CREATE TABLE public.schema_migrations (version varchar PRIMARY KEY)");
  await shop.commit({ migrations: { "002_stock.sql": "-- UP\nCREATE TABLE stock ();\n-- DOWN\nDROP TABLE stock;\n" } });
  const own = await shop.run("migrate", { schema: "app" });
  expect(own.code, own.stderr).toBe(0);
  const run = await shop.run("migrate", { schema: "app", run: `psql -X "$DATABASE_URL" -c "CREATE TABLE made ()"` });
  expect(run.code, run.stderr).toBe(0);
  const there = await shop.database.sql(
    "SELECT schemaname AS s, tablename AS t FROM pg_tables WHERE tablename IN ('stock', 'made', 'schema_migrations') ORDER BY 1, 2",
  );
  expect(there).toEqual([
    { s: "app", t: "made" },
    { s: "app", t: "schema_migrations" },
    { s: "app", t: "stock" },
    { s: "public", t: "schema_migrations" },
  ]);
});

test("another tool waits for a backup that is being made, as our own migrations do: its locks would queue everybody behind them", async () => {
  await using shop = await openShop();
  await shop.commit();
  const dump = new pg.Client({ connectionString: shop.database.superuserUrl, application_name: "savepoint backup" });
  dump.on("error", () => undefined);
  await dump.connect();
  const run = shop.start("migrate", { run: `psql -X "$DATABASE_URL" -c "CREATE TABLE made ()"` });
  let said = "";
  run.child.stderr!.on("data", (text: Buffer) => (said += text.toString()));
  await expect.poll(() => said, { interval: 200 }).toContain("Waiting for 1 session of a running backup");
  expect(await shop.database.sql("SELECT FROM pg_tables WHERE tablename = 'made'")).toEqual([]);
  await dump.end();
  expect((await run.done).code).toBe(0);
  expect(await shop.database.sql("SELECT FROM pg_tables WHERE tablename = 'made'")).toHaveLength(1);
});
