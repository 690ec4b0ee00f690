import { beforeAll, describe, expect, test } from "vitest";
import { assembleMigrations } from "../../../../src/migration/assemble.ts";
import { RISKS } from "../../../../src/migration/lint/finding.ts";
import { lintMigrations, worstRisk } from "../../../../src/migration/lint/lint.ts";
import { type House, type HouseRule, NO_HOUSE } from "../../../../src/migration/lint/house-rules.ts";
import { RULES } from "../../../../src/migration/lint/rules.ts";
import { parser, type SqlTree } from "../../../../src/migration/lint/tree.ts";

let parse: (sql: string) => SqlTree;
beforeAll(async () => {
  parse = await parser();
});

/** Files by their UP; without a DOWN of their own they say that none is meant. */
function lint(...ups: readonly string[]) {
  const files = ups.map((up, index) => {
    const name = `${index + 1}_a.sql`;
    const text = up.includes("-- UP") ? up : `-- irreversible\n-- UP\n${up}\n`;
    return { name, path: `db/${name}`, bytes: Buffer.from(text) };
  });
  const { migrations, problems } = assembleMigrations(files);
  expect(problems).toEqual([]);
  return lintMigrations(migrations, parse);
}

const rulesOf = (...ups: readonly string[]) => lint(...ups).findings.map(({ rule }) => rule);

