import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { swapDatabases } from "../../../src/postgres/swap.ts";
import { clientTools } from "../../../src/postgres/tools.ts";
import { type Pooler, startPooler } from "../../lab/pgbouncer.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { openShop } from "../../lab/shop.ts";
import { failureOf, Notes } from "./open.ts";

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of cleanUp.reverse()) await one();
  cleanUp = [];
});

async function pooler(fresh: FreshDatabase, settings: Readonly<Record<string, string | number>>): Promise<Pooler> {
  const started = await startPooler(Number(new URL(fresh.url).port), settings);
  cleanUp.push(async () => await started[Symbol.asyncDispose]());
  return started;
}

function at(url: string): Database {
  const here = localMachine();
  return openDatabase({ target: parseTargetUrl(url), dialFrom: here, toolsOn: here });
}

/** An application's pooled connections, which ask something all the time where `busy`. */
async function application(url: string, { clients, busy }: { readonly clients: number; readonly busy: boolean }) {
  const errors: string[] = [];
  const stop = new AbortController();
  const all = Array.from({ length: clients }, async () => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", (error) => errors.push(error.message));
    await client.connect();
    do {
      await client.query("SELECT count(*) FROM notes").catch((error: Error) => errors.push(error.message));
      if (!busy) await new Promise((done) => setTimeout(done, 20));
    } while (!stop.signal.aborted);
    await client.end();
  });
  return {
    errors,
    end: async () => {
      stop.abort();
      await Promise.all(all);
    },
  };
}

test.each([
  ["transaction", 1, {}],
  ["transaction", 20, {}],
  ["transaction", 20, { server_round_robin: 1 }],
  ["transaction", 1, { server_reset_query: "", server_reset_query_always: 0 }],
  ["transaction", 20, { server_reset_query: "DISCARD ALL", server_reset_query_always: 1 }],
  ["statement", 1, {}],
  ["statement", 20, {}],
])("a pooler in %s mode with room for %i is refused, quiet and busy, and its sessions are left as they were", async (mode, size, more) => {
  await using fresh = await freshDatabase();
  await fresh.superuser("CREATE TABLE notes ()");
  const { through } = await pooler(fresh, { pool_mode: mode, default_pool_size: size, ...more });
  const url = through(fresh.url);
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await failureOf(at(url).connect("backup"))).toMatchObject({
      exit: 2,
      code: "pooler",
      hint: expect.stringContaining("direct address"),
    });
  }
  const app = await application(url, { clients: 4, busy: true });
  for (let turn = 0; turn < 3; turn += 1) expect(await failureOf(at(url).connect("backup"))).toMatchObject({ exit: 2, code: "pooler" });
  await app.end();
  expect(app.errors).toEqual([]);
  const left = new pg.Client({ connectionString: url });
  await left.connect();
  const { rows } = await left.query(
    "SELECT current_setting('search_path') AS path, current_setting('DateStyle') AS style, current_setting('client_connection_check_interval') AS interval",
  );
  expect(rows).toEqual([{ path: '"$user", public', style: "ISO, MDY", interval: "0" }]);
  await left.end();
});

test("a pooler in session mode is worked through, also by the tools, and a cancelled statement ends in the server", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser("CREATE TABLE notes ()");
  const { through } = await pooler(fresh, { pool_mode: "session" });
  const database = at(through(fresh.url));
  const stop = new AbortController();
  await using connection = await database.connect("check", { signal: stop.signal });
  expect(connection.keyPid).not.toBe(connection.pid);
  expect(await connection.query("SELECT current_setting('application_name') AS name, current_setting('lock_timeout') AS wait")).toEqual([
    { name: "savepoint check", wait: "0" },
  ]);
  const tools = await clientTools(database.toolsOn, Math.floor(connection.serverVersion / 10_000));
  const dump = await database.toolsOn.run({ words: tools.words("pg_dump", "-w", "--schema-only"), env: database.environment() });
  expect(dump).toMatchObject({ code: 0, stdout: expect.stringContaining("CREATE TABLE public.notes") });
  const sleeping = connection.query("SELECT pg_sleep(600)").catch((error: unknown) => error);
  const active = `SELECT 1 FROM pg_stat_activity WHERE pid = ${connection.pid} AND query LIKE '%pg_sleep%' AND state = 'active'`;
  await expect.poll(async () => await fresh.superuser(active)).toHaveLength(1);
  stop.abort();
  await sleeping;
  await expect.poll(async () => await fresh.superuser(active)).toEqual([]);
});

