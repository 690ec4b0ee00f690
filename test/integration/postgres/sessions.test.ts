import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { countRows } from "../../../src/postgres/counts.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { endOurSessions, waitForDumps } from "../../../src/postgres/sessions.ts";
import { exportSnapshot } from "../../../src/postgres/snapshot.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { clock, failureOf, Notes, open } from "./open.ts";

const signal = new AbortController().signal;

test("what earlier steps left running is ended; others' sessions, other databases and dumps are left alone", async () => {
  await using fresh = await freshDatabase();
  await using elsewhere = await freshDatabase();
  const database = open(fresh, { fence: 7 });
  await using migrating = await database.connect("migrate");
  await using dumping = await open(fresh).connect("backup");
  await using own = await database.connect("backup");
  await using other = await open(elsewhere).connect("migrate");
  expect(await endOurSessions(database)).toBe(2);
  expect(["57P01", "connection-lost"]).toContain((await failureOf(migrating.query("SELECT 1"))).code);
  expect(["57P01", "connection-lost"]).toContain((await failureOf(own.query("SELECT 1"))).code);
  await dumping.query("SELECT 1");
  await other.query("SELECT 1");
});

test("so is what an earlier holder of the lock does from another database, and no one else's", async () => {
  await using fresh = await freshDatabase();
  await using elsewhere = await freshDatabase();
  await using swapping = await open(fresh, { fence: 6 }).connectMaintenance("swap");
  await using dumping = await open(fresh, { fence: 6 }).connect("backup");
  await using theirs = await open(elsewhere, { fence: 6 }).connectMaintenance("swap");
  await using unheld = await open(fresh).connectMaintenance("look");
  expect(await endOurSessions(open(fresh, { fence: 7 }))).toBe(2);
  for (const ended of [swapping, dumping]) expect(["57P01", "connection-lost"]).toContain((await failureOf(ended.query("SELECT 1"))).code);
  for (const left of [theirs, unheld]) await left.query("SELECT 1");
});

test("a session is opened before the lock is looked at, and closed where that is another's by then", async () => {
  await using fresh = await freshDatabase();
  const seen: number[] = [];
  const confirm = async (): Promise<void> => {
    const rows = await fresh.superuser(
      `SELECT FROM pg_stat_activity WHERE datname = '${fresh.name}' AND application_name LIKE 'savepoint migrate 7@%'`,
    );
    seen.push(rows.length);
    throw new Failure("taken", { code: "lock-lost" });
  };
  const here = localMachine();
  const database = openDatabase({
    target: parseTargetUrl(fresh.url),
    dialFrom: here,
    toolsOn: here,
    held: { fence: 7, taken: true, confirm },
  });
  expect((await failureOf(database.connect("migrate"))).code).toBe("lock-lost");
  expect(seen).toEqual([1]);
  expect(await endOurSessions(open(fresh))).toBe(0);
});

test("a migration waits for a dump of ours, says so, and goes on when it ends", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const dump = await open(fresh, { fence: 7 }).connect("backup");
  const report = new Notes();
  const waiting = waitForDumps(database, {
    clock: { ...clock, sleep: async () => await clock.sleep(10) },
    report,
    signal,
    timeoutMs: 60_000,
  });
  while (report.lines.length === 0) await clock.sleep(5);
  await dump[Symbol.asyncDispose]();
  await waiting;
  expect(report.lines.join()).toContain("savepoint backup 7@");
});

test("waiting for a dump ends with its name", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  await using dump = await database.connect("backup");
  const failure = await failureOf(waitForDumps(database, { clock, report: new Notes(), signal, timeoutMs: 0 }));
  expect(failure).toMatchObject({ code: "timeout", evidence: [expect.stringContaining(String(dump.pid))] });
});

test("what is counted under a snapshot does not see later writes, and other sessions can share it", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE t AS SELECT generate_series(1, 10) n");
  const database = open(fresh);
  await using snapshot = await exportSnapshot(database);
  await fresh.sql("INSERT INTO t SELECT generate_series(1, 5); CREATE TABLE later ()");
  expect(await countRows(snapshot.connection)).toEqual(new Map([["public.t", 10]]));
  await using sharing = await database.connect("backup");
  await sharing.exec(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '${snapshot.id}'`);
  expect(await sharing.query("SELECT count(*) FROM public.t")).toEqual([{ count: 10n }]);
  await using now = await database.connect("check");
  expect(await countRows(now)).toEqual(
    new Map([
      ["public.later", 0],
      ["public.t", 15],
    ]),
  );
});

test("rows that row security hides are an error, never a smaller count", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE t AS SELECT 1 n; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY");
  await using connection = await open(fresh).connect("check");
  expect((await failureOf(countRows(connection))).code).toBe("42501");
});
