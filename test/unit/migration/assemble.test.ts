import { describe, expect, test } from "vitest";
import { assembleMigrations, type SourceFile } from "../../../src/migration/assemble.ts";
import { compareMigrationVersions, problemLine, refuseMigrationProblems } from "../../../src/migration/migration.ts";
import { Failure } from "../../../src/core/failure.ts";

function file(name: string, content: string | Uint8Array): SourceFile {
  return { name, path: `migrations/${name}`, bytes: typeof content === "string" ? Buffer.from(content) : content };
}

const UP_DOWN = "-- UP\nCREATE TABLE a (x int);\n-- DOWN\nDROP TABLE a;\n";

function problemsOf(...files: readonly SourceFile[]): readonly string[] {
  return assembleMigrations(files).problems.map(problemLine);
}

test("one file holds both directions, and statements know their lines in it", () => {
  const { migrations, problems } = assembleMigrations([file("202611201430__create_orders.sql", `-- Orders.\n${UP_DOWN}`)]);
  expect(problems).toEqual([]);
  expect(migrations).toHaveLength(1);
  const [migration] = migrations;
  expect(migration).toMatchObject({ version: "202611201430", description: "create orders", down: { state: "given" } });
  expect(migration?.up.statements.map((one) => [one.line, one.sql])).toEqual([[3, "CREATE TABLE a (x int)"]]);
  expect(migration?.down.state === "given" && migration.down.script.statements.map((one) => [one.line, one.sql])).toEqual([
    [5, "DROP TABLE a"],
  ]);
});

test("two files hold one direction each", () => {
  const { migrations, problems } = assembleMigrations([
    file("001_a.up.sql", "CREATE TABLE a (x int);\n"),
    file("001_a.down.sql", "DROP TABLE a;"),
  ]);
  expect(problems).toEqual([]);
  expect(migrations[0]).toMatchObject({
    version: "001",
    description: "a",
    down: { state: "given", script: { file: "migrations/001_a.down.sql" } },
  });
});

describe("the checksum is the UP's alone", () => {
  const checksum = (name: string, content: string | Uint8Array, ...more: readonly SourceFile[]) =>
    assembleMigrations([file(name, content), ...more]).migrations[0]?.checksum;
  const plain = checksum("1_a.sql", UP_DOWN);

  test.each<[string, string | undefined]>([
    ["CRLF", checksum("1_a.sql", UP_DOWN.replaceAll("\n", "\r\n"))],
    ["a byte order mark", checksum("1_a.sql", `\uFEFF${UP_DOWN}`)],
    ["another DOWN", checksum("1_a.sql", UP_DOWN.replace("DROP TABLE a;", "\n\nDROP TABLE IF EXISTS a;"))],
    ["markers in lower case", checksum("1_a.sql", UP_DOWN.replace("-- UP", "--up").replace("-- DOWN", "  --   down"))],
    ["two files", checksum("1_a.up.sql", "CREATE TABLE a (x int);", file("1_a.down.sql", "DROP TABLE a;"))],
    ["DOWN first", checksum("1_a.sql", "-- DOWN\nDROP TABLE a;\n-- UP\nCREATE TABLE a (x int);\n")],
  ])("same with %s", (_, other) => {
    expect(other).toBe(plain);
  });

  test("different with another UP", () => {
    expect(checksum("1_a.sql", UP_DOWN.replace("x int", "x bigint"))).not.toBe(plain);
  });
});

test("versions are numbers, however long and padded", () => {
  const { migrations, problems } = assembleMigrations(
    ["10_c", "9_b", "002_a", "202611201430__d", "99999999999999999999_e"].map((name) => file(`${name}.sql`, UP_DOWN)),
  );
  expect(problems).toEqual([]);
  expect(migrations.map((one) => one.version)).toEqual(["002", "9", "10", "202611201430", "99999999999999999999"]);
  expect(compareMigrationVersions("0", "000")).toBe(0);
});

test("names with spaces, quotes, accents and emoji are fine", () => {
  const { migrations, problems } = assembleMigrations([file(`001_ação do "cliente" $(rm) 'x' 🚀.sql`, UP_DOWN)]);
  expect(problems).toEqual([]);
  expect(migrations[0]?.description).toBe(`ação do "cliente" $(rm) 'x' 🚀`);
});

test("files that are no SQL are none of ours", () => {
  expect(assembleMigrations([file("README.md", "x"), file(".001_a.sql", "x"), file("001_a.sql~", "x"), file("schema.prisma", "")])).toEqual(
    { migrations: [], problems: [] },
  );
});