describe("what a rule finds, and what is right beside it", () => {
  const CASES: readonly (readonly [rule: string, bad: string, good: readonly string[]])[] = [
    ["drop-table", "DROP TABLE orders;", ["CREATE TABLE orders (id bigint); DROP TABLE orders;", "DROP INDEX i;"]],
    ["drop-schema", "DROP SCHEMA old CASCADE;", ["DROP SCHEMA old;"]],
    ["drop-column", "ALTER TABLE orders DROP COLUMN note;", ["ALTER TABLE orders DROP CONSTRAINT note;"]],
    ["truncate", "TRUNCATE orders CASCADE;", ["CREATE TABLE n (id bigint); TRUNCATE n;"]],
    ["delete-all", "DELETE FROM orders;", ["DELETE FROM orders WHERE id < 7;"]],
    ["drop-object", "DROP VIEW totals;", ["DROP TRIGGER t ON orders;"]],
    ["rename", "ALTER TABLE orders RENAME TO bills;", ["ALTER INDEX a RENAME TO b;", "ALTER TABLE orders RENAME CONSTRAINT a TO b;"]],
    ["rename", "ALTER TABLE orders RENAME COLUMN a TO b;", ["CREATE TABLE n (a bigint); ALTER TABLE n RENAME a TO b;"]],
    ["rename", "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';", ["ALTER TYPE mood ADD VALUE 'blue';"]],
    ["rename", "ALTER TABLE orders SET SCHEMA old;", []],
    [
      "unknown-type",
      "CREATE TABLE n (a timestampz);",
      ["CREATE TABLE n (a timestamptz, b citext, c vector(3), d geometry, e hstore, f mood, g app.timestampz, h polygons, i rate);"],
    ],
    [
      "unknown-type",
      "ALTER TABLE orders ADD COLUMN k datetime;",
      ["CREATE DOMAIN datetime AS timestamptz; ALTER TABLE orders ADD COLUMN k datetime;", "ALTER TABLE orders ADD COLUMN datetime text;"],
    ],
    ["unknown-type", "SELECT a::jsnob FROM orders WHERE b = CAST(a AS vachar(3));", ["SELECT a::jsonb[], '1 day'::interval, 7::int8;"]],
    ["long-name", `CREATE TABLE ${"n".repeat(64)} (id bigint);`, [`CREATE TABLE ${"n".repeat(63)} (id bigint);`]],
    ["long-name", `CREATE TABLE "${"é".repeat(32)}" (id bigint);`, [`CREATE TABLE "${"é".repeat(31)}" (id bigint);`]],
    ["quoted-capitals", 'CREATE TABLE n ("createdAt" timestamptz);', ["CREATE TABLE n (createdAt timestamptz);"]],
    [
      "default-rewrites-table",
      "ALTER TABLE orders ADD COLUMN k uuid DEFAULT gen_random_uuid();",
      ["ALTER TABLE orders ADD COLUMN k timestamptz DEFAULT now();"],
    ],
    ["default-rewrites-table", "ALTER TABLE orders ADD COLUMN k bigserial;", ["CREATE TABLE n (k bigserial);"]],
    [
      "default-rewrites-table",
      "ALTER TABLE orders ADD COLUMN k int GENERATED ALWAYS AS (a + 1) STORED;",
      ["ALTER TABLE orders ADD COLUMN k int DEFAULT 7;"],
    ],
    ["default-rewrites-table", "ALTER TABLE orders ADD COLUMN k bigint GENERATED ALWAYS AS IDENTITY;", []],
    ["type-change", "ALTER TABLE orders ALTER COLUMN a TYPE bigint;", ["CREATE TABLE n (a int); ALTER TABLE n ALTER a TYPE bigint;"]],
    ["required-column", "ALTER TABLE orders ADD COLUMN k int NOT NULL;", ["ALTER TABLE orders ADD COLUMN k int NOT NULL DEFAULT 0;"]],
    ["drop-not-null", "ALTER TABLE orders ALTER COLUMN a DROP NOT NULL;", ["ALTER TABLE orders ALTER COLUMN a DROP DEFAULT;"]],
    ["json-column", "CREATE TABLE n (a json);", ["CREATE TABLE n (a jsonb);"]],
    ["char-column", "CREATE TABLE n (a char(3));", ["CREATE TABLE n (a varchar(3));"]],
    ["timestamp-without-zone", "CREATE TABLE n (a timestamp);", ["CREATE TABLE n (a timestamptz);"]],
    ["small-key", "CREATE TABLE n (id serial PRIMARY KEY);", ["CREATE TABLE n (id bigserial PRIMARY KEY);", "CREATE TABLE n (a int);"]],
    [
      "constraint-checks-rows",
      "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0);",
      ["ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID;"],
    ],
    ["constraint-checks-rows", "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (id); CREATE UNIQUE INDEX i ON n (b);", []],
    [
      "validated-under-lock",
      "ALTER TABLE o ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE o VALIDATE CONSTRAINT c;",
      ["ALTER TABLE o VALIDATE CONSTRAINT c;"],
    ],
    ["not-null-reads-table", "ALTER TABLE orders ALTER a SET NOT NULL;", ["CREATE TABLE n (a int); ALTER TABLE n ALTER a SET NOT NULL;"]],
    ["domain-checks-rows", "ALTER DOMAIN d ADD CHECK (value > 0);", ["ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID;"]],
    [
      "foreign-key-without-index",
      "CREATE TABLE n (a bigint REFERENCES orders);",
      ["CREATE TABLE n (a bigint REFERENCES orders); CREATE INDEX i ON n (a);", "CREATE TABLE n (a bigint PRIMARY KEY REFERENCES orders);"],
    ],
    ["index-not-concurrent", "CREATE INDEX i ON orders (a);", ["CREATE TABLE n (a int); CREATE INDEX i ON n (a);"]],
    ["drop-index-not-concurrent", "DROP INDEX i;", []],
    ["reindex-not-concurrent", "REINDEX TABLE orders;", []],
    ["unique-builds-index", "ALTER TABLE orders ADD UNIQUE (a);", ["ALTER TABLE orders ADD CONSTRAINT c UNIQUE USING INDEX c;"]],
    ["unique-builds-index", "ALTER TABLE orders ADD COLUMN a text UNIQUE;", ["CREATE TABLE n (a text UNIQUE);"]],
    ["exclusion-builds-index", "ALTER TABLE orders ADD EXCLUDE USING gist (a WITH &&);", []],
    ["rewrites-table", "ALTER TABLE orders SET UNLOGGED;", ["ALTER TABLE orders SET (fillfactor = 70);"]],
    ["rewrites-table", "CLUSTER orders USING i;", []],
    [
      "refresh-not-concurrent",
      "REFRESH MATERIALIZED VIEW totals;",
      ["REFRESH MATERIALIZED VIEW CONCURRENTLY totals;", "CREATE MATERIALIZED VIEW m AS SELECT 1; REFRESH MATERIALIZED VIEW m;"],
    ],
    ["explicit-lock", "LOCK TABLE orders;", ["LOCK TABLE orders IN SHARE MODE;"]],
    ["detach-not-concurrent", "ALTER TABLE orders DETACH PARTITION p;", []],
    [
      "attach-reads-table",
      "ALTER TABLE orders ATTACH PARTITION p FOR VALUES IN (1);",
      ["CREATE TABLE p (a int); ALTER TABLE orders ATTACH PARTITION p FOR VALUES IN (1);"],
    ],
    [
      "locks-pile-up",
      "ALTER TABLE a ADD COLUMN k int; ALTER TABLE b ADD COLUMN k int;",
      ["ALTER TABLE a ADD COLUMN k int; ALTER TABLE a ADD COLUMN l int;"],
    ],
    [
      "backfill-under-lock",
      "ALTER TABLE a ADD COLUMN k int; UPDATE a SET k = 1 WHERE k IS NULL;",
      ["ALTER TABLE a ADD COLUMN k int; INSERT INTO kinds VALUES (1);"],
    ],
    ["update-all", "UPDATE orders SET a = 1;", ["UPDATE orders SET a = 1 WHERE id < 1000;"]],
    ["password-in-file", "CREATE ROLE app LOGIN PASSWORD 'hunter2';", ["CREATE ROLE app LOGIN;"]],
    ["password-in-file", "CREATE SUBSCRIPTION s CONNECTION 'host=a password=b' PUBLICATION p WITH (connect = false);", []],
    [
      "password-in-file",
      "SELECT dblink('postgres://app:hunter2@db/shop');",
      ["SELECT dblink('postgres://app@db/shop');", "INSERT INTO hints VALUES ('write postgres://user:$PASSWORD@host');"],
    ],
  ];
  test.each(CASES)("%s: %s", (rule, bad, good) => {
    expect(rulesOf(bad)).toContain(rule);
    for (const right of good) expect(rulesOf(right), right).not.toContain(rule);
  });

  test("a type that an older file makes is known, also where only the newer one is looked at", () => {
    const types = new Set(["timestampz"]);
    const [file] = assembleMigrations([
      { name: "1_a.sql", path: "db/1_a.sql", bytes: Buffer.from("-- irreversible\n-- UP\nCREATE TABLE n (a timestampz);\n") },
    ]).migrations;
    expect(lintMigrations([file!], parse, { types }).findings).toEqual([]);
    expect(lintMigrations([file!], parse).findings).toMatchObject([
      { rule: "unknown-type", risk: "advice", message: expect.stringContaining("is timestamptz meant?") },
    ]);
  });

  test("each rule is seen to find something above, has a name of its own, and a risk", () => {
    const names = RULES.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...new Set(CASES.map(([rule]) => rule))].toSorted());
    for (const { name, risk, finds } of RULES) {
      expect(RISKS, name).toContain(risk);
      expect(finds.length, name).toBeGreaterThan(8);
    }
  });
});

