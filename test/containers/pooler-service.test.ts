import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBackup } from "../../src/backup/create.ts";
import { BackupStore } from "../../src/backup/store.ts";
import type { Shared } from "../../src/config/shared.ts";
import { Failure } from "../../src/core/failure.ts";
import { openConfiguredDatabase } from "../../src/deploy/database/database.ts";
import { localMachine } from "../../src/machine/process/local.ts";
import { applyMigrations } from "../../src/migration/apply.ts";
import { databaseAddress } from "../../src/postgres/address.ts";
import type { Database } from "../../src/postgres/database.ts";
import { docker, engineEnv } from "../lab/engine.ts";
import { POSTGRES_IMAGE } from "../lab/images.ts";
import { silentReport } from "../lab/machines.ts";
import { needs } from "../lab/needs.ts";
import { buildPgbouncer } from "../lab/pgbouncer-image.ts";
import { migrations, world } from "../integration/migration/world.ts";

await needs("engine");

const IMAGE = "savepoint-lab/pgbouncer";
const MODES = ["session", "transaction", "statement"] as const;

let folder: string;
const here = localMachine({ env: { ...process.env, ...engineEnv() } });

beforeAll(async () => {
  await buildPgbouncer(IMAGE);
  folder = await mkdtemp(join(tmpdir(), "savepoint-pooler-"));
  const poolers = MODES.map((mode) => [mode, { image: IMAGE, volumes: [`./${mode}.ini:/srv/pgbouncer.ini:ro`] }] as const);
  const services = {
    postgres: {
      image: POSTGRES_IMAGE,
      environment: { POSTGRES_PASSWORD: "superuser" },
      command: ["-c", "fsync=off"],
      healthcheck: { test: "pg_isready -h 127.0.0.1", interval: "1h", start_period: "120s", start_interval: "300ms" },
    },
    ...Object.fromEntries(poolers),
    // As images do that are told of the server by the server's own names.
    named: {
      image: IMAGE,
      volumes: ["./session.ini:/srv/pgbouncer.ini:ro"],
      environment: { POSTGRESQL_HOST: "postgres", PGBOUNCER_PORT: "6432" },
    },
  };
  await writeFile(join(folder, "compose.yaml"), JSON.stringify({ name: "savepoint-pooler", services }));
  for (const mode of MODES) {
    const lines = [
      "[databases]",
      "* = host=postgres port=5432 user=app password=secret",
      "[pgbouncer]",
      "listen_addr = 0.0.0.0",
      "listen_port = 6432",
      "unix_socket_dir =",
      "auth_type = any",
      `pool_mode = ${mode}`,
    ];
    await writeFile(join(folder, `${mode}.ini`), `${lines.join("\n")}\n`);
  }
  await docker(["compose", "up", "--detach", "--wait", "--quiet-pull"], { cwd: folder });
  const database = await open({ "database-service": "postgres" });
  await using connection = await database.connect("test");
  await connection.exec("CREATE ROLE app LOGIN PASSWORD 'secret'");
  for (const mode of MODES) await connection.exec(`CREATE DATABASE shop_${mode} OWNER app`);
});

afterAll(async () => {
  await docker(["compose", "down", "--volumes", "--timeout=1"], { cwd: folder });
  await rm(folder, { recursive: true });
});

async function open({ "database-url": url, ...rest }: Readonly<Record<string, string>>): Promise<Database> {
  const shared = {
    "app-dir": folder,
    "compose-command": "docker compose",
    ...rest,
    ...(url !== undefined && { "database-url": databaseAddress.parse(url) }),
  } as unknown as Shared;
  const found = await openConfiguredDatabase({ shared, machine: here, here, mask: () => undefined, say: () => undefined });
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

describe.each(MODES)("a pgbouncer in %s mode as a service of the project", (mode) => {
  test("is what the application's URL goes through, and migrations and backups go to the database's own service", async () => {
    const database = await open({ "database-service": "postgres", "database-url": `postgres://app:secret@${mode}:6432/shop_${mode}` });
    expect(database.target).toMatchObject({ user: "app", port: 5432 });
    await using connection = await database.connect("test");
    // A session of its own, with the server itself at the other end.
    expect(connection.keyPid).toBe(connection.pid);
    expect(await connection.query("SELECT current_user AS who, current_database() AS name")).toEqual([
      { who: "app", name: `shop_${mode}` },
    ]);
    await applyMigrations({
      database,
      migrations: migrations({ "001_notes.sql": "-- UP\nCREATE TABLE notes (id int);\n-- DOWN\nDROP TABLE notes;\n" }),
      ports: world().ports,
      limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
      appliedBy: "tester@lab",
      deployId: undefined,
    });
    const directory = await mkdtemp(join(tmpdir(), "savepoint-pooler-backups-"));
    const manifest = await createBackup({
      database,
      store: new BackupStore(here, directory),
      identity: { app: "shop", environment: "production" },
      purpose: "pre-deploy",
      verify: "restore",
      readHistory: async () => [],
      ports: { clock: { now: () => new Date(), sleep: async () => undefined }, report: silentReport, signal: new AbortController().signal },
    });
    expect(manifest).toMatchObject({ verified: "restore", rows: { "public.notes": 0 } });
    await rm(directory, { recursive: true });
  });

  test("is refused as `database-service`, with the one that works by name", async () => {
    const refused = await failureOf(open({ "database-service": mode }));
    expect(refused).toMatchObject({ exit: 2, code: "not-postgres" });
    expect(refused.message).toContain(`the service ${mode}`);
    expect(refused.hint).toContain("Give `database-service: postgres`");
  });
});

test("a pooler whose image knows the server's names is told by its own", async () => {
  const refused = await failureOf(open({ "database-service": "named" }));
  expect(refused).toMatchObject({ exit: 2, code: "not-postgres" });
  expect(refused.message).toContain("the service named on");
  expect(refused.message).toContain("is a pooler, and not the server");
  expect(refused.hint).toContain("Give `database-service: postgres`");
});