test("everything wrong is said at once, each with file and line", () => {
  expect(
    problemsOf(
      file("001_a.sql", UP_DOWN),
      file("1_b.sql", UP_DOWN),
      file("002_no_marker.sql", "CREATE TABLE b ();"),
      file("003_empty.sql", "-- UP\n-- nothing yet\n\n-- DOWN\nDROP TABLE x;"),
      file("004_open.sql", "-- UP\nSELECT 1;\nSELECT 'open;\n-- DOWN\n"),
      file("005_latin.sql", Buffer.from("-- UP\nSELECT 1;\n-- a\xe7\xe3o\nSELECT 2;\n", "latin1")),
      file("006_utf16.sql", Buffer.from("\uFEFF-- UP\nSELECT 1;", "utf16le")),
      file("notes.sql", "SELECT 1;"),
      file("007__twice.sql", "-- UP\nSELECT 1;\n-- UP\nSELECT 2;"),
      file("008_early.sql", "SELECT 0;\n-- UP\nSELECT 1;"),
      file("009_only.down.sql", "DROP TABLE z;"),
      file("010_goose.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;"),
      file("011_psql.sql", "-- UP\n\\i other.sql\n"),
      file("012_zero.sql", "-- UP\nSELECT 1;\n\0"),
    ),
  ).toEqual([
    "migrations/1_b.sql: version 1 is already migrations/001_a.sql: give one of them another version",
    "migrations/002_no_marker.sql:1: there is no `-- UP` line",
    "migrations/003_empty.sql:2: its UP is empty: no statement stands in it",
    "migrations/004_open.sql:3: the string that begins here never ends",
    "migrations/005_latin.sql:3: is not UTF-8: save it as UTF-8",
    "migrations/006_utf16.sql: is UTF-16: save it as UTF-8",
    "migrations/notes.sql: its name is not `YYYYMMDDHHMM__description.sql` or `NNN_description.sql` (or the same in two files, `….up.sql` and `….down.sql`)",
    "migrations/007__twice.sql:3: a second `-- UP` line",
    "migrations/008_early.sql:1: SQL stands above the `-- UP` line",
    "migrations/009_only.down.sql: there is no UP for version 009",
    "migrations/010_goose.sql:1: there is no `-- UP` line; `-- +goose Up` is another tool's: write `-- UP` and `-- DOWN`",
    "migrations/011_psql.sql:2: \\i is a command of psql, not SQL: take it out",
    "migrations/012_zero.sql:3: contains a zero byte, which PostgreSQL cannot take",
  ]);
});

test("all problems stand in one refusal", () => {
  const { problems } = assembleMigrations([file("x.sql", ""), file("1_a.sql", "")]);
  let thrown: unknown;
  try {
    refuseMigrationProblems(problems);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Failure);
  expect(thrown).toMatchObject({
    exit: 2,
    message: "The migration files have 2 problems; nothing was run",
    evidence: problems.map(problemLine),
  });
});

describe("markers count only where they are comments of their own", () => {
  test("not in strings, bodies, parentheses, or behind a statement", () => {
    const up =
      "SELECT '\n-- DOWN\n';\nCREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n-- DOWN\nEND $$;\nCREATE TABLE t (\n-- down\nx int);\nSELECT 1; -- DOWN\n/*\n-- DOWN\n*/\nSELECT 2;";
    const { migrations, problems } = assembleMigrations([file("1_a.sql", `-- UP\n${up}\n-- DOWN\nDROP TABLE t;`)]);
    expect(problems).toEqual([]);
    expect(migrations[0]?.up.sql.trim()).toBe(up);
  });

  test("a file that is all UP by its name holds none", () => {
    expect(problemsOf(file("1_a.up.sql", "CREATE TABLE a ();\n-- DOWN\nDROP TABLE a;"))).toEqual([
      "migrations/1_a.up.sql:2: a `-- DOWN` line in a file that is all UP by its name",
    ]);
  });
});

describe("a DOWN", () => {
  const downOf = (content: string) => assembleMigrations([file("1_a.sql", `-- UP\nSELECT 1;\n${content}`)]).migrations[0]?.down;

  test("without statements is missing, not a success that undoes nothing", () => {
    expect(downOf("-- DOWN\n-- later\n")).toEqual({ state: "missing" });
    expect(downOf("")).toEqual({ state: "missing" });
  });

  test("may be irreversible, with a reason", () => {
    expect(downOf("-- DOWN\n-- irreversible\n")).toEqual({ state: "irreversible", reason: undefined });
    expect(downOf("-- irreversible: the old values are gone\n")).toEqual({ state: "irreversible", reason: "the old values are gone" });
  });

  test("cannot be both", () => {
    expect(problemsOf(file("1_a.sql", "-- UP\nSELECT 1;\n-- DOWN\n-- irreversible\nSELECT 2;"))).toEqual([
      "migrations/1_a.sql:5: is marked `-- irreversible` and yet has a DOWN",
    ]);
  });

  test("stands in one place", () => {
    expect(problemsOf(file("1_a.sql", UP_DOWN), file("1_a.down.sql", "SELECT 1;"))).toEqual([
      "migrations/1_a.down.sql: the DOWN of version 1 is already in migrations/1_a.sql",
    ]);
  });
});

