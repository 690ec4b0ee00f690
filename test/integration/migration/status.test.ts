import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAllHistories } from "../../../src/migration/recorded.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { NODE } from "../../lab/program.ts";
import { startProxy } from "../../lab/proxy.ts";
import { apply, databaseAt, open } from "./world.ts";

const COMMITTED = join(import.meta.dirname, "../../../dist/cli.js");

const table = (name: string): string => `-- UP\nCREATE TABLE ${name} (x int);\n-- DOWN\nDROP TABLE ${name};\n`;

/** As the tools make them, with a time of each kind. */
const TOOLS = `
  SET TimeZone = 'UTC';
  CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL, applied_steps_count INTEGER NOT NULL);
  INSERT INTO _prisma_migrations VALUES ('a', 'aa', '2026-01-01 00:00:01.5', '1_init', NULL, NULL, '2026-01-01', 1), ('b', 'bb', NULL, '2_half', NULL, NULL, '2026-01-02', 0);
  CREATE TABLE flyway_schema_history (installed_rank INT PRIMARY KEY, version VARCHAR(50), description VARCHAR(200), type VARCHAR(20), script VARCHAR(1000), checksum INTEGER,
    installed_by VARCHAR(100), installed_on TIMESTAMP, execution_time INTEGER, success BOOLEAN);
  INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', 1, 'me', '2026-01-03', 12, true);
  CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
  INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('1_a.js', 1, '2026-01-04');
  CREATE TABLE pgmigrations (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
  INSERT INTO pgmigrations (name, run_on) VALUES ('1_a', '2026-01-05');
  CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL);
  INSERT INTO goose_db_version VALUES (1, 0, true, '2026-01-06'), (2, 1, true, '2026-01-06');
  CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text, installed_on timestamptz, success boolean, checksum bytea, execution_time bigint);
  INSERT INTO _sqlx_migrations VALUES (1, 'a', '2026-01-07', true, '\\x00', 5000000);
  CREATE TABLE "SequelizeMeta" (name varchar(255) PRIMARY KEY);
  INSERT INTO "SequelizeMeta" VALUES ('1_a.js');
  CREATE TABLE homemade (step int, note text);
  INSERT INTO homemade VALUES (7, 'x');
  CREATE TABLE zz_migrations (id int PRIMARY KEY, name text, run_on bigint);
  INSERT INTO zz_migrations VALUES (1, '1_a', 1767225600);`;

test("the histories of other tools tell who, when and how long, whatever kind of time they keep", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql(TOOLS);
  // What the database says of time zones changes nothing.
  await fresh.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''Asia/Tokyo''', current_database()); END $$");
  await using connection = await open(fresh).connect("look", { asApp: true });
  const { others, place } = await readAllHistories(connection, ["homemade"]);
  expect(place).toBeUndefined();
  expect(
    others.map(({ tool, entries }) => [
      tool,
      ...entries.map(({ version, state, at, tookMs, by }) => [version, state, at?.toISOString().slice(0, 13), tookMs, by]),
    ]),
  ).toEqual([
    ["sequelize", ["1_a.js", "applied", undefined, undefined, undefined]],
    ["prisma", ["1_init", "applied", "2026-01-01T00", 1500, undefined], ["2_half", "failed", "2026-01-02T00", undefined, undefined]],
    ["sqlx", ["1", "applied", "2026-01-07T00", 5, undefined]],
    ["flyway", ["1", "applied", "2026-01-03T00", 12, "me"]],
    ["goose", ["1", "applied", "2026-01-06T00", undefined, undefined]],
    ["unknown", ["7", "applied", undefined, undefined, undefined]],
    ["knex", ["1_a.js", "applied", "2026-01-04T00", undefined, undefined]],
    ["node-pg-migrate", ["1_a", "applied", "2026-01-05T00", undefined, undefined]],
    // Of the same columns, and somebody's own: no time, and no failure.
    ["node-pg-migrate", ["1_a", "applied", undefined, undefined, undefined]],
  ]);
});

test("migrate status tells each version and who applied it when, and ends with 3 where a person is needed", async () => {
  await using fresh = await freshDatabase();
  const checkout = await mkdtemp(join(tmpdir(), "savepoint-status-"));
  try {
    await mkdir(join(checkout, "migrations"));
    const write = async (name: string, text: string) => await writeFile(join(checkout, "migrations", name), text);
    const status = (...words: readonly string[]) => {
      const run = spawnSync(NODE, [COMMITTED, "migrate", "status", "--app", "shop", ...words], {
        cwd: checkout,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: checkout, SAVEPOINT_DATABASE_URL: fresh.url },
      });
      return { ...run, json: words.includes("--json") ? (JSON.parse(run.stdout) as unknown) : undefined };
    };
    await apply(fresh, { "1_a.sql": table("a"), "3_c.sql": table("c") });
    for (const name of ["a", "b", "c"]) await write(`${"abc".indexOf(name) + 1}_${name}.sql`, table(name));
    expect(status("--json").json).toMatchObject({
      exit: 0,
      headline: "shop/production: 2 migrations applied, 1 migration pending, 1 out of order",
      outputs: { applied: ["1", "3"], pending: ["2"], current: "3" },
      details: {
        needs: [],
        migrations: [
          { version: "1", state: "applied", by: "tester@lab", deploy: "20261120T143022Z-abc1234" },
          { version: "2", state: "pending", outOfOrder: true },
          { version: "3", state: "applied" },
        ],
      },
    });
    await write("3_c.sql", table("changed"));
    await rm(join(checkout, "migrations/1_a.sql"));
    const red = status();
    expect(red.status).toBe(3);
    expect(red.stdout + red.stderr).toContain("3_c.sql changed after it was applied: put it back as it was");
    expect(red.stdout + red.stderr).toContain("1 (a) is applied, and its file is not here");
    // Prisma's folder is none of ours: its history is all there is to tell.
    await rm(join(checkout, "migrations"), { recursive: true });
    await fresh.sql("DROP TABLE schema_migrations");
    await fresh.sql(TOOLS);
    await fresh.sql("UPDATE _prisma_migrations SET finished_at = started_at");
    const other = status("--json").json as { readonly outputs: Readonly<Record<string, unknown>> };
    expect(other).toMatchObject({
      exit: 0,
      headline: expect.stringContaining("2 migrations applied in public._prisma_migrations") as string,
    });
    expect(other.outputs).not.toHaveProperty("pending");
  } finally {
    await rm(checkout, { recursive: true });
  }
});

test("where there is nothing to do, a look at the histories is two round trips", async () => {
  await using fresh = await freshDatabase();
  await apply(fresh, { "1_a.sql": table("a") });
  await fresh.sql(TOOLS);
  const url = new URL(fresh.url);
  await using proxy = await startProxy(Number(url.port));
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  const turns = async (look: boolean): Promise<number> => {
    const before = proxy.turns;
    await using connection = await databaseAt(url.href).connect("look", { asApp: true });
    if (look) await readAllHistories(connection, ["homemade"]);
    return proxy.turns - before;
  };
  await turns(false);
  expect((await turns(true)) - (await turns(false))).toBe(2);
});
