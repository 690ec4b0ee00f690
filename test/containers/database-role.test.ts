import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackup } from "../../src/backup/create.ts";
import { restoreToSide } from "../../src/backup/restore.ts";
import { BackupStore } from "../../src/backup/store.ts";
import type { Shared } from "../../src/config/shared.ts";
import { Failure } from "../../src/core/failure.ts";
import { openConfiguredDatabase, outsideTarget } from "../../src/deploy/database/database.ts";
import { localMachine } from "../../src/machine/process/local.ts";
import { applyMigrations } from "../../src/migration/apply.ts";
import { databaseAddress } from "../../src/postgres/address.ts";
import { connectionUrl } from "../../src/postgres/connection-url.ts";
import type { Database } from "../../src/postgres/database.ts";
import { swapDatabases } from "../../src/postgres/swap.ts";
import { docker, engineEnv } from "../lab/engine.ts";
import { POSTGRES_IMAGE } from "../lab/images.ts";
import { silentReport } from "../lab/machines.ts";
import { needs } from "../lab/needs.ts";
import { migrations, world } from "../integration/migration/world.ts";

await needs("engine");

const PASSWORD = "app's wörd/@";
const APP = `postgres://app:${encodeURIComponent(PASSWORD)}`;

let folder: string;
const here = localMachine({ env: { ...process.env, ...engineEnv() } });
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-role-"));
  const postgres = {
    image: POSTGRES_IMAGE,
    environment: { POSTGRES_PASSWORD: "the superuser's" },
    command: ["-c", "fsync=off"],
    healthcheck: { test: "pg_isready -h 127.0.0.1", interval: "1h", start_period: "120s", start_interval: "300ms" },
  };
  const services = {
    postgres: { ...postgres, networks: { default: { aliases: ["db.shop.internal"] } } },
    other: postgres,
    slow: {
      ...postgres,
      entrypoint: ["sh", "-c", "sleep 4; exec docker-entrypoint.sh postgres -c fsync=off"],
      command: [],
      profiles: ["slow"],
    },
  };
  await writeFile(join(folder, "compose.yaml"), JSON.stringify({ name: "savepoint-role", services }));
  await writeFile(join(folder, ".env"), `DATABASE_URL="${APP}@postgres:5432/shop"\n`);
  await compose("up", "--detach", "--wait", "--quiet-pull");
  await using connection = await (await open()).connect("test");
  await connection.exec(`CREATE ROLE app LOGIN PASSWORD 'app''s wörd/@'`);
  await connection.exec("CREATE DATABASE shop OWNER app");
});

afterAll(async () => {
  await compose("--profile=slow", "down", "--volumes", "--timeout=1");
  await rm(folder, { recursive: true });
});

async function compose(...words: readonly string[]): Promise<string> {
  return await docker(["compose", ...words], { cwd: folder });
}

async function open(settings: Readonly<Record<string, string>> = {}): Promise<Database> {
  const { "database-url": url, ...rest } = { "database-service": "postgres", ...settings } as Readonly<Record<string, string>>;
  const shared = {
    "app-dir": folder,
    "compose-command": "docker compose",
    ...rest,
    ...(url !== undefined && { "database-url": databaseAddress.parse(url) }),
  } as unknown as Shared;
  const found = await openConfiguredDatabase({ shared, machine: here, here, mask: () => undefined, say: (text) => void said.push(text) });
  if (found === undefined) throw new Error("no database");
  return found;
}

