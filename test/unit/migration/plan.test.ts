import { expect, test } from "vitest";
import { assembleMigrations } from "../../../src/migration/assemble.ts";
import { firstWords, wholeStatement } from "../../../src/migration/blockers.ts";
import { traceOf } from "../../../src/migration/concurrently.ts";
import { keywordBlock, planByKeyword } from "../../../src/migration/plan/keywords.ts";
import { splitStatements } from "../../../src/migration/split.ts";

test.each<[string, string | undefined, readonly RegExp[]]>([
  ["CREATE TABLE t (x int)", undefined, []],
  ["ALTER TABLE t ADD COLUMN y int", "ACCESS EXCLUSIVE", []],
  ["ALTER TABLE t DROP COLUMN y", "ACCESS EXCLUSIVE", [/destructive: ALTER TABLE … DROP/]],
  ["ALTER TABLE t DROP y", "ACCESS EXCLUSIVE", [/destructive/]],
  ["ALTER TABLE t DROP CONSTRAINT c", "ACCESS EXCLUSIVE", []],
  ["ALTER TABLE t ALTER y DROP NOT NULL", "ACCESS EXCLUSIVE", []],
  ["ALTER TABLE t ALTER y TYPE bigint", "ACCESS EXCLUSIVE", [/rewrite/]],
  ["ALTER TABLE t ALTER y SET NOT NULL", "ACCESS EXCLUSIVE", [/reads the whole table/]],
  ["ALTER TABLE t ADD FOREIGN KEY (y) REFERENCES u", "SHARE ROW EXCLUSIVE", [/NOT VALID/]],
  ["ALTER TABLE t ADD CONSTRAINT c CHECK (y > 0) NOT VALID", "ACCESS EXCLUSIVE", []],
  ["ALTER TABLE t VALIDATE CONSTRAINT c", "SHARE UPDATE EXCLUSIVE", []],
  ["ALTER TABLE t RENAME TO u", "ACCESS EXCLUSIVE", [/rename breaks/]],
  ["CREATE INDEX i ON t (y)", "SHARE", [/CONCURRENTLY does not/]],
  ["DROP TABLE t", "ACCESS EXCLUSIVE", [/destructive: DROP TABLE/]],
  ["TRUNCATE t", "ACCESS EXCLUSIVE", [/destructive: TRUNCATE/]],
  ["DELETE FROM t", "ROW EXCLUSIVE", [/destructive: DELETE/, /every row/]],
  ["UPDATE t SET y = 'DROP TABLE'", "ROW EXCLUSIVE", [/every row/]],
  ["UPDATE t SET y = 1 WHERE y IS NULL", "ROW EXCLUSIVE", []],
  ["WITH gone AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM gone", undefined, [/DELETE/]],
  ["DROP SCHEMA s CASCADE", undefined, [/DROP SCHEMA/]],
  ["DROP VIEW v CASCADE", "ACCESS EXCLUSIVE", [/CASCADE/]],
  ["INSERT INTO t SELECT 'TRUNCATE'", "ROW EXCLUSIVE", []],
])("by keyword, %s", (sql, lock, risks) => {
  const { migrations } = assembleMigrations([{ name: "1_a.sql", path: "1_a.sql", bytes: Buffer.from(`-- UP\n${sql};`) }]);
  const [planned] = planByKeyword(migrations);
  expect(planned?.statements).toHaveLength(1);
  expect(planned?.statements[0]?.lock).toBe(lock);
  expect(planned?.statements[0]?.risks).toHaveLength(risks.length);
  for (const [index, risk] of risks.entries()) expect(planned?.statements[0]?.risks[index]).toMatch(risk);
});

test("the plan's table says that it goes by keyword, and where the way back is", () => {
  const { migrations } = assembleMigrations([
    { name: "1_a.sql", path: "1_a.sql", bytes: Buffer.from("-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (x);") },
  ]);
  expect(keywordBlock(planByKeyword(migrations))).toMatchObject({
    title: expect.stringContaining("by keyword") as string,
    rows: [
      ["1_a.sql", "3", "CREATE INDEX CONCURRENTLY i ON t (x)", "SHARE UPDATE EXCLUSIVE", ""],
      ["1_a.sql", "", "", "", "runs without a transaction, statement by statement"],
      ["1_a.sql", "", "", "", "has no DOWN: the way back is the savepoint"],
    ],
  });
});

test.each([
  ["select * from people where ssn = '123'", "select"],
  ["/* x */ UPDATE app.orders SET total = 4711", "UPDATE app.orders SET total"],
  ["INSERT INTO t VALUES ('secret')", "INSERT INTO t VALUES"],
  ["'x'", ""],
])("of a foreign statement only words are shown that can be no value: %s", (sql, shown) => {
  expect(firstWords(sql)).toBe(shown);
});

test.each<[string, ReturnType<typeof traceOf>]>([
  ["CREATE INDEX CONCURRENTLY i ON t (x)", { kind: "creates-index", index: "i", table: "t" }],
  [
    'create unique index concurrently if not exists "My ""I" on only "S 1" . "T" using btree (x)',
    { kind: "creates-index", index: 'My "I', table: '"S 1"."T"' },
  ],
  ["CREATE INDEX CONCURRENTLY MixedCase ON a.b (x)", { kind: "creates-index", index: "mixedcase", table: "a.b" }],
  ["CREATE INDEX CONCURRENTLY ON t (x)", { kind: "none" }],
  ["DROP INDEX CONCURRENTLY IF EXISTS s.i CASCADE", { kind: "drops-index", index: "s.i" }],
  ["VACUUM t", { kind: "none" }],
  ["CREATE INDEX i ON t (x)", { kind: "none" }],
])("%s leaves a trace to look for", (sql, trace) => {
  const [statement] = splitStatements(`SELECT 1;\n${sql};`).statements.slice(1);
  expect(statement && traceOf(statement)).toEqual(trace);
});

test.each([
  ["ALTER TABLE notes\n  ADD wide int -- for the new page", "ALTER TABLE notes ADD wide int"],
  ["INSERT INTO people VALUES ('Ada''s', $x$her$x$, now())", "INSERT INTO people VALUES ('…', '…', now())"],
  [`UPDATE notes SET ${"a = 1, ".repeat(30)}`, `UPDATE notes SET ${"a = 1, ".repeat(15).slice(0, 103).trimEnd()} …`],
])("a statement of the commit's own files is shown on one line, to where it gets interesting", (sql, shown) => {
  expect(wholeStatement(sql)).toBe(shown);
});
