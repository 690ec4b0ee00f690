import { expect, test } from "vitest";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop } from "../../lab/shop.ts";

const PRISMA = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL,
  finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name) VALUES ('1', 'x', now(), '20260101_init') ON CONFLICT DO NOTHING;`;

/** The lines below a title, to the next empty one. */
function under(title: RegExp, text: string): readonly string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => title.test(line));
  return from < 0 ? [] : lines.slice(from + 1, lines.indexOf("", from));
}

test("the account of a deploy names the version once, the way by which it came, and what the app migrated by itself", async () => {
  await using shop = await openShop();
  const first = await shop.run("deploy");
  expect(first.code).toBe(0);
  const head = first.json.outputs.commit as string;
  expect(under(/^What is true now:/, first.stderr)).toContainEqual(expect.stringMatching(new RegExp(`^ +code +${head.slice(0, 7)}$`)));

  await shop.commit({ files: { "migrations/001_notes.sql": null }, behaviour: { startSql: PRISMA }, message: "Prisma" });
  const second = await shop.run("deploy", { "rollout-allow-ahead": true });
  expect(second.code).toBe(0);
  expect(under(/^What is true now:/, second.stderr)).toContainEqual(
    expect.stringMatching(/^ +migrations +applied besides: .*20260101_init$/),
  );
  expect(second.json.outputs.applied.join()).toContain("20260101_init");
});

test("a rollback by hand tells reason and who, and counts no rows of history tables among users'", async () => {
  await using shop = await settledShop();
  const migrations = { "002_b.sql": "-- UP\nALTER TABLE notes ADD b int;\nINSERT INTO notes (body) VALUES ('mine');\n" };
  await shop.deployed({ migrations });
  const run = await shop.run("rollback", { confirm: "production", reason: "orders fail", database: "restore" });
  expect(run.code).toBe(0);
  expect(run.stderr).toContain("Why: orders fail\nBy: ada@desk\n");
  const rows = under(/^Rows in the replaced database/, run.stderr);
  expect(rows.join("\n")).toMatch(/public\.notes +1 +0 +1/);
  expect(rows.join("\n")).not.toContain("schema_migrations");
  expect(under(/^Migrations taken back:/, run.stderr)).toEqual([expect.stringMatching(/^ +002$/)]);
});

test("the cause of a failed deploy is told at its step and at the end, and its commits once", async () => {
  await using shop = await settledShop();
  await shop.commit({ migrations: { "002_bad.sql": "-- UP\nSELECT nope;\n" }, message: "A bad one" });
  const run = await shop.run("deploy");
  expect(run.code).toBe(1);
  expect(run.stderr.match(/column "nope" does not exist/g)).toHaveLength(2);
  expect(run.stderr.match(/A bad one/g)).toHaveLength(1);
});
