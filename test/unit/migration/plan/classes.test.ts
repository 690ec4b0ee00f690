import { beforeAll, describe, expect, test } from "vitest";
import { assembleMigrations } from "../../../../src/migration/assemble.ts";
import { parser, type SqlTree } from "../../../../src/migration/lint/tree.ts";
import { countedClasses, plannedBlocks } from "../../../../src/migration/plan/block.ts";
import { planMigrations } from "../../../../src/migration/plan/plan.ts";
import { conflictsOf, strongest, TABLE_LOCKS } from "../../../../src/migration/plan/lock.ts";
import { lockInWords } from "../../../../src/migration/plan/on-server.ts";

let parse: (sql: string) => SqlTree;
beforeAll(async () => {
  parse = await parser();
});

/** Files by their text; without `-- UP` it is all UP, and DOWN drops what it made. */
function plan(...texts: readonly string[]) {
  const { migrations, problems } = assembleMigrations(
    texts.map((text, index) => {
      const name = `${index + 1}_a.sql`;
      const whole = text.includes("-- UP") ? text : `-- UP\n${text}\n-- DOWN\nDROP SCHEMA all_of_it CASCADE;\n`;
      return { name, path: name, bytes: Buffer.from(whole) };
    }),
  );
  expect(problems).toEqual([]);
  return planMigrations(migrations, parse);
}

const lastOf = (...texts: readonly string[]) => {
  const statement = plan(...texts)
    .migrations.at(-1)
    ?.statements.at(-1);
  if (statement === undefined) throw new Error("nothing was planned");
  return statement;
};

const NEW = "CREATE TABLE n (id bigint, a text); ";
const AE = "ACCESS EXCLUSIVE on o";
const GENTLE = "SHARE UPDATE EXCLUSIVE on o";
const SRE = "SHARE ROW EXCLUSIVE on o";
const ROWS = "ROW EXCLUSIVE on o";

test("each migration is counted once, whatever it is", () => {
  expect(countedClasses(plan(NEW, "CREATE SCHEMA s", "DELETE FROM o"))).toMatch(/^2 additive[,;] 1 destructive/);
  const two = "ALTER TABLE o DROP COLUMN a; CREATE INDEX i ON o (b)";
  expect(countedClasses(plan(two))).toBe("1 destructive and blocking");
  expect(countedClasses(plan(NEW, two))).toBe("1 additive; 1 destructive and blocking");
});

