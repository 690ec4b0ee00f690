import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createBackup } from "../../../src/backup/create.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { replacedName } from "../../../src/postgres/replaced.ts";
import { afterSwap, disableSubscriptions } from "../../../src/postgres/replication.ts";
import { createSide, dropDatabase, sideName } from "../../../src/postgres/side.ts";
import { refuseBeforeSwap, swapDatabases } from "../../../src/postgres/swap.ts";
import { proveWayBack } from "../../../src/postgres/wayback.ts";
import { wayBackWarnings } from "../../../src/postgres/wayback-warnings.ts";
import { type Cluster, startCluster } from "../../lab/postgres.ts";
import { clock, dumpInto, failureOf, Notes } from "./open.ts";

let cluster: Cluster;
let directory: string;
let live: Database;
let count = 0;
beforeAll(async () => {
  cluster = await startCluster({ settings: { wal_level: "logical", max_prepared_transactions: "5", max_replication_slots: "20" } });
  directory = await mkdtemp(join(tmpdir(), "savepoint backups "));
});
afterAll(async () => {
  await cluster.remove();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  await sql(`CREATE DATABASE app${count}`, "postgres");
  const here = localMachine();
  live = openDatabase({ target: parseTargetUrl(cluster.url(`app${count}`)), dialFrom: here, toolsOn: here });
});

