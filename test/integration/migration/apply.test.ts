import { expect, test } from "vitest";
import pg from "pg";
import { migrationStatus } from "../../../src/migration/status.ts";
import { Cancelled } from "../../../src/core/failure.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { apply, failureOf, history, migrations, open, tables, until, world } from "./world.ts";

const ORDERS =
  "-- UP\nCREATE TABLE orders (id int PRIMARY KEY, total int);\nINSERT INTO orders VALUES (1, 10);\n-- DOWN\nDROP TABLE orders;\n";
const NOTES = "-- UP\nALTER TABLE orders ADD note text;\n-- DOWN\nALTER TABLE orders DROP note;\n";

test("pending files are applied in order, each with its history row, and a second run does nothing", async () => {
  await using fresh = await freshDatabase();
  const files = { "10_notes.sql": NOTES, "9_orders.sql": ORDERS };
  expect(await apply(fresh, files)).toEqual({ applied: ["9", "10"], pending: [], current: "10" });
  expect(await fresh.sql("SELECT * FROM orders")).toEqual([{ id: 1, total: 10, note: null }]);
  const [row] = await fresh.sql(
    "SELECT version, description, checksum, state, started_at, duration_ms, applied_by, deploy_id, up_sql, down_sql, irreversible, progress FROM schema_migrations WHERE version = '9'",
  );
  expect(row).toMatchObject({
    version: "9",
    description: "orders",
    checksum: migrations(files)[0]?.checksum,
    state: "applied",
    applied_by: "tester@lab",
    deploy_id: "20261120T143022Z-abc1234",
    down_sql: "DROP TABLE orders;\n",
    irreversible: false,
    progress: null,
  });
  expect(await apply(fresh, files)).toEqual({ applied: [], pending: [], current: "10" });
});

test("looking at the status writes nothing, not even the history table", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("look", { asApp: true });
  const status = await migrationStatus(connection, migrations({ "1_a.sql": ORDERS }));
  expect(status.pending.map((one) => one.version)).toEqual(["1"]);
  expect(await tables(fresh)).toEqual([]);
});

test("to and steps bound what is applied", async () => {
  await using fresh = await freshDatabase();
  const files = Object.fromEntries([1, 2, 3, 4].map((number) => [`00${number}_t.sql`, `-- UP\nCREATE TABLE t${number} ();`]));
  expect(await apply(fresh, files, { to: "2" })).toEqual({ applied: ["001", "002"], pending: ["003", "004"], current: "002" });
  expect(await apply(fresh, files, { steps: 1 })).toEqual({ applied: ["003"], pending: ["004"], current: "003" });
  expect(await failureOf(apply(fresh, files, { to: "7" }))).toMatchObject({ exit: 2, message: "There is no migration with version 7." });
});

test("an error in a file rolls all of that file back, keeps the earlier ones, and points at line and column", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(
    apply(fresh, {
      "1_orders.sql": ORDERS,
      "2_bad.sql": "-- Comment.\n-- UP\nCREATE TABLE half ();\n\nSELECT 'é💾',\n  nothing FROM orders;\n",
      "3_notes.sql": NOTES,
    }),
  );
  expect(failure.message).toBe('migrations/2_bad.sql:6: column "nothing" does not exist (SQLSTATE 42703)');
  expect(failure.evidence.slice(0, 2)).toEqual(["line 6:   nothing FROM orders", "          ^"]);
  expect(failure).toMatchObject({ exit: 1, code: "42703", outputs: { applied: ["1"], pending: ["2", "3"], current: "1" } });
  expect(failure.state).toEqual([
    "migrations/2_bad.sql: rolled back, nothing of it is in the database",
    "1 migration of this run is applied and stay: 1",
  ]);
  expect(await tables(fresh)).toEqual(["orders", "schema_migrations"]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("an error that carries no position names the statement's line, and no values", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(
    apply(fresh, { "1_orders.sql": ORDERS.replace("-- DOWN", "INSERT INTO orders VALUES (1, 4711);\n-- DOWN") }),
  );
  expect(failure.message).toMatch(/^migrations\/1_orders\.sql:4: duplicate key value/);
  expect(failure.evidence[0]).toBe("line 4: INSERT INTO orders VALUES …");
  expect(failure.evidence.join()).not.toContain("4711");
});

test("a constraint that is checked at the end fails the whole file", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(
    apply(fresh, {
      "1_a.sql":
        "-- UP\nCREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);",
    }),
  );
  expect(failure.message).toMatch(/^migrations\/1_a\.sql: at its end: insert or update/);
  expect(await tables(fresh)).toEqual(["schema_migrations"]);
});

