import { spawn } from "node:child_process";
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pasting, shellOf, withValues } from "../../lab/page.ts";
import { fillRich } from "../../lab/rich.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { ended, type Shop } from "../../lab/shop.ts";

/** The page's blocks, without the one for a database in a container. */
async function blocksFor(shop: Shop) {
  const [yours, container, ...rest] = await shellOf("docs/restore-by-hand.md");
  expect(container?.text).toContain("docker compose");
  const { hostname, port } = new URL(shop.database.url);
  const { name, owner } = shop.database;
  const values = { PGHOST: hostname, PGPORT: port, PGUSER: owner, db: name, owner, state: shop.stateDir, app: shop.appDir };
  return [withValues(yours!, values), ...rest];
}

async function paste(shop: Shop, script: string) {
  const env = { PATH: process.env["PATH"], HOME: shop.folder, PGPASSWORD: "secret", LC_ALL: "C.UTF-8" };
  return await ended(spawn("sh", ["-c", script], { cwd: shop.folder, env, stdio: ["ignore", "pipe", "pipe"] }));
}

/** Rows, settings and rights of the database that has this name now. */
async function facts(shop: Shop) {
  const { name } = shop.database;
  return {
    notes: await shop.database.sql("SELECT * FROM notes ORDER BY id"),
    next: await shop.database.sql("SELECT last_value, is_called FROM notes_id_seq"),
    of: await shop.database.superuser(
      `SELECT datconnlimit, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS rights, pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment, datcollate, datctype,
         (SELECT array_agg(coalesce(setrole::regrole::text, '') || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
       FROM pg_database d WHERE datname = '${name}'`,
      "postgres",
    ),
  };
}

test("the page's commands, from top to bottom, bring a backup back beside the live database and swap it in, and no line differs", async () => {
  await using shop = await settledShop();
  const { name, owner } = shop.database;
  await fillRich(shop.database);
  await shop.database.sql("INSERT INTO notes (body) SELECT 'note ' || n FROM generate_series(1, 300) n");
  await shop.database.superuser(
    `ALTER DATABASE "${name}" SET work_mem = '7MB'; ALTER ROLE "${owner}" IN DATABASE "${name}" SET statement_timeout = '3min';
     COMMENT ON DATABASE "${name}" IS E'The shop''s.\n-- Not a name: of anything'; ALTER DATABASE "${name}" CONNECTION LIMIT 77;
     REVOKE TEMPORARY ON DATABASE "${name}" FROM PUBLIC; GRANT CREATE ON DATABASE "${name}" TO pg_monitor`,
    "postgres",
  );
  const before = await facts(shop);
  const standing = (await shop.run("status")).json.outputs;
  const backup = await shop.run("backup", { purpose: "manual" });
  expect(backup.code).toBe(0);
  await shop.database.sql(
    "DELETE FROM notes WHERE id % 2 = 0; ALTER TABLE notes RENAME body TO text; INSERT INTO notes (text) VALUES ('later')",
  );
  await shop.byHand("stop");
  const run = await paste(shop, pasting(await blocksFor(shop)));
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  expect(run.stdout).toContain(": OK\nevery byte can be read\n");
  expect(run.stdout).toMatch(/== 5\. Compare it\n== 5\. Compare it\nthe schema is the same\n/);
  expect(run.stdout).toContain("== all of it");
  expect(await facts(shop)).toEqual(before);
  // The replaced one has what came later, and Savepoint knows it.
  const old = /the database that was replaced is (\S+)/.exec(run.stdout)?.[1] ?? "";
  expect(await shop.database.superuser("SELECT count(*)::int AS n FROM notes WHERE text = 'later'", old)).toEqual([{ n: 1 }]);
  expect((await shop.run("list")).stderr + (await shop.run("list")).stdout).toContain(old);
  expect(await shop.head()).toBe(shop.first.commit);
  await shop.byHand("start");
  await expect.poll(async () => (await shop.health())?.status).toBe(200);
  // To Savepoint it stands as it stood before: what the test added to the schema is no version's.
  expect((await shop.run("status")).json.outputs).toEqual(standing);
});

test("a byte that is not what was written, or a copy that lacks a row, is named before anything is touched", async () => {
  await using shop = await settledShop();
  await shop.database.sql("INSERT INTO notes (body) SELECT 'note ' || n FROM generate_series(1, 30) n");
  expect((await shop.run("backup", { purpose: "manual" })).code).toBe(0);
  const blocks = await blocksFor(shop);
  const upTo = (heading: string) => blocks.filter((block) => block.heading < heading);
  const lacking = upTo("6").map((block) => ({
    ...block,
    text: block.text.replace(
      '-c "ANALYZE"',
      "-c \"DELETE FROM notes WHERE id > 28; SELECT setval('notes_id_seq', 3); ALTER TABLE notes ADD x int\"",
    ),
  }));
  const run = await paste(shop, pasting(lacking));
  expect(run.stdout).not.toContain("the schema is the same");
  expect(run.stdout).toMatch(/public\.notes\|rows: \d+ in the backup,\|28\n/);
  expect(run.stdout).toMatch(/public\.notes_id_seq\|sequence: at least \d+,\|3\n/);
  expect(run.stdout).toMatch(/> +x integer/);
  const backups = join(shop.stateDir, "backups");
  const newest = (await readdir(backups)).find((file) => file.startsWith("manual_") && file.endsWith(".dump"))!;
  await appendFile(join(backups, newest), "x");
  const damaged = await paste(shop, pasting(upTo("4")));
  expect(damaged.code).not.toBe(0);
  expect(damaged.stdout).toContain(`${newest}: FAILED`);
});