describe("what a transaction cannot hold is refused before anything runs", () => {
  test.each([
    ["BEGIN", /^BEGIN stands in the file/],
    ["start transaction", /^START TRANSACTION stands/],
    ["COMMIT AND CHAIN", /^COMMIT/],
    ["ROLLBACK", /^ROLLBACK/],
    ["END", /^END/],
    ["PREPARE TRANSACTION 'x'", /^PREPARE TRANSACTION/],
    ["CREATE INDEX CONCURRENTLY i ON t (x)", /^CREATE INDEX CONCURRENTLY cannot run in a transaction: .*-- no-transaction/],
    ["create unique index concurrently if not exists i on t (x)", /^CREATE INDEX CONCURRENTLY/],
    ["DROP INDEX CONCURRENTLY i", /^DROP INDEX CONCURRENTLY/],
    ["REINDEX TABLE CONCURRENTLY t", /^REINDEX CONCURRENTLY/],
    ["REINDEX (VERBOSE) DATABASE app", /^REINDEX DATABASE/],
    ["VACUUM", /^VACUUM/],
    ["CREATE DATABASE x", /^CREATE DATABASE/],
    ["ALTER SYSTEM SET work_mem = '1GB'", /^ALTER SYSTEM/],
    ["ALTER TABLE t DETACH PARTITION p CONCURRENTLY", /^DETACH PARTITION/],
    ["COPY t FROM STDIN", /^COPY … FROM STDIN/],
    ["SET standard_conforming_strings = off", /^standard_conforming_strings/],
  ])("%s", (statement, message) => {
    const { problems } = assembleMigrations([file("1_a.sql", `-- UP\nSELECT 1;\n${statement};\n`)]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: "migrations/1_a.sql", line: 3 });
    expect(problems[0]?.message).toMatch(message);
  });

  test.each([
    "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a",
    "COPY t FROM '/tmp/x'",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "ALTER TYPE t ADD VALUE 'x'",
    "CREATE INDEX i ON t (x)",
    "PREPARE p AS SELECT 1",
  ])("%s is fine", (statement) => {
    expect(problemsOf(file("1_a.sql", `-- UP\n${statement};\n`))).toEqual([]);
  });

  test("in a section marked `-- no-transaction`, only transaction control is refused", () => {
    const { migrations, problems } = assembleMigrations([
      file("1_a.sql", "-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (x);\nCOMMIT;\n-- DOWN\nDROP TABLE t;"),
    ]);
    expect(problems.map((one) => one.line)).toEqual([4]);
    expect(migrations[0]).toMatchObject({ up: { transactional: false }, down: { script: { transactional: true } } });
  });

  test("the mark above both sections counts for both", () => {
    expect(assembleMigrations([file("1_a.sql", "-- no-transaction\n-- UP\nSELECT 1;\n-- DOWN\nSELECT 2;")]).migrations[0]).toMatchObject({
      up: { transactional: false },
      down: { script: { transactional: false } },
    });
  });
});

test("an UP without a statement is told as that; how files are named is the hint of what is wrong with names and marks alone", () => {
  const refused = (name: string, content: string): Failure | undefined => {
    try {
      refuseMigrationProblems(assembleMigrations([file(name, content)]).problems);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
    return undefined;
  };
  for (const empty of ["", "-- nothing yet\n", ";\n"]) {
    const failure = refused("001_a.sql", `-- UP\n${empty}-- DOWN\nDROP TABLE a;\n`);
    expect(failure?.message).toBe("The migration migrations/001_a.sql:2: its UP is empty: no statement stands in it");
    expect(failure?.hint).toMatch(/^Write what the migration does into its UP/);
  }
  expect(refused("001_a.sql", "-- UP\nVACUUM;\n")?.hint).toBeUndefined();
  for (const [name, content] of [
    ["first.sql", "-- UP\nSELECT 1;\n"],
    ["001_a.sql", "SELECT 1;\n"],
    ["001_a.up.sql", "-- UP\nSELECT 1;\n"],
  ] as const)
    expect(refused(name, content)?.hint).toMatch(/^Each file is named /);
});