describe("a set of changes", () => {
  test("what one file of a set makes is nobody's yet in the next one, but for IF NOT EXISTS", () => {
    expect(rulesOf("CREATE TABLE n (a int);", "CREATE INDEX i ON n (a);")).toEqual([]);
    expect(rulesOf("CREATE TABLE IF NOT EXISTS n (a int);", "CREATE INDEX i ON n (a);")).toEqual(["index-not-concurrent"]);
  });

  test("a table of the same name in another schema is another table", () => {
    expect(rulesOf("CREATE TABLE mine.n (a int); CREATE INDEX i ON theirs.n (a);")).toEqual(["index-not-concurrent"]);
  });

  test("a validated CHECK earlier in the set lets SET NOT NULL pass", () => {
    expect(
      rulesOf(
        "ALTER TABLE o ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
        "ALTER TABLE o VALIDATE CONSTRAINT c;",
        "ALTER TABLE o ALTER a SET NOT NULL;",
      ),
    ).toEqual([]);
  });

  test("its risk is the worst of all, and advice is none", () => {
    expect(worstRisk(lint("CREATE INDEX i ON orders (a);", "ALTER TABLE orders DROP COLUMN a;").findings)).toBe("destructive");
    expect(worstRisk(lint("CREATE TABLE n (a json);").findings)).toBeUndefined();
  });
});

