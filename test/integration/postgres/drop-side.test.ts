import pg from "pg";
import { expect, test } from "vitest";
import { dropOrWarn } from "../../../src/postgres/drop-database.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { freshDatabase, startCluster } from "../../lab/postgres.ts";
import { Notes, open } from "./open.ts";

test("a copy whose sessions need longer to end than the server waits is dropped all the same", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const side = sideName(database.name, "verify_20261120T143022Z");
  await createSide(database, side);
  const url = new URL(fresh.url);
  url.pathname = `/${side}`;
  const client = new pg.Client({ connectionString: url.href });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const pid = rows[0]?.pid ?? 0;
  // As on a machine that has no time for it.
  process.kill(pid, "SIGSTOP");
  const awake = setTimeout(() => process.kill(pid, "SIGCONT"), 6500);
  const notes = new Notes();
  try {
    await dropOrWarn(database, side, notes);
  } finally {
    clearTimeout(awake);
    if ((await fresh.superuser(`SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length > 0) process.kill(pid, "SIGCONT");
    await client.end().catch(() => undefined);
  }
  expect(notes.lines).toEqual([]);
  expect(await fresh.superuser(`SELECT FROM pg_database WHERE datname = '${side}'`)).toEqual([]);
});

test("a copy in which autovacuum is at work is dropped by its owner, who is no superuser", async () => {
  // It begins at once, and does not come to an end.
  const settings = { autovacuum_naptime: "1s", autovacuum_vacuum_cost_delay: "100ms", autovacuum_vacuum_cost_limit: "1" };
  const cluster = await startCluster({ settings });
  try {
    const admin = openDatabase({ target: parseTargetUrl(cluster.url()), dialFrom: localMachine(), toolsOn: localMachine() });
    await using superuser = await admin.connect("make");
    await superuser.exec("CREATE ROLE plain LOGIN CREATEDB PASSWORD 'secret'");
    await superuser.exec("CREATE DATABASE live OWNER plain");
    const url = new URL(cluster.url("live"));
    [url.username, url.password] = ["plain", "secret"];
    const database = openDatabase({ target: parseTargetUrl(url.href), dialFrom: localMachine(), toolsOn: localMachine() });
    const side = sideName("live", "verify_20261120T143022Z");
    await createSide(database, side);
    {
      await using connection = await database.connect("restore", { database: side });
      await connection.exec("CREATE TABLE public.t AS SELECT n FROM generate_series(1, 100000) n; DELETE FROM public.t WHERE n % 2 = 0");
    }
    const workers = `SELECT FROM pg_stat_activity WHERE datname = '${side}' AND backend_type = 'autovacuum worker'`;
    await expect.poll(async () => await superuser.query(workers)).toHaveLength(1);
    const notes = new Notes();
    await dropOrWarn(database, side, notes);
    expect(notes.lines).toEqual([]);
    expect(await superuser.query(`SELECT FROM pg_database WHERE datname = '${side}'`)).toEqual([]);
  } finally {
    await cluster.remove();
  }
});
