import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Cancelled, firstError } from "../../../src/core/failure.ts";
import { validateMigrations } from "../../../src/migration/validate/validate.ts";
import { newSideName } from "../../../src/postgres/side.ts";
import { sweepSides } from "../../../src/postgres/sweep-sides.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { NODE } from "../../lab/program.ts";
import { apply, databaseAt, failureOf, history, migrations, open, until, world, type World } from "./world.ts";

const COMMITTED = join(import.meta.dirname, "../../../dist/cli.js");

const GOOD = {
  "1_orders.sql": "-- UP\nCREATE TABLE orders (id int PRIMARY KEY, note text);\n-- DOWN\nDROP TABLE orders;\n",
  "2_total.sql":
    "-- UP\nALTER TABLE orders ADD COLUMN total int;\nCREATE TABLE own (x int);\nSET search_path = '';\n-- DOWN\nDROP TABLE own;\nALTER TABLE orders DROP COLUMN total;\n",
  "3_index.sql":
    "-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY by_total ON orders (total);\n-- DOWN\n-- no-transaction\nDROP INDEX CONCURRENTLY by_total;\n",
};

async function validate(
  fresh: FreshDatabase,
  files: Readonly<Record<string, string>>,
  more: { readonly drift?: boolean; readonly world?: World } = {},
) {
  const { ports } = more.world ?? world();
  const limits = { lockTimeoutMs: 5000, statementTimeoutMs: 0 };
  return await validateMigrations({
    database: open(fresh),
    migrations: migrations(files),
    limits,
    ports,
    appliedBy: "tester@lab",
    drift: more.drift ?? false,
  });
}

async function beside(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.superuser("SELECT datname FROM pg_database WHERE datname LIKE current_database() || '\\_validate\\_%'");
  return (rows as readonly Record<string, unknown>[]).map(({ datname }) => String(datname));
}