describe("where it is", () => {
  test("a finding names the line on which the column stands, behind names that are not ASCII", () => {
    const { findings } = lint("-- UP\nCREATE TABLE n (\n  ä text,\n  ö json\n);\n-- DOWN\nDROP TABLE n;");
    expect(findings).toMatchObject([{ rule: "json-column", file: "db/1_a.sql", line: 4 }]);
  });

  test("a file without DOWN is told, one that says so is not", () => {
    expect(lint("-- UP\nCREATE TABLE n (a int);").findings).toMatchObject([{ rule: "no-way-down", risk: "irreversible" }]);
    expect(lint("-- irreversible: kept for the auditors\n-- UP\nCREATE TABLE n (a int);").findings).toEqual([]);
  });

  test("the parser's sentence repeats no text that stands in the statement", () => {
    for (const slip of ["SELECT 1 'hunter2'", "UPDATE o SET a E'hunt\"er2'", "SELECT 1 $x$hunter2$x$ 'y'"]) {
      const said = JSON.stringify(lint(`-- UP\n${slip};\n-- DOWN\nSELECT 1;`).findings);
      expect(said, slip).toContain("does not read");
      expect(said, slip).not.toContain("er2");
    }
    expect(JSON.stringify(lint("-- UP\nSELEC 1;\n-- DOWN\nSELECT 1;").findings)).toContain(String.raw`at or near \"SELEC`);
  });

  test("what the parser does not read is the worst of all, at the line of the slip, in UP and in DOWN", () => {
    const { findings } = lint("-- UP\nCREATE TABLE n (\n  ä text,\n  b int c\n);\nTRUNCATE orders;\n-- DOWN\nDROP TABEL n;");
    expect(findings).toMatchObject([
      { rule: "unread-by-parser", risk: "unknown", line: 4, message: expect.stringContaining("nothing is known of it") },
      { rule: "truncate" },
      { rule: "unread-by-parser", risk: "unknown", line: 8 },
    ]);
    expect(worstRisk(findings)).toBe("unknown");
  });

  test("a statement that the parser has no room for is said, and the next one is read", async () => {
    const { migrations } = assembleMigrations([
      {
        name: "1_a.sql",
        path: "1_a.sql",
        bytes: Buffer.from(`-- irreversible\n-- UP\nINSERT INTO k VALUES ('${"x".repeat(99)}');\nTRUNCATE o;`),
      },
    ]);
    expect(lintMigrations(migrations, await parser(99)).findings).toMatchObject([
      { rule: "unread-by-parser", message: expect.stringContaining("more than 99 B do not fit") },
      { rule: "truncate" },
    ]);
  });
});

describe("a comment that silences", () => {
  test("takes one rule from one statement, and says why", () => {
    const { findings, allowed } = lint("-- savepoint: allow delete-all: it holds only caches\nDELETE FROM caches;\nDELETE FROM orders;");
    expect(findings).toMatchObject([{ rule: "delete-all", line: 5 }]);
    expect(allowed).toMatchObject([{ rule: "delete-all", line: 4, reason: "it holds only caches" }]);
  });

  test("stands in the statement as well", () => {
    expect(lint("ALTER TABLE orders\n  -- savepoint: allow drop-column: unread since v4\n  DROP COLUMN a;").findings).toEqual([]);
  });

  test("silences a missing DOWN wherever it stands", () => {
    expect(lint("-- UP\n-- savepoint: allow no-way-down: first of all\nCREATE TABLE n (a int);").findings).toEqual([]);
  });

  test.each([
    ["without a reason silences nothing", "-- savepoint: allow delete-all\nDELETE FROM caches;", ["allow-without-reason", "delete-all"]],
    [
      "whose reason stands behind no colon silences nothing, and is named",
      "-- savepoint: allow delete-all it holds only caches\nDELETE FROM caches;",
      ["allow-without-reason", "delete-all"],
    ],
    ["may be a block comment", "/* savepoint: allow delete-all: it holds\n   only caches */\nDELETE FROM caches;", []],
    [
      "of a rule that is not there is named",
      "-- savepoint: allow drop-colum: x\nALTER TABLE o DROP COLUMN a;",
      ["allow-without-reason", "drop-column"],
    ],
    ["of nothing is named", "-- savepoint: allow delete-all: x\nDELETE FROM caches WHERE a;", ["allow-of-nothing"]],
    ["in a string is text", "INSERT INTO t VALUES ('\n-- savepoint: allow delete-all: x\n'); DELETE FROM caches;", ["delete-all"]],
  ])("%s", (_, sql, rules) => {
    expect(rulesOf(sql)).toEqual(rules);
  });
});