test("a swap through a pooler in session mode ends what the pooler holds idle, and pooled clients come back to the new database", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser("CREATE TABLE which AS SELECT 'live' AS one");
  const { through } = await pooler(fresh, { pool_mode: "session" });
  const url = through(fresh.url);
  const client = async (): Promise<pg.Client> => {
    const one = new pg.Client({ connectionString: url });
    one.on("error", () => undefined);
    await one.connect();
    return one;
  };
  const which = async (one: pg.Client): Promise<unknown> => (await one.query<{ one: string }>("SELECT one FROM which")).rows[0]?.one;
  const [staying, leaving] = [await client(), await client()];
  expect([await which(staying), await which(leaving)]).toEqual(["live", "live"]);
  // Its server session stays with the pooler.
  await leaving.end();
  const database = at(url);
  const side = sideName(fresh.name, "side");
  await createSide(database, side);
  await fresh.superuser("CREATE TABLE which AS SELECT 'restored' AS one", side);
  await swapDatabases({ database, side, replacedAs: `${fresh.name}_before`, report: new Notes() });
  expect(await fresh.superuser(`SELECT pid FROM pg_stat_activity WHERE datname = '${fresh.name}_before'`)).toEqual([]);
  await expect(which(staying)).rejects.toThrow();
  for (let turn = 0; turn < 3; turn += 1) {
    const next = await client();
    expect(await which(next)).toBe("restored");
    await next.end();
  }
  await fresh.superuser(`DROP DATABASE "${fresh.name}_before"`, "postgres");
});

test("an app that reaches its database through a pooler answers again after a rollback that restores", async () => {
  await using shop = await openShop({ profile: { "database-admin-url": "env:ADMIN_URL" } });
  const { through } = await pooler(shop.database, { pool_mode: "transaction" });
  const env = `DATABASE_URL='${through(shop.database.url)}'\nADMIN_URL='${shop.database.superuserUrl}'\n`;
  await appendFile(join(shop.appDir, ".env"), env);
  const { commit } = await shop.deployed();
  await shop.commit({
    migrations: { "002_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" },
    behaviour: { broken: "no" },
    timeout: "1s",
  });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored", commit });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect(await shop.database.superuser("SELECT column_name FROM information_schema.columns WHERE column_name = 'more'")).toEqual([]);
});

test("a pooler in session mode that hands sessions on as they were left is refused", async () => {
  await using fresh = await freshDatabase();
  const { through } = await pooler(fresh, { pool_mode: "session", server_reset_query: "" });
  expect(await failureOf(at(through(fresh.url)).connect("backup"))).toMatchObject({
    exit: 2,
    code: "pooler",
    hint: expect.stringContaining("server_reset_query"),
  });
});

test("a pooler in session mode with room for one is refused: a backup reads in several sessions at once", async () => {
  await using fresh = await freshDatabase();
  const { through } = await pooler(fresh, { pool_mode: "session", default_pool_size: 1 });
  expect(await failureOf(at(`${through(fresh.url)}?connect_timeout=8`).connect("backup"))).toMatchObject({
    exit: 2,
    code: "pooler",
    message: expect.stringContaining("no second session"),
  });
});

test("a server that is entered directly is asked nothing more", async () => {
  await using fresh = await freshDatabase();
  const database = at(fresh.url);
  await using one = await database.connect("check");
  await using other = await database.connect("check");
  expect([one.keyPid, other.keyPid]).toEqual([one.pid, other.pid]);
});

test("a backup through a transaction pooler is refused before anything is made, and pooled clients go on", async () => {
  await using shop = await openShop();
  await shop.commit();
  const { through } = await pooler(shop.database, { pool_mode: "transaction", default_pool_size: 1 });
  await shop.database.superuser("CREATE TABLE IF NOT EXISTS notes ()");
  const app = await application(through(shop.database.url), { clients: 2, busy: false });
  const env = { SAVEPOINT_DATABASE_URL: through(shop.database.url) };
  const run = await shop.run("backup", { purpose: "manual" }, { env });
  expect(run.code, run.stderr).toBe(2);
  expect(run.stderr).toContain("goes through a transaction pooler");
  const again = await shop.run("migrate", {}, { env: { SAVEPOINT_DATABASE_URL: `${shop.database.url}?pgbouncer=true` } });
  expect(again.code, again.stderr).toBe(2);
  expect(again.stderr).toContain("pgbouncer=true");
  await app.end();
  expect(app.errors).toEqual([]);
  expect((await shop.run("list")).json.result?.backups ?? []).toEqual([]);
});

test("beside a direct database-admin-url, a pooled database-url is the application's, and all of ours goes the direct way", async () => {
  await using shop = await openShop();
  await shop.commit();
  const { through } = await pooler(shop.database, { pool_mode: "transaction", default_pool_size: 1 });
  const pooled = through(shop.database.url);
  const env = { SAVEPOINT_DATABASE_URL: pooled, SAVEPOINT_DATABASE_ADMIN_URL: shop.database.superuserUrl };
  const backup = await shop.run("backup", { purpose: "manual" }, { env });
  expect(backup.code, backup.stderr).toBe(0);
  const tool = `psql -X "$DATABASE_URL" -c "CREATE TABLE made AS SELECT current_user AS who"`;
  const run = await shop.run("migrate", { run: tool }, { env });
  expect(run.code, run.stderr).toBe(0);
  // Through the pooler everybody is `postgres`: the direct way has the application's own role.
  expect(await shop.database.superuser("SELECT who FROM made")).toEqual([{ who: shop.database.owner }]);
});
