import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { refusal } from "../../../src/core/failure.ts";
import { parser } from "../../../src/migration/lint/tree.ts";
import { TABLE_LOCKS, type TableLock } from "../../../src/migration/plan/lock.ts";
import { lookAhead } from "../../../src/migration/plan/look-ahead.ts";
import { lockedTables } from "../../../src/migration/plan/on-server.ts";
import { planMigrations } from "../../../src/migration/plan/plan.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { NODE } from "../../lab/program.ts";
import { apply, history, migrations, open } from "./world.ts";

/** The parser lies beside it. */
const COMMITTED = join(import.meta.dirname, "../../../dist/cli.js");

const SCHEMA = `
  CREATE TABLE kinds (id int PRIMARY KEY);
  CREATE TABLE orders (id int PRIMARY KEY, note text, kind int);
  ALTER TABLE orders ADD CONSTRAINT positive CHECK (kind > 0) NOT VALID;
  CREATE INDEX by_note ON orders (note);
  CREATE TABLE parts (id int) PARTITION BY LIST (id);
  CREATE TABLE part (id int);
  CREATE VIEW shown AS SELECT id FROM orders;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
  CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();`;

test("the locks that the plan says are the strongest that the server takes, table by table", async () => {
  await using fresh = await freshDatabase();
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  const parse = await parser();
  const wrong: string[] = [];
  try {
    await client.query(SCHEMA);
    for (const sql of [
      "ALTER TABLE orders ADD COLUMN k int",
      "ALTER TABLE orders ADD COLUMN k int REFERENCES kinds",
      "ALTER TABLE orders DROP COLUMN note",
      "ALTER TABLE orders ALTER note SET DEFAULT 'x'",
      "ALTER TABLE orders ALTER note SET NOT NULL",
      "ALTER TABLE orders ALTER note SET STATISTICS 500",
      "ALTER TABLE orders ALTER note SET STORAGE EXTERNAL",
      "ALTER TABLE orders SET (fillfactor = 70)",
      "ALTER TABLE orders ADD FOREIGN KEY (kind) REFERENCES kinds NOT VALID",
      "ALTER TABLE orders VALIDATE CONSTRAINT positive",
      "ALTER TABLE orders DROP CONSTRAINT positive",
      "ALTER TABLE orders DISABLE TRIGGER touched",
      "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
      "ALTER TABLE orders REPLICA IDENTITY FULL",
      "ALTER TABLE orders CLUSTER ON by_note",
      "ALTER TABLE orders RENAME COLUMN note TO remark",
      "ALTER TABLE parts ATTACH PARTITION part FOR VALUES IN (1)",
      "CREATE TABLE p2 PARTITION OF parts FOR VALUES IN (2)",
      "CREATE TABLE heirs () INHERITS (orders)",
      "CREATE TABLE lines (id int REFERENCES orders)",
      "CREATE INDEX i ON orders (kind)",
      "CREATE STATISTICS s ON note, kind FROM orders",
      "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch()",
      "CREATE POLICY p ON orders USING (true)",
      "CREATE RULE r AS ON UPDATE TO orders DO INSTEAD NOTHING",
      "CREATE OR REPLACE VIEW shown AS SELECT id FROM orders",
      "COMMENT ON TABLE orders IS 'x'",
      "DROP TABLE part",
      "DROP INDEX by_note",
      "DROP TRIGGER touched ON orders",
      "DROP VIEW shown",
      "TRUNCATE orders",
      "INSERT INTO orders VALUES (1)",
      "UPDATE orders SET note = 'x' WHERE id = 1",
      "DELETE FROM orders WHERE id = 1",
      "LOCK TABLE orders IN SHARE MODE",
      "REINDEX TABLE orders",
      "CLUSTER orders USING by_note",
      "REFRESH MATERIALIZED VIEW counted",
    ]) {
      const [planned] = planMigrations(migrations({ "1_a.sql": `-- UP\n${sql};\n-- DOWN\nSELECT 1;` }), parse).migrations;
      const said = (planned?.statements[0]?.locks ?? []).map(
        ({ on, ofIndex, mode }) => `${ofIndex === true ? "orders" : on.name}: ${mode}`,
      );
      await client.query("BEGIN");
      const before = await client.query<{ oid: number; name: string }>(
        "SELECT oid, relname AS name FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')",
      );
      await client.query(sql);
      const held = await client.query<{ relation: number; mode: string }>(
        "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384",
      );
      await client.query("ROLLBACK");
      const strongest = new Map<string, number>();
      const names = new Map(before.rows.map(({ oid, name }) => [oid, name]));
      for (const { relation, mode } of held.rows) {
        const name = names.get(relation);
        if (name !== undefined) strongest.set(name, Math.max(strongest.get(name) ?? -1, strength(mode)));
      }
      // What only reads is in nobody's way.
      const took = [...strongest].filter(([, at]) => at > 1).map(([name, at]) => `${name}: ${TABLE_LOCKS[at]}`);
      if (took.toSorted().join() !== [...new Set(said)].toSorted().join())
        wrong.push(`${sql}: said ${said.join(", ")}; took ${took.join(", ")}`);
    }
  } finally {
    await client.end();
  }
  expect(wrong).toEqual([]);
});

