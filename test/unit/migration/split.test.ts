import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitStatements } from "../../../src/migration/split.ts";

const split = (sql: string): readonly string[] => splitStatements(sql).statements.map((statement) => statement.sql);

describe("a semicolon ends a statement only where PostgreSQL says so", () => {
  test.each<[string, string, readonly string[]]>([
    ["two statements", "SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
    ["no last semicolon", "SELECT 1;\nSELECT 2", ["SELECT 1", "SELECT 2"]],
    ["empty ones are dropped", ";; -- nothing\n;/* ; */", []],
    ["in a string", "SELECT ';'; SELECT 'it''s; fine';", ["SELECT ';'", "SELECT 'it''s; fine'"]],
    ["a backslash is nothing in a plain string", String.raw`SELECT 'a\'; SELECT 2;`, [String.raw`SELECT 'a\'`, "SELECT 2"]],
    ["but an escape in an E string", String.raw`SELECT E'a\';b'; SELECT 2;`, [String.raw`SELECT E'a\';b'`, "SELECT 2"]],
    [
      "an E string goes on behind a line break, escapes included",
      "SELECT e'a'\n  'b\\';c'; SELECT 2",
      ["SELECT e'a'\n  'b\\';c'", "SELECT 2"],
    ],
    ["also behind a comment", "SELECT E'a' -- x\n'b\\';c'; SELECT 2", ["SELECT E'a' -- x\n'b\\';c'", "SELECT 2"]],
    ["a name that ends in e is no escape", String.raw`SELECT type'a\'; SELECT 2`, [String.raw`SELECT type'a\'`, "SELECT 2"]],
    ["U& and B strings", String.raw`SELECT U&'\0061;', B'1', x'ff;'; SELECT 2`, [String.raw`SELECT U&'\0061;', B'1', x'ff;'`, "SELECT 2"]],
    ["in a quoted name", 'CREATE TABLE "a;b""c;" (x int); SELECT 2', ['CREATE TABLE "a;b""c;" (x int)', "SELECT 2"]],
    ["in a dollar quote", "DO $$ BEGIN; END $$; SELECT 2", ["DO $$ BEGIN; END $$", "SELECT 2"]],
    [
      "in a tagged dollar quote with another inside",
      "DO $a$ x; $b$ ; $b$ $$ ; $$ $a$; SELECT 2",
      ["DO $a$ x; $b$ ; $b$ $$ ; $$ $a$", "SELECT 2"],
    ],
    ["a dollar inside a name opens nothing", "SELECT a$b$c; SELECT d$b$", ["SELECT a$b$c", "SELECT d$b$"]],
    ["a tag with letters of any script", "DO $ação$ ; $ação$; SELECT 2", ["DO $ação$ ; $ação$", "SELECT 2"]],
    ["parameters are no dollar quotes", "PREPARE p AS SELECT $1, $2; SELECT 3", ["PREPARE p AS SELECT $1, $2", "SELECT 3"]],
    ["in a line comment", "SELECT 1 -- ; '\n, 2; SELECT 3", ["SELECT 1 -- ; '\n, 2", "SELECT 3"]],
    ["in nested comments", "SELECT /* ; /* ' */ ; */ 1; SELECT 2", ["SELECT /* ; /* ' */ ; */ 1", "SELECT 2"]],
    ["a minus behind an operator begins a comment", "SELECT 5--3;\n; SELECT 2", ["SELECT 5", "SELECT 2"]],
    [
      "in parentheses of a rule",
      "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 2",
      ["CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)", "SELECT 2"],
    ],
    [
      "in a SQL-standard body",
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 1 AS end; SELECT t.end FROM t; END; SELECT 2",
      [
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 1 AS end; SELECT t.end FROM t; END",
        "SELECT 2",
      ],
    ],
    ["BEGIN alone is a statement", "BEGIN; SELECT 1; END; SELECT 2", ["BEGIN", "SELECT 1", "END", "SELECT 2"]],
    ["emoji and accents", "SELECT '💾;', ação FROM 表; SELECT 2", ["SELECT '💾;', ação FROM 表", "SELECT 2"]],
  ])("%s", (_, sql, expected) => {
    expect(splitStatements(sql).problem).toBeUndefined();
    expect(split(sql)).toEqual(expected);
  });
});

test("each statement knows its line, not that of the comments before it", () => {
  const { statements } = splitStatements("\n-- about\nSELECT 1;\n\n/* two\nlines */ SELECT\n 2;\nSELECT 3;", 10);
  expect(statements.map((statement) => statement.line)).toEqual([12, 15, 17]);
});

test.each([
  ["SELECT 1;\nSELECT 'open", 2, /string .* never ends/],
  ["SELECT E'a\\';", 1, /never ends/],
  ['SELECT "open', 1, /quoted name/],
  ["\n\nDO $x$ BEGIN; $$", 3, /\$x\$ never ends/],
  ["SELECT 1; /* /* */", 1, /comment/],
  ["SELECT 1;\n\\connect other", 2, /\\connect is a command of psql/],
  ["COPY t FROM stdin;\n1\t'\n\\.\n", 2, /never ends/],
  ["COPY t FROM stdin;\n1\n\\.\n", 3, /INSERT/],
])("what cannot be read is said with its line: %j", (sql, line, message) => {
  const { problem } = splitStatements(sql);
  expect(problem?.line).toBe(line);
  expect(problem?.message).toMatch(message);
});

test("any statements joined by semicolons come apart again", () => {
  const noise = fc.constantFrom(" ", "\n", "\t", " -- ; it's\n", " /* ; /* $$ */ ' */ ", "\n\n");
  const piece = fc.oneof(
    fc.constantFrom("SELECT", "x", "1.5", "+", "a$1", "::text", ",", "(;)", "(a;(b;))"),
    fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
    fc.string().map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
    fc.string({ minLength: 1 }).map((text) => `"${text.replaceAll('"', '""')}"`),
    fc
      .string()
      .filter((text) => !text.includes("$t$"))
      .map((text) => `$t$${text.replaceAll("$", "")}$t$`),
  );
  // With something between them: a string on the next line would go on with the one before, and read backslashes as it does.
  const statement = fc
    .array(fc.tuple(piece, noise), { minLength: 1, maxLength: 6 })
    .map((parts) => `x ${parts.map(([text, gap]) => `${text} ,${gap}`).join("")}y`);
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), noise, (statements, gap) => {
      expect(split(statements.map((one) => `${gap}${one}${gap};`).join(gap))).toEqual(statements);
    }),
    { numRuns: 500 },
  );
});