describe("rules of the house", () => {
  const house = (sql: string, given: Partial<House>) => {
    const { migrations } = assembleMigrations([{ name: "1_a.sql", path: "1_a.sql", bytes: Buffer.from(`-- irreversible\n-- UP\n${sql}`) }]);
    return lintMigrations(migrations, parse, { house: { ...NO_HOUSE, ...given } }).findings.filter(
      ({ risk }) => risk === "house" || risk === "destructive",
    );
  };

  test.each<[rule: HouseRule, bad: string, good: string]>([
    ["primary-key", "CREATE TABLE n (id int);", "CREATE TABLE n (id int); ALTER TABLE n ADD PRIMARY KEY (id);"],
    ["primary-key", "CREATE TABLE n (id int UNIQUE);", "CREATE TABLE n (id int PRIMARY KEY);"],
    ["named-constraints", "CREATE TABLE n (id int CHECK (id > 0));", "CREATE TABLE n (id int CONSTRAINT c CHECK (id > 0) NOT NULL);"],
    ["named-constraints", "ALTER TABLE o ADD UNIQUE (a);", "ALTER TABLE o ADD CONSTRAINT c UNIQUE (a);"],
    [
      "ilike-index",
      "CREATE VIEW v AS SELECT * FROM o WHERE name ILIKE '%a%';",
      "CREATE VIEW v AS SELECT * FROM o WHERE name ILIKE '%a%'; CREATE INDEX i ON o USING gin (name gin_trgm_ops);",
    ],
    ["one-operation", "CREATE TABLE a (id int); CREATE TABLE b (id int);", "SET LOCAL role app; CREATE TABLE a (id int);"],
  ])("%s: %s", (rule, bad, good) => {
    expect(house(bad, { rules: [rule] })).toMatchObject([{ rule, risk: "house" }]);
    expect(house(good, { rules: [rule] })).toEqual([]);
    // It is off until it is named, and a comment with a reason silences it like the others.
    expect(house(bad, {})).toEqual([]);
    const silenced = bad.replace(/(?:^|(?<=; ))\w[^;]*;$/, `\n-- savepoint: allow ${rule}: imported\n$&`);
    expect(house(silenced, { rules: [rule] })).toEqual([]);
  });

  test("each new table has the columns that are required, of the type that is", () => {
    const columns = [{ name: "created_at", type: "timestamptz" }, { name: "id" }];
    expect(house("CREATE TABLE n (id int, created_at timestamp);\nCREATE TABLE m (created_at timestamptz);", { columns })).toMatchObject([
      { rule: "required-columns", line: 3, message: "Column created_at of n is timestamp; here it is timestamptz in each table." },
      { rule: "required-columns", line: 4, message: "m has no column id, which each table here has." },
    ]);
    expect(
      house("CREATE TABLE n (id int); ALTER TABLE n ADD created_at timestamptz; CREATE TABLE p PARTITION OF n DEFAULT;", { columns }),
    ).toEqual([]);
  });

  test("what is destructive needs one who may approve it, by name, where such are named", () => {
    const drop = (reason: string) => `-- savepoint: allow drop-table: ${reason}\nDROP TABLE o;`;
    expect(house(drop("unread"), {})).toEqual([]);
    for (const reason of ["unread", "unread (approved by bob)", "approved by anabel"])
      expect(house(drop(reason), { approvers: ["ana", "eve"] }), reason).toMatchObject([
        { rule: "drop-table", message: expect.stringContaining("(approved by ana or eve)") },
      ]);
    expect(house(drop("unread (approved by ana)"), { approvers: ["ana", "eve"] })).toEqual([]);
  });
});