async function sql(text: string, database = live.name): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: cluster.url(database) });
  await client.connect();
  try {
    const result = await client.query(text);
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function psql(database: string, text: string): Promise<void> {
  const child = promisify(execFile)(join(cluster.bin, "psql"), ["-X", "-v", "ON_ERROR_STOP=1", "-d", cluster.url(database)]);
  child.child.stdin?.end(text);
  await child;
}

async function backup(verify: "read" | "restore", report = new Notes()): Promise<void> {
  await createBackup({
    database: live,
    store: new BackupStore(localMachine(), directory),
    identity: { app: "shop", environment: "production" },
    purpose: "pre-deploy",
    verify,
    readHistory: async () => [],
    ports: { clock, report, signal: new AbortController().signal },
  });
}

async function beside(): Promise<unknown[]> {
  return (await sql(`SELECT datname FROM pg_database WHERE datname LIKE '${live.name}\\_%'`, "postgres")).map((row) => row["datname"]);
}

test("a prepared transaction is found before the first change and before the app is stopped, with the commands that end it", async () => {
  await sql("CREATE TABLE t (id int)");
  await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s 1'");
  const [problem] = await proveWayBack(live);
  expect(problem?.problem).toContain("1 prepared transaction (it's 1)");
  expect(await failureOf(refuseBeforeSwap(live))).toMatchObject({ code: "55006", exit: 2, hint: problem?.fix });
  const command = /ROLLBACK PREPARED '[^;]*;/.exec(problem?.fix ?? "")?.[0] ?? "";
  await sql(command);
  expect(await proveWayBack(live)).toEqual([]);
  await refuseBeforeSwap(live);
});

test("a two-phase commit that is on its way is no obstacle", async () => {
  await sql("CREATE TABLE t (id int)");
  await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'short'");
  const ended = new Promise((resolve) => setTimeout(resolve, 700)).then(async () => await sql("COMMIT PREPARED 'short'"));
  expect(await proveWayBack(live)).toEqual([]);
  await ended;
});

test("an INVALID index is a warning that says how to mend it", async () => {
  await sql("CREATE TABLE pairs (a int); INSERT INTO pairs VALUES (1), (1)");
  await expect(sql("CREATE UNIQUE INDEX CONCURRENTLY pairs_a ON pairs (a)")).rejects.toThrow("could not create unique index");
  expect(await proveWayBack(live)).toEqual([]);
  const [warning] = await wayBackWarnings(live);
  expect(warning).toContain("REINDEX INDEX CONCURRENTLY public.pairs_a;");
  await sql("DROP INDEX CONCURRENTLY public.pairs_a");
  expect(await wayBackWarnings(live)).toEqual([]);
});

test("settings that keep the application's own sessions from working are a warning with the statement that lifts them", async () => {
  await sql(`ALTER DATABASE ${live.name} SET default_transaction_read_only = on`);
  const [warning] = await wayBackWarnings(live);
  expect(warning).toContain(`ALTER DATABASE "${live.name}" RESET default_transaction_read_only;`);
  await sql(/BEGIN READ WRITE;.*COMMIT;/.exec(warning ?? "")?.[0] ?? "");
  expect(await wayBackWarnings(live)).toEqual([]);
  await sql(`ALTER ROLE postgres IN DATABASE ${live.name} SET default_transaction_read_only = on`);
  const [role] = await wayBackWarnings(live);
  expect(role).toContain(`ALTER ROLE "postgres" IN DATABASE "${live.name}" RESET default_transaction_read_only;`);
});

describe("a subscription", () => {
  let publisher: string;
  let slot: string;
  beforeEach(async () => {
    [publisher, slot] = [`pub${count}`, `slot${count}`];
    await sql(`CREATE DATABASE ${publisher}`, "postgres");
    await sql(`CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t`, publisher);
    await sql(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`, publisher);
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    const { port } = new URL(cluster.url());
    await sql(
      `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=${port} user=postgres password=postgres dbname=${publisher}' PUBLICATION p WITH (create_slot = false, slot_name = '${slot}', copy_data = false)`,
    );
    await sql("COMMENT ON SUBSCRIPTION s IS 'from elsewhere'");
    return async () => {
      for (const { name } of await sql(
        "SELECT d.datname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid",
        "postgres",
      ))
        for (const text of ["ALTER SUBSCRIPTION s DISABLE", "ALTER SUBSCRIPTION s SET (slot_name = NONE)", "DROP SUBSCRIPTION s"])
          await sql(text, String(name));
      await sql(`SELECT pg_drop_replication_slot('${slot}')`, publisher);
    };
  });

  test("is refused at opening unless it is said that it may be detached", async () => {
    const [problem] = await proveWayBack(live);
    expect(problem?.problem).toContain("the subscription s");
    expect(problem?.fix).toContain("`detach-subscriptions: true`");
    expect(await proveWayBack(live, { detachSubscriptions: true })).toEqual([]);
  });

  test("does not come along into a restored copy, which is equal and leaves nothing behind", async () => {
    await backup("restore");
    expect(await beside()).toEqual([]);
  });

  test("keeps no database from being dropped; the slot that stays with the publisher is named", async () => {
    const replaced = replacedName(live.name, new Date("2026-01-01T00:00:00Z"));
    const side = sideName(live.name, "side");
    await createSide(live, side);
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    expect(await dropDatabase(live, replaced)).toEqual([slot]);
    expect(await beside()).toEqual([]);
  });

  test("goes on where another one could not be stopped", async () => {
    const { port } = new URL(cluster.url());
    await sql(
      `CREATE SUBSCRIPTION z CONNECTION 'host=127.0.0.1 port=${port} user=postgres password=postgres dbname=${publisher}' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    );
    await sql(
      `UPDATE pg_subscription SET subenabled = true WHERE subname = 'z'; CREATE SEQUENCE tries;
       CREATE FUNCTION second() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('public.tries') = 2 THEN RAISE 'not this one'; END IF; END $$;
       CREATE EVENT TRIGGER hold ON ddl_command_start WHEN TAG IN ('ALTER SUBSCRIPTION') EXECUTE FUNCTION second()`,
    );
    const failure = await failureOf(disableSubscriptions(live, { name: live.name }));
    expect(failure.message).toContain("not this one");
    expect(await sql("SELECT subenabled FROM pg_subscription WHERE subname = 's'")).toEqual([{ subenabled: true }]);
    await sql("DROP EVENT TRIGGER hold; UPDATE pg_subscription SET subenabled = false WHERE subname = 'z'; DROP SUBSCRIPTION z");
  });

  test("stops at a swap, and the commands that are printed let it go on in the live database", async () => {
    const side = sideName(live.name, "side");
    const replaced = replacedName(live.name, new Date("2026-01-02T00:00:00Z"));
    await createSide(live, side);
    await sql("CREATE TABLE t (id int PRIMARY KEY)", side);
    await disableSubscriptions(live, { name: live.name });
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    await using connection = await live.connectMaintenance("look");
    const said = await afterSwap(connection, live.name, replaced);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`stayed with ${replaced}, where it is disabled`);
    expect(said[0]).not.toContain("password=");
    await sql("INSERT INTO t VALUES (7)", publisher);
    const first = /in psql -d (\S+): (.*?); then/s.exec(said[0] ?? "");
    const then = /then, in psql -d (\S+): (.*)$/s.exec(said[0] ?? "");
    await psql(first?.[1] ?? "", `${first?.[2]};\n`);
    await psql(then?.[1] ?? "", `${then?.[2]}\n`);
    await expect.poll(async () => (await sql("SELECT id FROM t")).map((row) => row["id"]), { timeout: 15_000 }).toEqual([7]);
  });
});

test("a logical slot and a standby are named at opening, and after a swap with the commands", async () => {
  await sql("SELECT pg_create_logical_replication_slot('reader', 'test_decoding')");
  const standby = new pg.Client({ connectionString: cluster.url(), application_name: "standby1", replication: "true" } as pg.ClientConfig);
  await standby.connect();
  try {
    expect(await proveWayBack(live)).toEqual([]);
    const warnings = (await wayBackWarnings(live)).join("\n");
    expect(warnings).toContain("The logical replication slot reader belongs to");
    expect(warnings).toContain("1 standby (standby1 at 127.0.0.1) follows this cluster");
    const side = sideName(live.name, "side");
    const replaced = replacedName(live.name, new Date("2026-01-03T00:00:00Z"));
    await createSide(live, side);
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    await using connection = await live.connectMaintenance("look");
    const said = (await afterSwap(connection, live.name, replaced)).join("\n");
    expect(said).toContain(`WHERE datname = '${replaced}'`);
    for (const [command] of said.matchAll(/SELECT pg_(?:drop|create_logical)_replication_slot\([^;]*;/g)) await sql(command);
    expect(await sql("SELECT database FROM pg_replication_slots WHERE slot_name = 'reader'")).toEqual([{ database: live.name }]);
  } finally {
    await standby.end();
    await sql("SELECT pg_drop_replication_slot('reader')");
  }
});

describe("a function that needs a search path, behind", () => {
  const LOOKUP = "CREATE TABLE rates (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, 2);";
  const IN_SQL = `LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM rates WHERE id = $1'`;
  const IN_PLPGSQL = `LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT rate FROM rates WHERE id = $1); END'`;
  // Harmless when it is first used: since 17 a server builds no index and fills no view with the session's search_path.
  const usedIn = (uses: string, body: string): string =>
    `${LOOKUP} CREATE FUNCTION rate(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2'; ${uses} CREATE OR REPLACE FUNCTION rate(int) RETURNS int ${body};`;
  const USES = {
    "a materialized view": "CREATE MATERIALIZED VIEW priced AS SELECT rate(1) AS rate;",
    "a view behind a materialized view":
      "CREATE VIEW inner_view AS SELECT rate(1) AS rate; CREATE MATERIALIZED VIEW priced AS SELECT * FROM inner_view;",
    "an index": "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX by_rate ON sales (rate(id));",
    "a CHECK": "CREATE TABLE sales (id int CHECK (rate(id) > 0)); INSERT INTO sales VALUES (1);",
    "a generated column": "CREATE TABLE sales (id int, r int GENERATED ALWAYS AS (rate(id)) STORED); INSERT INTO sales VALUES (1);",
  };

  for (const [what, uses] of Object.entries(USES)) {
    test(`${what}: refused before the first change, and what is said makes it restorable`, async () => {
      await sql(usedIn(uses, IN_SQL));
      const [problem] = await proveWayBack(live);
      expect(problem?.problem).toContain("public.rate(integer)");
      expect(problem?.fix).toContain("ALTER FUNCTION public.rate(integer) SET search_path = public;");
      await sql(/ALTER FUNCTION [^;]*;/.exec(problem?.fix ?? "")?.[0] ?? "");
      expect(await proveWayBack(live)).toEqual([]);
      await backup("restore");
    });
  }

  test("an index, in PL/pgSQL: a warning, and a restore that fails names it and the statement that helps", async () => {
    await sql(usedIn(USES["an index"], IN_PLPGSQL));
    expect(await proveWayBack(live)).toEqual([]);
    expect((await wayBackWarnings(live)).join("\n")).toContain("ALTER FUNCTION public.rate(integer) SET search_path = public;");
    const failure = await failureOf(backup("restore"));
    expect(failure.hint).toContain("ALTER FUNCTION public.rate(integer) SET search_path = public;");
    expect(await beside()).toEqual([]);
    await sql(/ALTER FUNCTION [^;]*;/.exec(failure.hint ?? "")?.[0] ?? "");
    await backup("restore");
    expect(await wayBackWarnings(live)).toEqual([]);
  });

  test("a CHECK that is NOT VALID is evaluated by no restore, and refuses nothing", async () => {
    const uses = "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); ALTER TABLE sales ADD CHECK (rate(id) > 0) NOT VALID;";
    await sql(usedIn(uses, IN_SQL));
    expect(await proveWayBack(live)).toEqual([]);
    await backup("restore");
  });

  test("nothing that names its tables in full, or has a path of its own, is a finding", async () => {
    await sql(
      `${LOOKUP} CREATE FUNCTION full_name(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM public.rates WHERE id = $1';
       CREATE FUNCTION own_path(int) RETURNS int LANGUAGE sql IMMUTABLE SET search_path = public AS 'SELECT rate FROM rates WHERE id = $1';
       CREATE FUNCTION plain(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r.rate FROM public.rates r WHERE r.id = i); END';
       CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX a ON sales (full_name(id)); CREATE INDEX b ON sales (own_path(id)); CREATE INDEX c ON sales (plain(id));`,
    );
    expect(await proveWayBack(live)).toEqual([]);
    expect(await wayBackWarnings(live)).toEqual([]);
    const side = sideName(live.name, "side");
    await createSide(live, side);
    await dumpInto(live, side);
  });
});