async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no Failure: ${String(error)}`);
}

const signal = new AbortController().signal;
const ports = { clock: { now: () => new Date(), sleep: async () => undefined }, report: silentReport, signal };

test("beside a service, database-url is the application's role: it migrates; the service's own backs up, restores and swaps", async () => {
  const database = await open({ "database-url": "env:DATABASE_URL" });
  expect([database.name, database.target.user, database.adminTarget.user]).toEqual(["shop", "app", "postgres"]);
  await applyMigrations({
    database,
    migrations: migrations({ "001_notes.sql": "-- UP\nCREATE TABLE notes (id int);\n-- DOWN\nDROP TABLE notes;\n" }),
    ports: world().ports,
    limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
    appliedBy: "tester@lab",
    deployId: undefined,
  });
  const owners = async (): Promise<unknown> => {
    await using connection = await database.connect("test");
    return await connection.query(
      "SELECT current_user AS me, tablename AS name, tableowner AS owner FROM pg_tables WHERE schemaname = 'public' ORDER BY 2",
    );
  };
  const expected = [
    { me: "app", name: "notes", owner: "app" },
    { me: "app", name: "schema_migrations", owner: "app" },
  ];
  expect(await owners()).toEqual(expected);
  {
    // What the application may not read belongs to the backup all the same.
    await using admin = await database.connect("test", { admin: true });
    await admin.exec("CREATE SCHEMA hidden; CREATE TABLE hidden.rows AS SELECT 1 AS n");
    const seen = await admin.query("SELECT session_user AS who FROM pg_stat_activity WHERE pid = pg_backend_pid()");
    expect(seen).toEqual([{ who: "postgres" }]);
  }
  const directory = await mkdtemp(join(tmpdir(), "savepoint-role-backups-"));
  const store = new BackupStore(here, directory);
  const manifest = await createBackup({
    database,
    store,
    identity: { app: "shop", environment: "production" },
    purpose: "pre-deploy",
    verify: "restore",
    readHistory: async () => [],
    ports,
  });
  expect(manifest).toMatchObject({ verified: "restore", rows: { "hidden.rows": 1, "public.notes": 0 } });
  const { side } = await restoreToSide({ database, store, manifest, side: "shop_side", ports });
  await swapDatabases({ database, side, replacedAs: "shop_failed", report: silentReport });
  expect(await owners()).toEqual(expected);
  expect((await readdir(directory)).length).toBe(2);
  await rm(directory, { recursive: true });
});

test.each(["postgres", "localhost", "127.0.0.1", "db.shop.internal", "savepoint-role-postgres-1"])(
  "the server in such a URL is named as the application's container knows it: %s",
  async (host) => {
    const database = await open({ "database-url": `${APP}@${host}:5432/shop?schema=public&connection_limit=5` });
    await using connection = await database.connect("test");
    expect(await connection.query("SELECT current_user AS who, current_setting('search_path') AS path")).toEqual([
      { who: "app", path: '"public"' },
    ]);
    await using admin = await database.connect("test", { admin: true });
    expect(await admin.query("SELECT current_user AS who, current_database() AS name")).toEqual([{ who: "postgres", name: "shop" }]);
  },
);

test("a URL of another server than the service is refused, and both are named", async () => {
  expect(await failureOf(open({ "database-url": `postgres://postgres:the%20superuser's@other:5432/postgres` }))).toMatchObject({
    code: "other-server",
    exit: 2,
    message: expect.stringContaining("two different servers"),
    hint: expect.stringContaining("@postgres:5432/postgres"),
  });
  expect(await failureOf(open({ "database-url": `${APP}@db.example:5432/shop` }))).toMatchObject({
    code: "other-server",
    exit: 2,
    message: expect.stringContaining("not reached from the service postgres"),
  });
});

test("another tool gets the application's role, at an address at which the host reaches the service", async () => {
  const target = await outsideTarget(await open({ "database-url": "env:DATABASE_URL", schema: "public" }));
  if (target === undefined) throw new Error("no way");
  const finished = await here.run({
    words: ["sh", "-c", `psql -X -A -t "$DATABASE_URL" -c "SELECT current_user || ' ' || current_setting('search_path')"`],
    env: { DATABASE_URL: connectionUrl(target) },
  });
  expect(finished).toMatchObject({ code: 0, stdout: 'app "public"\n' });
});

test("a service whose container was just started is waited for, and that is said once", async () => {
  await compose("--profile=slow", "up", "--detach", "slow");
  said.length = 0;
  const database = await open({ "database-service": "slow" });
  await using connection = await database.connect("test");
  expect(await connection.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(said).toEqual([expect.stringMatching(/^The database is just starting; waiting for it, up to 30 s/)]);
});