describe("what a statement is to those who are there", () => {
  test.each<[sql: string, classes: string, locks: string, work?: string]>([
    ["CREATE TABLE n (id bigint)", "additive", ""],
    ["CREATE TABLE n (id bigint REFERENCES o)", "additive", SRE],
    ["CREATE TABLE n PARTITION OF o FOR VALUES IN (1)", "additive", AE],
    ["CREATE TABLE n () INHERITS (o)", "additive", GENTLE],
    ["CREATE TABLE n AS SELECT * FROM o", "additive", ""],
    ["CREATE VIEW v AS SELECT 1", "additive", ""],
    ["CREATE OR REPLACE VIEW v AS SELECT 1", "incompatible", "ACCESS EXCLUSIVE on v"],
    ["CREATE MATERIALIZED VIEW m AS SELECT 1", "additive", ""],
    ["CREATE SEQUENCE s", "additive", ""],
    ["CREATE SCHEMA s", "additive", ""],
    ["CREATE EXTENSION pgcrypto", "additive", ""],
    ["CREATE TYPE mood AS ENUM ('sad')", "additive", ""],
    ["CREATE TYPE pair AS (a int, b int)", "additive", ""],
    ["CREATE DOMAIN d AS int", "additive", ""],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "additive", ""],
    ["CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "incompatible", ""],
    ["CREATE TRIGGER t BEFORE UPDATE ON o EXECUTE FUNCTION f()", "incompatible", SRE],
    ["CREATE POLICY p ON o USING (true)", "incompatible", AE],
    ["CREATE RULE r AS ON UPDATE TO o DO NOTHING", "incompatible", AE],
    ["CREATE INDEX i ON o (a)", "blocking, additive", "SHARE on o", "reads the table"],
    ["CREATE UNIQUE INDEX i ON o (a)", "incompatible, blocking", "SHARE on o", "reads the table"],
    [`${NEW}CREATE UNIQUE INDEX i ON n (a)`, "additive", ""],
    ["CREATE STATISTICS s ON a, b FROM o", "additive", GENTLE],
    ["COMMENT ON TABLE o IS 'x'", "additive", GENTLE],
    ["COMMENT ON COLUMN o.a IS 'x'", "additive", ""],
    ["ALTER TABLE o ADD COLUMN k int", "additive", AE],
    ["ALTER TABLE o ADD COLUMN k int NOT NULL", "incompatible", AE],
    ["ALTER TABLE o ADD COLUMN k uuid DEFAULT gen_random_uuid()", "blocking, additive", AE, "rewrites the table"],
    ["ALTER TABLE o ADD COLUMN k bigint REFERENCES u", "blocking, additive", `${AE}; SHARE ROW EXCLUSIVE on u`, "reads the table"],
    ["ALTER TABLE o DROP COLUMN a", "destructive", AE],
    ["ALTER TABLE o ALTER a TYPE bigint", "incompatible, blocking", AE, "rewrites the table"],
    ["ALTER TABLE o ALTER a SET NOT NULL", "incompatible, blocking", AE, "reads the table"],
    ["ALTER TABLE o ALTER a DROP NOT NULL", "incompatible", AE],
    ["ALTER TABLE o ALTER a SET DEFAULT 7", "incompatible", AE],
    ["ALTER TABLE o ADD COLUMN a int; ALTER TABLE o ALTER a SET DEFAULT 7", "additive", AE],
    ["ALTER TABLE o ADD CHECK (a > 0)", "incompatible, blocking", AE, "reads the table"],
    ["ALTER TABLE o ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "incompatible", AE],
    ["ALTER TABLE o ADD CONSTRAINT c UNIQUE USING INDEX c", "additive", AE],
    ["ALTER TABLE o ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u NOT VALID", "incompatible", `${SRE}; SHARE ROW EXCLUSIVE on u`],
    ["ALTER TABLE o VALIDATE CONSTRAINT c", "additive", GENTLE, "reads the table"],
    ["ALTER TABLE o DROP CONSTRAINT c", "incompatible", AE],
    ["ALTER TABLE o SET (fillfactor = 70)", "additive", GENTLE],
    ["ALTER TABLE o SET UNLOGGED", "destructive, blocking", AE, "rewrites the table"],
    ["ALTER TABLE o ENABLE ROW LEVEL SECURITY", "incompatible", AE],
    ["ALTER TABLE o DISABLE TRIGGER ALL", "incompatible", SRE],
    ["ALTER TABLE o OWNER TO app", "incompatible", AE],
    ["ALTER TABLE o DETACH PARTITION p CONCURRENTLY", "incompatible", GENTLE],
    ["ALTER TABLE o ATTACH PARTITION p FOR VALUES IN (1)", "incompatible, blocking", `${GENTLE}; ACCESS EXCLUSIVE on p`, "reads the table"],
    [`${NEW}ALTER TABLE n ATTACH PARTITION p FOR VALUES IN (1)`, "incompatible, blocking", "ACCESS EXCLUSIVE on p", "reads the table"],
    [
      `${NEW}ALTER TABLE n ATTACH PARTITION o FOR VALUES IN (1); DELETE FROM n WHERE id = 1`,
      "destructive, blocking",
      "ROW EXCLUSIVE on n",
      "writes rows",
    ],
    [`${NEW}ALTER TABLE o INHERIT n; DELETE FROM n WHERE id = 1`, "destructive, blocking", "ROW EXCLUSIVE on n", "writes rows"],
    [`${NEW}ALTER TABLE n INHERIT o`, "incompatible", GENTLE],
    [`${NEW}CREATE TABLE m (id int); ALTER TABLE m INHERIT n; DELETE FROM n`, "additive", "", "writes rows"],
    ["ALTER TABLE o RENAME TO u", "incompatible", AE],
    ["ALTER TABLE o RENAME CONSTRAINT a TO b", "additive", AE],
    ["ALTER INDEX i RENAME TO j", "additive", ""],
    ["ALTER INDEX i SET (fillfactor = 70)", "additive", ""],
    ["ALTER VIEW v SET (security_barrier)", "incompatible", ""],
    ["ALTER TABLE o SET SCHEMA s", "incompatible", AE],
    ["ALTER TYPE mood ADD VALUE 'blue'", "additive", ""],
    ["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", "incompatible", ""],
    ["ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID", "incompatible", ""],
    ["ALTER SEQUENCE s RESTART", "incompatible", ""],
    ["ALTER SEQUENCE s OWNED BY o.a", "additive", ""],
    ["DROP TABLE o", "destructive", AE],
    [`${NEW}DROP TABLE n`, "additive", ""],
    ["DROP INDEX CONCURRENTLY i", "incompatible", "SHARE UPDATE EXCLUSIVE on the table of i"],
    ["DROP TRIGGER t ON o", "incompatible", AE],
    ["DROP VIEW v", "incompatible", "ACCESS EXCLUSIVE on v"],
    ["DROP FUNCTION f", "incompatible", ""],
    ["DROP EXTENSION pgcrypto", "incompatible", ""],
    ["DROP SCHEMA s CASCADE", "destructive, incompatible", ""],
    ["TRUNCATE o", "destructive", AE],
    ["INSERT INTO o VALUES (1, now())", "additive", ROWS, "writes rows"],
    ["INSERT INTO o VALUES (1) ON CONFLICT (id) DO NOTHING", "additive", ROWS, "writes rows"],
    ["INSERT INTO o VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1", "destructive", ROWS, "writes rows"],
    ["INSERT INTO o SELECT deliver(1)", "unknown", ROWS, "writes rows"],
    ["WITH gone AS (DELETE FROM u RETURNING *) INSERT INTO o SELECT * FROM gone", "destructive", ROWS, "writes rows"],
    ["UPDATE o SET a = 1 WHERE id = 1", "destructive", ROWS, "writes rows"],
    ["ALTER TABLE o ADD COLUMN k int; UPDATE o SET k = 1 WHERE id < 9", "blocking, additive", ROWS, "writes rows"],
    ["ALTER TABLE o ADD COLUMN IF NOT EXISTS k int; UPDATE o SET k = 1 WHERE id < 9", "destructive, blocking", ROWS, "writes rows"],
    ["DELETE FROM o WHERE id = 1", "destructive", ROWS, "writes rows"],
    [`${NEW}DELETE FROM n`, "additive", "", "writes rows"],
    ["MERGE INTO o USING u ON o.id = u.id WHEN MATCHED THEN DELETE", "destructive", ROWS, "writes rows"],
    ["CREATE TABLE archive.o (id int); DELETE FROM o WHERE id = 1", "destructive", ROWS, "writes rows"],
    ["CREATE TABLE public.n (id int); DELETE FROM n WHERE id = 1", "additive", "", "writes rows"],
    ["CREATE TEMP TABLE o AS SELECT 1; DELETE FROM o WHERE id = 1", "additive", "", "writes rows"],
    ["CREATE TEMP TABLE o AS SELECT 1; DELETE FROM public.o WHERE id = 1", "destructive", "ROW EXCLUSIVE on public.o", "writes rows"],
    ["ALTER TABLE archive.o ADD COLUMN k int; UPDATE o SET k = 1 WHERE id < 9", "destructive, blocking", ROWS, "writes rows"],
    ["COPY (DELETE FROM o RETURNING *) TO '/tmp/o'", "destructive", ""],
    ["COPY o TO PROGRAM 'true'", "unknown", ""],
    ["COPY o FROM PROGRAM 'true'", "unknown", ROWS, "writes rows"],
    ["WITH x AS (INSERT INTO o VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1 RETURNING id) SELECT id FROM x", "destructive", ""],
    ["SELECT pg_catalog.count(*) FROM o", "additive", ""],
    ["SELECT app.count()", "unknown", ""],
    ["DROP TYPE mood CASCADE", "destructive, incompatible", ""],
    ["DROP EXTENSION citext CASCADE", "destructive, incompatible", ""],
    ["SELECT 1", "additive", ""],
    ["SELECT setval('orders_id_seq', 1, false)", "incompatible", ""],
    ["INSERT INTO o SELECT setval('s', 7)", "incompatible", ROWS, "writes rows"],
    ["SELECT create_hypertable('o', 'at')", "unknown", ""],
    ["DO $$ BEGIN PERFORM 1; END $$", "unknown", ""],
    ["CALL p()", "unknown", ""],
    ["SET LOCAL statement_timeout = 0", "additive", ""],
    ["GRANT SELECT ON o TO app", "additive", ""],
    ["REVOKE SELECT ON o FROM app", "incompatible", ""],
    ["CREATE ROLE app LOGIN NOSUPERUSER", "additive", ""],
    ["CREATE ROLE app SUPERUSER", "unknown", ""],
    ["CREATE ROLE app IN ROLE owner", "unknown", ""],
    ["GRANT owner TO app", "incompatible", ""],
    ["LOCK TABLE o", "blocking, additive", AE],
    ["LOCK TABLE o IN SHARE MODE", "additive", "SHARE on o"],
    ["REFRESH MATERIALIZED VIEW CONCURRENTLY m", "additive", "EXCLUSIVE on m"],
    ["REINDEX TABLE o", "blocking, additive", "SHARE on o", "reads the table"],
    ["CLUSTER o USING i", "blocking, additive", AE, "rewrites the table"],
    ["CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()", "unknown", ""],
    ["MAKE TABLE n", "unknown", ""],
  ])("%s", (sql, classes, locks, work) => {
    const last = lastOf(`-- UP\n${sql.includes("CONCURRENTLY") ? "-- no-transaction\n" : ""}${sql};\n-- DOWN\nDROP SCHEMA x CASCADE;`);
    expect(last.classes.join(", ")).toBe(classes);
    expect(last.locks.map(lockInWords).join("; ")).toBe(locks);
    expect(last.work).toBe(work);
    // Whatever is against it is told.
    expect(last.notes.length > 0).toBe(classes !== "additive");
  });
});

describe("a migration", () => {
  test("is additive where each statement is; a comment that silences lint changes nothing", () => {
    expect(plan("CREATE TABLE n (id bigint); ALTER TABLE o ADD COLUMN k int;")).toMatchObject({
      migrations: [{ classes: ["additive"] }],
      risk: "additive",
    });
    expect(plan("CREATE TABLE n (id bigint);\n-- savepoint: allow drop-column: unread\nALTER TABLE o DROP COLUMN k;")).toMatchObject({
      migrations: [{ classes: ["destructive"] }],
      risk: "destructive",
    });
  });

  test("without a DOWN is irreversible, and the savepoint is its way back; it may be additive all the same", () => {
    const { migrations, risk } = plan("-- UP\nCREATE TABLE n (id bigint);", "-- irreversible: for the auditors\n-- UP\nDROP TABLE o;");
    expect(migrations.map(({ classes }) => classes)).toEqual([
      ["irreversible", "additive"],
      ["destructive", "irreversible"],
    ]);
    expect(migrations.map(({ statements }) => statements[0]?.stays)).toEqual(["there is no DOWN", "marked irreversible: for the auditors"]);
    expect(risk).toBe("destructive");
  });

  test("of which nothing is pending has no risk", () => {
    expect(plan()).toEqual({ migrations: [], risk: "none" });
  });

  test("meets the tables of those before it as new ones", () => {
    expect(plan("CREATE TABLE n (id bigint);", "CREATE INDEX i ON n (id); ALTER TABLE n DROP COLUMN id;").risk).toBe("additive");
  });

  test.each<[up: string, down: string, stays: string | undefined]>([
    ["CREATE TABLE a (id int)", "DROP TABLE b", "DOWN does not name a"],
    ["CREATE TABLE a (id int)", "DROP TABLE IF EXISTS A", undefined],
    ['CREATE TABLE "A" (id int)', 'DROP TABLE "A"', undefined],
    ["ALTER TABLE o ADD COLUMN k int, ADD COLUMN l int", "ALTER TABLE o DROP COLUMN k", "DOWN does not name l"],
    ["CREATE INDEX i ON o (a)", "DROP TABLE o", undefined],
    ["CREATE INDEX i ON o (a)", "ALTER TABLE o DROP COLUMN b", "DOWN does not name i"],
    ["CREATE TABLE a (id int)", "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$", undefined],
    ["ALTER TABLE o DROP COLUMN a", "ALTER TABLE o ADD COLUMN a int", "DOWN brings the structure back at most, not what stood in it"],
    ["UPDATE o SET a = a + 1", "UPDATE o SET a = a - 1", "DOWN brings the structure back at most, not what stood in it"],
  ])("%s, taken back by %s", (up, down, stays) => {
    expect(lastOf(`-- UP\n${up};\n-- DOWN\n${down};`).stays).toBe(stays);
  });

  test("of which nothing is known to be missing is not told as taken back: nobody looked whether DOWN undoes it", () => {
    const printed = JSON.stringify(plannedBlocks(plan("-- UP\nALTER TABLE o ALTER a TYPE text;\n-- DOWN\nDROP TABLE p;"), undefined));
    expect(printed).toContain("nothing seen to be missing");
    expect(printed).not.toContain("takes it back");
  });

  test("says what going back over it loses, at the line of its DOWN", () => {
    expect(plan("-- UP\nCREATE TABLE a (id int);\n-- DOWN\nDROP TABLE a;").migrations[0]?.lostGoingBack).toEqual([
      "1_a.sql:4: DROP TABLE loses what is in it",
    ]);
  });
});

test("a lock waits for those that PostgreSQL's manual says", () => {
  // Each conflict is one both ways.
  for (const a of TABLE_LOCKS) for (const b of conflictsOf(a)) expect(conflictsOf(b), `${a} and ${b}`).toContain(a);
  expect(conflictsOf("ACCESS EXCLUSIVE")).toEqual(TABLE_LOCKS);
  expect(conflictsOf("SHARE")).not.toContain("SHARE");
  expect(strongest(["SHARE", "ACCESS SHARE", "ROW EXCLUSIVE"])).toBe("SHARE");
});
