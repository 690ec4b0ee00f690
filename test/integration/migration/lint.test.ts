import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { assembleMigrations } from "../../../src/migration/assemble.ts";
import { lintMigrations } from "../../../src/migration/lint/lint.ts";
import { parser, type SqlTree } from "../../../src/migration/lint/tree.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { git } from "../../lab/git.ts";
import { buildOneFile } from "../../lab/one-file.ts";
import { NODE } from "../../lab/program.ts";

/** The parser lies beside it; the one file that the tests otherwise call comes without. */
const COMMITTED = join(import.meta.dirname, "../../../dist/cli.js");

let parse: (sql: string) => SqlTree;
beforeAll(async () => {
  parse = await parser();
});

/** The server's own answer to what the rules say: the lock on `orders`, and whether its file was written anew. */
describe("what the server does is what the rule says", () => {
  test.each<[sql: string, lock: string, rewritten: boolean, rules: readonly string[]]>([
    ["ALTER TABLE orders ADD COLUMN k uuid DEFAULT gen_random_uuid()", "AccessExclusiveLock", true, ["default-rewrites-table"]],
    ["ALTER TABLE orders ADD COLUMN k bigserial", "AccessExclusiveLock", true, ["default-rewrites-table"]],
    ["ALTER TABLE orders ADD COLUMN k bigint GENERATED ALWAYS AS IDENTITY", "AccessExclusiveLock", true, ["default-rewrites-table"]],
    ["ALTER TABLE orders ADD COLUMN k int GENERATED ALWAYS AS (id + 1) STORED", "AccessExclusiveLock", true, ["default-rewrites-table"]],
    ["ALTER TABLE orders ADD COLUMN k timestamptz DEFAULT now()", "AccessExclusiveLock", false, []],
    ["ALTER TABLE orders ADD COLUMN k int NOT NULL DEFAULT 7", "AccessExclusiveLock", false, []],
    ["ALTER TABLE orders ALTER COLUMN id TYPE bigint", "AccessExclusiveLock", true, ["type-change"]],
    ["ALTER TABLE orders ALTER COLUMN note SET NOT NULL", "AccessExclusiveLock", false, ["not-null-reads-table"]],
    ["ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0)", "AccessExclusiveLock", false, ["constraint-checks-rows"]],
    ["ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID", "AccessExclusiveLock", false, []],
    [
      "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES kinds",
      "ShareRowExclusiveLock",
      false,
      ["constraint-checks-rows", "foreign-key-without-index"],
    ],
    ["ALTER TABLE orders ADD UNIQUE (id)", "AccessExclusiveLock", false, ["unique-builds-index"]],
    ["ALTER TABLE orders SET UNLOGGED", "AccessExclusiveLock", true, ["rewrites-table"]],
    ["CREATE INDEX i ON orders (id)", "ShareLock", false, ["index-not-concurrent"]],
    ["DROP INDEX by_note", "AccessExclusiveLock", false, ["drop-index-not-concurrent"]],
    ["REINDEX TABLE orders", "ShareLock", false, ["reindex-not-concurrent"]],
    ["LOCK TABLE orders", "AccessExclusiveLock", false, ["explicit-lock"]],
    ["UPDATE orders SET note = 'x'", "RowExclusiveLock", false, ["update-all"]],
  ])("%s", async (sql, lock, rewritten, rules) => {
    await using fresh = await freshDatabase();
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    try {
      await client.query("CREATE TABLE kinds (id int PRIMARY KEY); INSERT INTO kinds VALUES (1)");
      await client.query(
        "CREATE TABLE orders (id int, note text); INSERT INTO orders VALUES (1, 'a'); CREATE INDEX by_note ON orders (note)",
      );
      const node = async () =>
        (await client.query<{ node: string }>("SELECT relfilenode AS node FROM pg_class WHERE oid = 'orders'::regclass")).rows[0]?.node;
      const before = await node();
      await client.query("BEGIN");
      await client.query(sql);
      const held = await client.query<{ mode: string }>(
        "SELECT mode FROM pg_locks WHERE relation = 'orders'::regclass AND pid = pg_backend_pid()",
      );
      expect(held.rows.map(({ mode }) => mode)).toContain(lock);
      expect((await node()) !== before).toBe(rewritten);
    } finally {
      await client.end();
    }
    const { migrations } = assembleMigrations([
      { name: "1_a.sql", path: "1_a.sql", bytes: Buffer.from(`-- irreversible\n-- UP\n${sql};`) },
    ]);
    expect(lintMigrations(migrations, parse).findings.map(({ rule }) => rule)).toEqual(rules);
  });
});

