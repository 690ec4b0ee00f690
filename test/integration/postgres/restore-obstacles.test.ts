import { expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { dropDatabase } from "../../../src/postgres/drop-database.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { findRestoreObstacles } from "../../../src/postgres/restore-obstacles.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { fillRich } from "../../lab/rich.ts";
import { dumpInto, failureOf, open } from "./open.ts";

test("an owner who may create databases has a way back, also from a rich database", async () => {
  await using fresh = await freshDatabase();
  await fillRich(fresh);
  expect(await findRestoreObstacles(open(fresh))).toEqual([]);
});

test("each thing in the way is named with the statement that lifts it", async () => {
  await using fresh = await freshDatabase();
  await using other = await freshDatabase();
  await fillRich(fresh, { superuser: true });
  await fresh.superuser(
    `ALTER ROLE "${fresh.owner}" NOCREATEDB; CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO "${other.owner}"; GRANT CONNECT ON DATABASE "${fresh.name}" TO PUBLIC`,
  );
  const strangers = open({ ...fresh, url: other.url.replace(other.name, fresh.name) });
  await using session = await strangers.connect("report");
  expect(session.pid).toBeGreaterThan(0);
  const problems = await findRestoreObstacles(open(fresh), { freeBytesOnServer: 1000 });
  const fixes = problems.map((one) => one.fix).join("\n");
  expect(fixes).toContain(`ALTER ROLE "${fresh.owner}" CREATEDB;`);
  expect(fixes).toContain(`GRANT "${other.owner}" TO "${fresh.owner}";`);
  expect(fixes).toContain(`GRANT pg_signal_backend TO "${fresh.owner}";`);
  const said = problems.map((one) => one.problem).join("\n");
  expect(said).toMatch(/extension postgres_fdw can only be restored by a superuser/u);
  expect(said).toMatch(/event triggers \(watch_ddl\)/u);
  expect(said).toMatch(/takes \d/u);
  await fresh.superuser("DROP TABLE theirs");
});

test("an admin who could not count the restored rows is told, with the statement that lifts it", async () => {
  await using fresh = await freshDatabase();
  await using other = await freshDatabase();
  await fresh.sql(
    "CREATE TABLE orders (id int); CREATE TABLE hidden (id int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
  );
  await fresh.superuser(
    `GRANT "${fresh.owner}" TO "${other.owner}"; ALTER ROLE "${other.owner}" CREATEDB; ALTER ROLE "${fresh.owner}" BYPASSRLS`,
  );
  const database = openDatabase({
    target: parseTargetUrl(fresh.url),
    adminTarget: parseTargetUrl(other.url),
    dialFrom: localMachine(),
    toolsOn: localMachine(),
  });
  const problems = await findRestoreObstacles(database);
  expect(problems.map((one) => one.problem)).toEqual([
    `the role ${other.owner} may not count the rows of 1 table (public.hidden), and a restored copy is compared`,
  ]);
  for (const { fix } of problems) await fresh.superuser(fix);
  expect(await findRestoreObstacles(database)).toEqual([]);
  // Without inheriting, belonging to the owner is no right to read.
  // From 16 on it is the grant that inherits, and the role only says what new grants do.
  await fresh.superuser(
    `ALTER ROLE "${other.owner}" NOINHERIT; REVOKE "${fresh.owner}" FROM "${other.owner}"; GRANT "${fresh.owner}" TO "${other.owner}"`,
  );
  const found = await findRestoreObstacles(database);
  expect(found.map((one) => one.problem).join("; ")).toContain("of 2 tables (public.hidden, public.orders)");
});

test("rights that others than the owner granted are told: a restore grants them as those, which only a superuser may", async () => {
  await using fresh = await freshDatabase();
  await using other = await freshDatabase();
  await fresh.superuser(`ALTER SCHEMA public OWNER TO "${fresh.owner}"`);
  await fresh.sql(`CREATE TABLE orders (id int, total int); GRANT SELECT ON orders TO "${other.owner}" WITH GRANT OPTION`);
  expect(await findRestoreObstacles(open(fresh))).toEqual([]);
  await fresh.superuser(`SET SESSION AUTHORIZATION "${other.owner}"; GRANT SELECT (total) ON public.orders TO pg_monitor`);
  const problems = await findRestoreObstacles(open(fresh));
  expect(problems.map((one) => one.problem)).toEqual([
    `rights that others than the owner granted (public.orders.total by ${other.owner}) can only be restored by a superuser, and ${fresh.owner} is none`,
  ]);
  const database = open(fresh);
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await expect(dumpInto(database, side)).rejects.toThrow("permission denied to set session authorization");
  await dropDatabase(database, side);
  expect(await findRestoreObstacles(open(fresh, { admin: true }))).toEqual([]);
  await fresh.superuser("DROP TABLE orders CASCADE");
});

test("a superuser as admin has a way back from everything", async () => {
  await using fresh = await freshDatabase();
  await fillRich(fresh, { superuser: true });
  expect(await findRestoreObstacles(open(fresh, { admin: true }))).toEqual([]);
});

test("what the fixes say is enough", async () => {
  await using fresh = await freshDatabase();
  await using other = await freshDatabase();
  await fresh.superuser(`ALTER ROLE "${fresh.owner}" NOCREATEDB; CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO "${other.owner}"`);
  const database = open(fresh);
  for (const { fix } of await findRestoreObstacles(database)) await fresh.superuser(fix);
  expect(await findRestoreObstacles(database)).toEqual([]);
  await fresh.superuser("DROP TABLE theirs");
});

test("a wrong password is a failure of its own, not a finding", async () => {
  await using fresh = await freshDatabase();
  const database = open({ ...fresh, url: fresh.url.replace(":secret@", ":wrong@") });
  expect((await failureOf(findRestoreObstacles(database))).code).toBe("28P01");
});

test("names that are no UTF-8 in a database of SQL_ASCII are told, with what to do; names in UTF-8 are fine there", async () => {
  await using fresh = await freshDatabase();
  const name = `${fresh.name}_ascii`;
  await fresh.superuser(
    `CREATE DATABASE "${name}" OWNER "${fresh.owner}" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`,
    "postgres",
  );
  const database = open({ ...fresh, name, url: fresh.url.replace(fresh.name, name) });
  try {
    await fresh.superuser(`CREATE TABLE "bücher" ()`, name);
    expect(await findRestoreObstacles(database)).toEqual([]);
    await fresh.superuser("DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', convert_from('\\xe974', 'SQL_ASCII')); END $$", name);
    const problems = await findRestoreObstacles(database);
    expect(problems).toEqual([{ problem: expect.stringContaining('"ét"'), fix: expect.stringContaining("client_encoding = SQL_ASCII") }]);
  } finally {
    await dropDatabase(open(fresh), name);
  }
});