test("an applied file that changed stops everything and shows what changed; comments in its DOWN do not matter", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_orders.sql": ORDERS });
  await apply(fresh, { "1_orders.sql": `${ORDERS}-- better now\n`.replaceAll("\n", "\r\n") });
  const failure = await failureOf(apply(fresh, { "1_orders.sql": ORDERS.replace("total int", "total bigint"), "2_notes.sql": NOTES }));
  expect(failure).toMatchObject({ exit: 2, code: "changed-migration" });
  expect(failure.message).toMatch(/^migrations\/1_orders\.sql changed after it was applied \(.*, by tester@lab\)/);
  expect(failure.evidence).toContain("- CREATE TABLE orders (id int PRIMARY KEY, total int);");
  expect(failure.evidence).toContain("+ CREATE TABLE orders (id int PRIMARY KEY, total bigint);");
  expect(failure.hint).toContain("Put the file back as it was applied");
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("an older file that came later is applied with a warning; a missing one is told", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_orders.sql": ORDERS, "3_c.sql": "-- UP\nCREATE TABLE c ();" });
  const { ports, warned, ...rest } = world();
  const files = { "2_b.sql": "-- UP\nCREATE TABLE b ();", "3_c.sql": "-- UP\nCREATE TABLE c ();" };
  expect(await apply(fresh, files, { world: { ports, warned, ...rest } })).toEqual({ applied: ["2"], pending: [], current: "3" });
  expect(warned).toEqual([
    "migrations/2_b.sql is older than 3, which is applied already; it is applied now.",
    "1 (orders) is applied and has no file here: the database is ahead of this commit.",
  ]);
  await using connection = await open(fresh).connect("look", { asApp: true });
  const status = await migrationStatus(connection, migrations(files));
  expect(status.missing.map((row) => row.version)).toEqual(["1"]);
});

test.each<[string, string, RegExp]>([
  ["dbmate", "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)", /dbmate or Rails/],
  ["golang-migrate", "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)", /golang-migrate/],
  ["someone", "CREATE TABLE schema_migrations (name text)", /another tool/],
  ["a view", "CREATE VIEW schema_migrations AS SELECT 1 AS version", /another tool|dbmate/],
])("a schema_migrations of %s is refused and never written to", async (_, ddl, tool) => {
  await using fresh = await freshDatabase();
  await fresh.sql(ddl);
  const failure = await failureOf(apply(fresh, { "1_orders.sql": ORDERS }));
  expect(failure).toMatchObject({ exit: 2, code: "foreign-history" });
  expect(failure.message).toMatch(tool);
  expect(failure.hint).toContain("run:");
  expect(await fresh.sql("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public' AND tablename = 'orders'")).toEqual([
    { tables: 0 },
  ]);
});

test("the history stays where it is when a schema comes before it in the search path", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_orders.sql": ORDERS });
  await fresh.sql(`CREATE SCHEMA "${fresh.owner}"`);
  expect((await apply(fresh, { "1_orders.sql": ORDERS })).applied).toEqual([]);
});

test("without the right to make the table, the GRANT is named", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser("REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO postgres");
  await fresh.superuser(`GRANT USAGE ON SCHEMA public TO "${fresh.owner}"`);
  expect(await failureOf(apply(fresh, { "1_orders.sql": ORDERS }))).toMatchObject({
    exit: 2,
    hint: `GRANT CREATE ON SCHEMA "public" TO "${fresh.owner}"`,
  });
});

test("what a file sets in its session ends with it", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, {
    "1_a.sql": "-- UP\nSELECT pg_catalog.set_config('search_path', '', false);\nSET ROLE NONE;\nCREATE TABLE public.a ();",
    "2_b.sql": "-- UP\nCREATE TABLE b ();",
  });
  expect(await tables(fresh)).toEqual(["a", "b", "schema_migrations"]);
});