describe("in a checkout", () => {
  test("only what came since the branch is looked at, as one set, committed or not; without a database", async () => {
    const [checkout, alone] = [await mkdtemp(join(tmpdir(), "savepoint-lint-")), await mkdtemp(join(tmpdir(), "savepoint-alone-"))];
    try {
      const lint = (...words: readonly string[]) => lintBy(COMMITTED, ...words);
      const lintBy = (program: string, ...words: readonly string[]) => {
        const run = spawnSync(NODE, [program, "migrate", "lint", "--json", "--directory", "db", ...words], {
          cwd: checkout,
          encoding: "utf8",
        });
        const { outputs, headline, code, hint } = JSON.parse(run.stdout) as {
          outputs: { findings: string; risk: string };
          headline?: string;
          code?: string;
          hint?: string;
        };
        const found = (JSON.parse(outputs?.findings ?? "[]") as readonly { rule: string; file: string; line: number }[]).map(
          ({ rule, file, line }) => `${rule} ${file}:${line}`,
        );
        return { exit: run.status, risk: outputs?.risk, found, headline, code, hint };
      };
      await git(checkout, "init", "--quiet", "--initial-branch", "main");
      await mkdir(join(checkout, "db"));
      await writeFile(join(checkout, "db/1_old.sql"), "-- irreversible\n-- UP\nDROP TABLE old;\n");
      await git(checkout, "add", ".");
      await git(checkout, "commit", "--quiet", "-m", "old");
      await git(checkout, "checkout", "--quiet", "-b", "work");
      await writeFile(join(checkout, "db/2_new.sql"), "-- UP\nCREATE TABLE new (id bigint);\n-- DOWN\nDROP TABLE new;\n");
      await git(checkout, "add", ".");
      await git(checkout, "commit", "--quiet", "-m", "new");
      await writeFile(
        join(checkout, "db/3_index.sql"),
        "-- UP\nCREATE INDEX i ON new (id);\nALTER TABLE orders ADD k json;\n-- DOWN\nDROP INDEX i;\n",
      );
      expect(lint("--since", "main")).toEqual({
        exit: 0,
        risk: "none",
        found: ["json-column db/3_index.sql:3"],
        headline: "Looked at 2 migrations new since main: 1 advice",
        code: undefined,
      });
      expect(lint("--since", "main", "--fail-on", "advice")).toMatchObject({ exit: 1, code: "lint" });
      // What is pasted is taken.
      expect(lint("--approvers", "ana").hint).toContain("-- savepoint: allow drop-table: why (approved by ana).");
      expect(lint().hint).toContain("-- savepoint: allow drop-table: why.");
      expect(lint()).toMatchObject({
        exit: 1,
        risk: "destructive",
        found: ["drop-table db/1_old.sql:3", "index-not-concurrent db/3_index.sql:2", "json-column db/3_index.sql:3"],
      });
      await writeFile(join(checkout, "db/4_slip.sql"), "-- UP\nCREATE TABLE slip (id bigint);\n-- DOWN\nDROP TABEL slip;\n");
      expect(lint("--since", "main", "--fail-on", "destructive")).toMatchObject({
        exit: 1,
        code: "lint",
        risk: "unknown",
        found: ["json-column db/3_index.sql:3", "unread-by-parser db/4_slip.sql:4"],
      });
      await rm(join(checkout, "db/4_slip.sql"));
      await writeFile(
        join(checkout, "savepoint.yml"),
        "environments:\n  production:\n    migrate:\n      house-rules: [primary-key]\n      required-columns: [created_at timestamptz]\n",
      );
      expect(lint("--since", "main")).toMatchObject({
        exit: 1,
        risk: "house",
        found: ["primary-key db/2_new.sql:2", "required-columns db/2_new.sql:2", "json-column db/3_index.sql:3"],
      });
      await rm(join(checkout, "savepoint.yml"));
      expect(lint("--since", "nowhere")).toMatchObject({ exit: 2, code: "lint-since" });
      await buildOneFile(join(alone, "cli.js"));
      expect(lintBy(join(alone, "cli.js"))).toMatchObject({ exit: 2, code: "no-parser" });
      expect(lint("--since=--help")).toMatchObject({ exit: 2, code: "lint-since" });
    } finally {
      for (const folder of [checkout, alone]) await rm(folder, { recursive: true });
    }
  });
});