/** `AccessShareLock` → 0. */
function strength(mode: string): number {
  const words = mode
    .replace(/Lock$/, "")
    .replaceAll(/(?!^)([A-Z])/g, " $1")
    .toUpperCase();
  return TABLE_LOCKS.indexOf(words as TableLock);
}

test("with a database at hand it says how large the tables are and who is in the way, and waits for nobody", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql(SCHEMA);
  await fresh.sql("INSERT INTO orders SELECT n, repeat('x', 100) FROM generate_series(1, 2000) n");
  await fresh.sql("ANALYZE orders");
  await fresh.sql('CREATE SCHEMA "o""dd"; CREATE TABLE "o""dd"."ta ble" (id int)');
  const reader = new pg.Client({ connectionString: fresh.url, application_name: "nightly report" });
  const locker = new pg.Client({ connectionString: fresh.url, application_name: "someone" });
  await Promise.all([reader.connect(), locker.connect()]);
  try {
    await reader.query("BEGIN; SELECT count(*) FROM orders");
    await locker.query("BEGIN; LOCK TABLE kinds IN ACCESS EXCLUSIVE MODE");
    const plan = planMigrations(
      migrations({
        "1_a.sql": `-- UP\nALTER TABLE orders ADD COLUMN k int REFERENCES kinds;\nCREATE INDEX ON "o""dd"."ta ble" (id);\nALTER TABLE nowhere ADD k int;\n-- DOWN\nSELECT 1;`,
        "2_b.sql": "-- UP\nDROP INDEX by_note;\nINSERT INTO parts VALUES (1);\n-- DOWN\nSELECT 1;",
      }),
      await parser(),
    );
    await using connection = await open(fresh).connect("look", { asApp: true });
    const tables = await lockedTables(connection, plan);
    expect(tables.map(({ table, lock, rows, holders }) => [table, lock, rows, holders.map(({ application }) => application)])).toEqual([
      ["orders", "ACCESS EXCLUSIVE", 2000, ["nightly report"]],
      ["kinds", "SHARE ROW EXCLUSIVE", undefined, ["someone"]],
      [`"o""dd"."ta ble"`, "SHARE", undefined, []],
      ["parts", "ROW EXCLUSIVE", 0, []],
    ]);
    expect(tables[0]?.bytes).toBeGreaterThan(200_000);
  } finally {
    await Promise.all([reader.end(), locker.end()]);
  }
});

test("migrate plan tells pending, current and risk, and writes nothing", async () => {
  await using fresh = await freshDatabase();
  const checkout = await mkdtemp(join(tmpdir(), "savepoint-plan-"));
  try {
    await mkdir(join(checkout, "migrations"));
    const one = "-- UP\nCREATE TABLE orders (id bigint PRIMARY KEY, note text);\n-- DOWN\nDROP TABLE orders;\n";
    const files = {
      "1_orders.sql": one,
      "2_total.sql": "-- UP\nALTER TABLE orders ADD COLUMN total int;\n-- DOWN\nALTER TABLE orders DROP COLUMN total;\n",
      "3_note.sql": "-- UP\nALTER TABLE orders DROP COLUMN note;\n-- DOWN\nALTER TABLE orders ADD COLUMN note text;\n",
    };
    await apply(fresh, { "1_orders.sql": one });
    for (const [name, text] of Object.entries(files)) await writeFile(join(checkout, "migrations", name), text);
    const run = spawnSync(NODE, [COMMITTED, "migrate", "plan", "--json", "--app", "shop"], {
      cwd: checkout,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: checkout, SAVEPOINT_DATABASE_URL: fresh.url },
    });
    expect(JSON.parse(run.stdout)).toMatchObject({
      exit: 0,
      headline: expect.stringContaining("1 migration applied, 2 migrations pending: 1 additive, 1 destructive") as string,
      outputs: { pending: ["2", "3"], current: "1", risk: "destructive" },
      details: {
        migrations: [{ classes: ["additive"] }, { classes: ["destructive"] }],
        tables: [{ table: "orders", lock: "ACCESS EXCLUSIVE", holders: [] }],
      },
    });
    expect(await history(fresh)).toEqual(["1 applied"]);
    // As the one file of a release: without PostgreSQL's parser nobody can tell, and that is said.
    await using connection = await open(fresh).connect("look", { asApp: true });
    const none = async (): Promise<never> => await Promise.reject(refusal("It is not there.", { code: "no-parser" }));
    expect(await lookAhead(connection, migrations(files), none)).toMatchObject({
      risk: "unknown",
      said: expect.stringContaining("unknown without") as string,
    });
    expect(await lookAhead(connection, [], none)).toMatchObject({ risk: "none" });
  } finally {
    await rm(checkout, { recursive: true });
  }
});