test("migrate validate takes all up, down and up again on a database of its own, with the tests on it, and leaves nothing", async () => {
  await using fresh = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "savepoint-validate-"));
  try {
    await mkdir(join(folder, "migrations"));
    for (const [name, text] of Object.entries(GOOD)) await writeFile(join(folder, "migrations", name), text);
    const run = (test: string) => {
      const { status, stdout } = spawnSync(NODE, [COMMITTED, "migrate", "validate", "--json", "--app", "shop", "--drift", "--test", test], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, SAVEPOINT_DATABASE_URL: fresh.url },
        encoding: "utf8",
      });
      return { status, json: JSON.parse(stdout) as unknown };
    };
    const rows = `psql "$DATABASE_URL" -Atc "INSERT INTO orders VALUES (1, 'a', 2); SELECT count(*) FROM schema_migrations"`;
    expect(run(`[ "$(${rows} | tail -n 1)" = 3 ]`).json).toMatchObject({
      exit: 0,
      headline: expect.stringMatching(
        /^3 migrations on PostgreSQL \d+: up, down and up again give the same schema; the tests passed; the database is what its history makes/,
      ) as string,
      details: {
        afterDown: [],
        afterAgain: [],
        drift: [],
        tested: true,
        migrations: [
          { version: "1", locks: [], upMs: expect.any(Number) as number, downMs: expect.any(Number) as number },
          { version: "2", locks: [{ table: "orders", mode: "ACCESS EXCLUSIVE" }], againMs: expect.any(Number) as number },
          { version: "3" },
        ],
      },
    });
    expect(run("echo 3 orders are not $((2 + 2)); exit 4")).toMatchObject({
      status: 1,
      json: { code: "validate-test", message: expect.stringContaining("(exit 4,") as string, evidence: ["3 orders are not 4"] },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(await beside(fresh)).toEqual([]);
  // Not even a history is written.
  expect(await fresh.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
});

test("what DOWN leaves is named, and nothing goes up over it; one that cannot go down stays, and what is above it is tried", async () => {
  await using fresh = await freshDatabase();
  const left = "-- UP\nCREATE TABLE left_over (x int);\nCREATE TABLE bad (x int);\n-- DOWN\nDROP TABLE bad;\n";
  const bad = await validate(fresh, { ...GOOD, "4_bad.sql": left });
  expect(bad.afterDown.map(({ object }) => object).join()).toContain("left_over");
  expect(bad.migrations.map(({ againMs }) => againMs)).toEqual([undefined, undefined, undefined, undefined]);
  const sold = await validate(fresh, { "0_sold.sql": "-- UP\nCREATE TABLE sold ();\n-- irreversible: sold\n", ...GOOD });
  expect(sold).toMatchObject({ floor: { version: "0", why: "it is irreversible (sold)" }, afterDown: [], afterAgain: [] });
  expect(sold.migrations.map(({ downMs }) => downMs === undefined)).toEqual([true, false, false, false]);
  // A sequence that stays tells the second time from the first.
  const second =
    "-- UP\nCREATE SEQUENCE IF NOT EXISTS s; DO $$ BEGIN IF nextval('public.s') > 1 THEN CREATE TABLE more (); END IF; END $$;\n-- DOWN\nDROP TABLE IF EXISTS more;\n";
  const base = "-- UP\nCREATE SEQUENCE s;\n-- irreversible\n";
  const other = await validate(fresh, { "1_base.sql": base, "2_other.sql": second });
  expect(other.afterDown).toEqual([]);
  expect(other.afterAgain.map(({ object }) => object).join()).toContain("more");
  const failure = await failureOf(
    validate(fresh, { "1_a.sql": "-- UP\nCREATE TABLE nowhere.bad ();\n-- DOWN\nDROP TABLE nowhere.bad;\n" }),
  );
  expect(failure).toMatchObject({ code: "3F000", message: expect.stringContaining("migrations/1_a.sql:2") as string });
  expect(await beside(fresh)).toEqual([]);
});

test("drift is told object by object, against what the history made, whatever the files say now", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, GOOD);
  const one = { "1_orders.sql": GOOD["1_orders.sql"] };
  await fresh.sql("CREATE INDEX by_hand ON orders (note)");
  const { drift } = await validate(fresh, one, { drift: true });
  expect(drift).toMatchObject([{ object: expect.stringContaining("by_hand") as string, first: undefined }]);
  await fresh.sql("DROP INDEX by_hand");
  expect(await validate(fresh, one, { drift: true })).toMatchObject({ drift: [] });
  expect(await history(fresh)).toHaveLength(3);
});

test("what a killed run left is swept by the next one, by name and age; an interrupted one takes its own along", async () => {
  await using fresh = await freshDatabase();
  const stopped = world();
  const interrupted = failureOrCancelled(
    validate(fresh, { "1_wait.sql": "-- UP\nSELECT pg_sleep(600);\n-- DOWN\nSELECT 1;\n" }, { world: stopped }),
  );
  await until(
    async () =>
      (await fresh.superuser(`SELECT FROM pg_stat_activity WHERE usename = '${fresh.owner}' AND query LIKE '%pg_sleep%'`)).length > 0,
  );
  expect(await beside(fresh)).toHaveLength(1);
  stopped.cancel();
  expect(await interrupted).toBeInstanceOf(Cancelled);
  expect(await beside(fresh)).toEqual([]);
  const old = newSideName(fresh.name, "validate", new Date(Date.now() - 3_600_000));
  const young = newSideName(fresh.name, "validate", new Date());
  const used = newSideName(fresh.name, "validate", new Date(Date.now() - 3_600_000));
  for (const side of [old, young, used]) await fresh.superuser(`CREATE DATABASE "${side}" OWNER "${fresh.owner}"`);
  await using _living = await databaseAt(fresh.url.replace(/[^/]+$/, used)).connect("look");
  expect(await sweepSides(open(fresh), ["validate"], world().ports.report)).toEqual([old]);
  expect([...(await beside(fresh))].sort()).toEqual([young, used].sort());
});

async function failureOrCancelled(attempt: Promise<unknown>): Promise<unknown> {
  return await attempt.then(
    () => undefined,
    (error: unknown) => firstError(error),
  );
}