test("a held lock is waited for briefly and often, then its holder is named without its values", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_orders.sql": ORDERS });
  const holder = new pg.Client({ connectionString: fresh.url, application_name: "the app" });
  await holder.connect();
  try {
    await holder.query("BEGIN");
    await holder.query("SELECT * FROM orders WHERE total <> 4711");
    const { said, ...rest } = world();
    const failure = await failureOf(
      apply(fresh, { "1_orders.sql": ORDERS, "2_notes.sql": NOTES }, { world: { said, ...rest }, lockTimeoutMs: 300 }),
    );
    expect(failure.code).toBe("55P03");
    expect(failure.message).toMatch(/^migrations\/2_notes\.sql:2: /);
    expect(failure.evidence.join("\n")).toMatch(
      /held by pid \d+ \(the app, user owner_\w+\): idle in transaction, transaction open for .*: SELECT …/,
    );
    expect(`${failure.evidence.join()} ${said.join()}`).not.toContain("4711");
    expect(failure.hint).toContain("pg_terminate_backend");
    expect(said.filter((line) => line.includes("try"))).toHaveLength(4);
  } finally {
    await holder.end();
  }
});

test("a lock that comes free meanwhile lets the file through", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_orders.sql": ORDERS });
  const holder = new pg.Client({ connectionString: fresh.url });
  await holder.connect();
  await holder.query("BEGIN; LOCK TABLE orders");
  const { said, ...rest } = world();
  const applying = apply(fresh, { "1_orders.sql": ORDERS, "2_notes.sql": NOTES }, { world: { said, ...rest }, lockTimeoutMs: 1000 });
  await until(async () => said.some((line) => line.includes("try 2 of 5")));
  await holder.end();
  expect((await applying).applied).toEqual(["2"]);
});

test("a statement that takes too long is ended, with the setting to change", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(apply(fresh, { "1_a.sql": "-- UP\nSELECT pg_sleep(600);" }, { statementTimeoutMs: 1500 }));
  expect(failure).toMatchObject({ code: "57014" });
  expect(failure.hint).toContain("statement-timeout");
});

test("a cancelled run ends its statement, rolls the file back and starts no other", async () => {
  await using fresh = await freshDatabase();
  const running = world();
  const applying = apply(
    fresh,
    { "1_orders.sql": ORDERS, "2_slow.sql": "-- UP\nCREATE TABLE half ();\nSELECT pg_sleep(60);", "3_c.sql": "-- UP\nCREATE TABLE c ();" },
    { world: running },
  );
  applying.catch(() => undefined);
  await until(
    async () =>
      (
        await fresh.sql(
          "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60%' AND state = 'active' AND datname = current_database()",
        )
      ).length > 0,
  );
  running.cancel();
  await expect(applying).rejects.toBeInstanceOf(Cancelled);
  await until(
    async () =>
      (await fresh.sql("SELECT FROM pg_stat_activity WHERE application_name LIKE 'savepoint%' AND datname = current_database()")).length ===
      0,
  );
  expect(await tables(fresh)).toEqual(["orders", "schema_migrations"]);
  expect(await history(fresh)).toEqual(["1 applied"]);
});

test("two runs at once apply everything once", async () => {
  await using fresh = await freshDatabase();
  const files = Object.fromEntries(
    [1, 2, 3].map((number) => [`${number}_t.sql`, `-- UP\nCREATE TABLE t${number} ();\nSELECT pg_sleep(0.1);`]),
  );
  const results = await Promise.all([apply(fresh, files), apply(fresh, files), apply(fresh, files)]);
  expect(results.flatMap((result) => result.applied).toSorted()).toEqual(["1", "2", "3"]);
  expect(await history(fresh)).toEqual(["1 applied", "2 applied", "3 applied"]);
});

test("a run that never gets its turn names the one that holds it", async () => {
  await using fresh = await freshDatabase();
  const slow = world();
  const first = apply(fresh, { "1_a.sql": "-- UP\nSELECT pg_sleep(600);" }, { world: slow });
  first.catch(() => undefined);
  await until(
    async () =>
      (await fresh.sql("SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60%' AND datname = current_database()")).length > 0,
  );
  const failure = await failureOf(apply(fresh, { "1_a.sql": "-- UP\nSELECT pg_sleep(600);" }, { lockWaitMs: 300 }));
  expect(failure.code).toBe("migration-lock");
  expect(failure.evidence.join()).toMatch(/pid \d+ \(savepoint migrate lock, user owner_/);
  slow.cancel();
  await expect(first).rejects.toBeInstanceOf(Cancelled);
});

test("a connection that is cut in the middle leaves nothing of the file, and says so", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(apply(fresh, { "1_a.sql": "-- UP\nCREATE TABLE a ();\nSELECT pg_terminate_backend(pg_backend_pid());" }));
  expect(failure.message).toMatch(/connection .* lost|terminating connection/);
  expect(failure.state[0]).toMatch(/rolled back, nothing of it/);
  expect(await tables(fresh)).toEqual(["schema_migrations"]);
});
