import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { serverPrograms, sharedClusterUrl } from "../../lab/postgres.ts";
import { fillRich } from "../../lab/rich.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

const execute = promisify(execFile);

/** Everything that a dump can see of a database, without the token that differs in every dump. */
async function dumpOf(url: string): Promise<string> {
  const { stdout } = await execute(join(serverPrograms(), "pg_dump"), ["--dbname", url], { maxBuffer: 256 * 1024 * 1024 });
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, "");
}

const DAMAGE = `-- UP
ALTER TABLE shop.customer ADD damage int DEFAULT 1;
UPDATE shop.product SET price = 77;
DELETE FROM shop.cache;
DROP MATERIALIZED VIEW shop.turnover;
DROP SCHEMA "Loja & Café 🐘" CASCADE;
REVOKE ALL ON SEQUENCE shop.order_number FROM pg_monitor;
SELECT lo_unlink(424242);
SELECT nextval('shop.order_number');
COMMENT ON POLICY own ON shop.customer IS 'changed';
`;

/** A dump of a plain copy: PostgreSQL itself writes some expressions otherwise, once, when it reads them back. */
async function dumpOfCopy(shop: Shop): Promise<string> {
  const copy = `${shop.database.name}_copy`;
  await shop.database.superuser(`CREATE DATABASE "${copy}" OWNER "${shop.database.owner}"`, "postgres");
  const file = join(shop.folder, "copy.dump");
  const url = sharedClusterUrl(copy);
  await execute(join(serverPrograms(), "pg_dump"), ["--format=custom", "--file", file, "--dbname", shop.database.superuserUrl]);
  await execute(join(serverPrograms(), "pg_restore"), ["--exit-on-error", "--dbname", url, file]);
  return await dumpOf(url);
}

async function damageAndRollBack(shop: Shop): Promise<void> {
  const run = await shop.run("deploy", { "allow-quarantined": "damaged on purpose, twice" });
  expect(run.stderr).toContain("Applied migrations/002_damage.sql");
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored" });
}

test("a dump before a deploy and one after backup, migration, damage and rollback are equal, under an owner who is no superuser", async () => {
  await using shop = await openShop();
  await fillRich(shop.database);
  await shop.deployed();
  const before = await dumpOfCopy(shop);
  await shop.commit({
    migrations: { "002_damage.sql": DAMAGE },
    behaviour: { startSql: "DELETE FROM shop.click", broken: "no" },
    timeout: "1s",
  });
  await damageAndRollBack(shop);
  expect(await dumpOf(shop.database.superuserUrl)).toBe(before);
  // And once more, now without any copy between.
  await damageAndRollBack(shop);
  expect(await dumpOf(shop.database.superuserUrl)).toBe(before);
});
