import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackup } from "../../src/backup/create.ts";
import { restoreToSide } from "../../src/backup/restore.ts";
import { BackupStore } from "../../src/backup/store.ts";
import type { Command, Machine } from "../../src/core/machine.ts";
import { Secret } from "../../src/core/secret.ts";
import { openConfiguredDatabase, outsideTarget } from "../../src/deploy/database/database.ts";
import type { Shared } from "../../src/config/shared.ts";
import { endLeftovers } from "../../src/machine/process/leftovers.ts";
import { listFolder, makeDirectory } from "../../src/machine/files/files.ts";
import { connectSsh } from "../../src/machine/ssh/ssh.ts";
import type { Database } from "../../src/postgres/database.ts";
import { dropDatabase } from "../../src/postgres/drop-database.ts";
import { docker } from "../lab/engine.ts";
import { type Host, startHost } from "../lab/host.ts";
import { POSTGRES_IMAGE } from "../lab/images.ts";
import { silentReport, workflowWorld } from "../lab/machines.ts";
import { needs } from "../lab/needs.ts";

await needs("engine", "host");

const ROWS = 20_000;
const signal = new AbortController().signal;
const ports = { clock: { now: () => new Date(), sleep: async () => undefined }, report: silentReport, signal };

const REQUEST = {
  identity: { app: "shop", environment: "production" },
  purpose: "pre-deploy",
  readHistory: async () => [],
  ports,
} as const;

let host: Host;
let directory: string;

beforeAll(async () => {
  host = await startHost();
  directory = join(host.folder, "a shop's");
  await mkdir(directory);
  const postgres = {
    image: POSTGRES_IMAGE,
    environment: { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "hidden word" },
    command: ["-c", "fsync=off"],
    healthcheck: { test: "pg_isready -h 127.0.0.1", interval: "1h", start_period: "120s", start_interval: "300ms" },
  };
  const services = { postgres, published: { ...postgres, ports: ["127.0.0.1::5432"] } };
  await writeFile(join(directory, "compose.yaml"), JSON.stringify({ name: "savepoint-service-host", services }));
  const { stdout } = await (await connected()).run({ words: ["id", "-u"] });
  await chown(directory, Number(stdout), Number(stdout));
  await docker(["compose", "up", "--detach", "--wait", "--quiet-pull"], { cwd: directory });
});

afterAll(async () => {
  await docker(["compose", "down", "--volumes", "--timeout=1"], { cwd: directory });
  await host[Symbol.asyncDispose]();
});

async function connected(): Promise<Machine> {
  return await connectSsh(
    { user: host.user, host: host.address, port: host.port, key: new Secret(host.key), knownHosts: host.knownHosts },
    workflowWorld,
  );
}

async function databaseOn(machine: Machine, name = "postgres"): Promise<Database> {
  const shared = { "app-dir": directory, "compose-command": "docker compose", "database-service": name } as Shared;
  const database = await openConfiguredDatabase({ shared, machine, here: machine, mask: () => undefined, say: () => undefined });
  if (database === undefined) throw new Error("no database");
  return database;
}

async function inside(name = "postgres"): Promise<readonly string[]> {
  const all = (await docker(["compose", "exec", "--no-TTY", name, "ps", "-o", "args"], { cwd: directory })).split("\n").slice(1);
  return all.map((line) => line.trim()).filter((line) => /pg_dump|pg_restore|\bnc\b|sleep/.test(line));
}

async function eventually(look: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(await look())) {
    if (Date.now() > until) throw new Error("never");
    await new Promise((done) => setTimeout(done, 200));
  }
}

test.each(["postgres", "published"])(
  "over SSH, a host with nothing but docker dumps, verifies and restores a service, and no byte of the dump comes through us: %s",
  async (name) => {
    await using machine = await connected();
    const folder = `${host.home}/backups ${name}`;
    const streams: Command[] = [];
    const watched: Machine = {
      ...machine,
      run: async (command) => {
        const streamed = command.stdout !== undefined || command.stdin instanceof Readable;
        if (streamed && command.words.some((word) => word.startsWith(`${folder}/`))) streams.push(command);
        return await machine.run(command);
      },
    };
    const database = await databaseOn(watched, name);
    {
      await using connection = await database.connect("test");
      await connection.exec(
        `CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, ${ROWS}) n`,
      );
    }
    const store = new BackupStore(watched, folder);
    const manifest = await createBackup({ ...REQUEST, database, store, verify: "restore" });
    expect(manifest).toMatchObject({ verified: "restore", rows: { "public.orders": ROWS } });
    expect((await listFolder(machine, store.directory)).map((entry) => entry.size)).toContain(manifest.sizeBytes);
    const { side } = await restoreToSide({ database, store, manifest, side: "shop_side", ports });
    await dropDatabase(database, side);
    expect(streams).toEqual([]);
    await eventually(async () => (await inside(name)).length === 0);
  },
);

test("over SSH, a disk that fills up while a service is dumped fails the backup by that name, and ends the dump in the container", async () => {
  await using machine = await connected();
  const database = await databaseOn(machine, "published");
  const folder = `${host.home}/small`;
  await makeDirectory(machine, folder);
  const takeAway = await host.smallDisk(folder, "24m");
  try {
    const store = new BackupStore(machine, folder);
    await createBackup({ ...REQUEST, database, store, verify: "read" });
    const before = await listFolder(machine, folder);
    {
      await using connection = await database.connect("test");
      await connection.exec("CREATE TABLE big AS SELECT sha512(n::text::bytea) AS bytes FROM generate_series(1, 400000) n");
    }
    const failure: unknown = await createBackup({ ...REQUEST, database, store, verify: "read" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "disk-full", message: expect.stringMatching(/^The disk is full: pg_dump failed/) });
    expect(await listFolder(machine, folder)).toEqual(before);
    expect(await inside("published")).toEqual([]);
  } finally {
    await takeAway();
  }
});

test("over SSH, a program on the host is given an address at which it reaches the service, where there is one", async () => {
  await using machine = await connected();
  const target = await outsideTarget(await databaseOn(machine));
  if (target !== undefined) (await machine.dial({ host: target.host, port: target.port })).destroy();
});

test("over SSH, what a lost run left in the container is ended by the next one", async () => {
  await using machine = await connected();
  const running = `${host.home}/running`;
  await makeDirectory(machine, running);
  const lost = await connected();
  const database = await databaseOn(lost);
  const left = database.toolsOn.run({ words: ["sleep", "3005"], noteIn: `${running}/one` });
  left.catch(() => undefined);
  await eventually(async () => (await inside()).length > 0);
  await lost[Symbol.asyncDispose]();
  await left.catch(() => undefined);
  await endLeftovers(machine, running);
  expect(await inside()).toEqual([]);
  expect(await listFolder(machine, running)).toEqual([]);
});
