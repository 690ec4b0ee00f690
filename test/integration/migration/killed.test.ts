import { type ChildProcess, spawn } from "node:child_process";
import { createServer, connect, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { applyMigrations } from "../../../src/migration/apply.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { apply, databaseAt, failureOf, history, migrations, tables, until, world } from "./world.ts";

type Files = Readonly<Record<string, string>>;

function start(fresh: FreshDatabase, files: Files): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL("child.ts", import.meta.url)), fresh.url, JSON.stringify(files)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function running(fresh: FreshDatabase, query: string): Promise<boolean> {
  const rows = await fresh.sql(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'savepoint migrate run%' AND query LIKE $1 AND state = 'active'",
    [`${query}%`],
  );
  return rows.length > 0;
}

test("killed inside of a file: nothing of it is there, its session is ended, and the next run applies it", async () => {
  await using fresh = await freshDatabase();
  const slow: Files = { "1_a.sql": "-- UP\nCREATE TABLE a ();", "2_b.sql": "-- UP\nCREATE TABLE b ();\nSELECT pg_sleep(600);" };
  const child = start(fresh, slow);
  await until(async () => await running(fresh, "SELECT pg_sleep(600)"));
  await kill(child);
  expect(await history(fresh)).toEqual(["1 applied"]);
  expect(await tables(fresh)).toEqual(["a", "schema_migrations"]);
  const seen = world();
  expect(await apply(fresh, { ...slow, "2_b.sql": "-- UP\nCREATE TABLE b ();" }, { world: seen })).toEqual({
    applied: ["2"],
    pending: [],
    current: "2",
  });
  expect(seen.said.join()).toContain("Ended what a killed migration run left running");
  expect(await running(fresh, "SELECT pg_sleep(600)")).toBe(false);
});

test("killed while an index is built: the history says where, and the next run drops the INVALID one and builds it", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE t (x int)");
  const files: Files = {
    "1_x.sql": "-- UP\n-- no-transaction\nCREATE TABLE before ();\nCREATE INDEX CONCURRENTLY t_x ON t (x);\nCREATE TABLE after ();",
  };
  const holder = await databaseAt(fresh.url).connect("holder");
  await holder.exec("BEGIN; INSERT INTO t VALUES (1)");
  const child = start(fresh, files);
  await until(async () => (await fresh.sql("SELECT FROM pg_index WHERE indexrelid = to_regclass('t_x')")).length > 0);
  await kill(child);
  await fresh.superuser(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'savepoint migrate run%'",
  );
  await until(async () => !(await running(fresh, "CREATE INDEX")));
  expect(await fresh.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_x'::regclass")).toEqual([{ indisvalid: false }]);
  const [row] = await fresh.sql("SELECT state, progress FROM schema_migrations");
  expect(row).toEqual({ state: "running", progress: { direction: "up", done: 1, of: 3, intent: { index: 1, existed: false } } });
  await holder[Symbol.asyncDispose]();
  expect((await apply(fresh, files)).applied).toEqual(["1"]);
  expect(await fresh.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_x'::regclass")).toEqual([{ indisvalid: true }]);
  expect(await tables(fresh)).toEqual(["after", "before", "schema_migrations", "t"]);
});

test("killed between the index's end and our note of it: it is not built twice", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE t (x int)");
  const files: Files = { "1_x.sql": "-- UP\n-- no-transaction\nCREATE INDEX CONCURRENTLY t_x ON t (x);\nSELECT nothing;" };
  await failureOf(apply(fresh, files));
  await fresh.sql(
    `UPDATE schema_migrations SET state = 'running', progress = '{"direction": "up", "done": 0, "of": 2, "intent": {"index": 0, "existed": false}}'`,
  );
  const [before] = await fresh.sql("SELECT 't_x'::regclass::oid AS oid");
  expect((await apply(fresh, { "1_x.sql": files["1_x.sql"]!.replace("nothing", "1") })).applied).toEqual(["1"]);
  expect(await fresh.sql("SELECT 't_x'::regclass::oid AS oid")).toEqual([before]);
});

test("killed at any moment, a run is taken up by the next one until all is applied exactly once", async () => {
  await using fresh = await freshDatabase();
  const files: Record<string, string> = {};
  for (let number = 10; number < 22; number += 1) {
    files[`${number}_t.sql`] = `-- UP\nCREATE TABLE t${number} (x int);\nINSERT INTO t${number} VALUES (1);\nSELECT pg_sleep(0.02);`;
    files[`${number + 20}_i.sql`] =
      `-- UP\n-- no-transaction\nINSERT INTO t${number} VALUES (2);\nCREATE INDEX CONCURRENTLY t${number}_x ON t${number} (x);\nALTER TABLE t${number} ADD y int;`;
  }
  let kills = 0;
  for (let round = 0; round < 10; round += 1) {
    const child = start(fresh, files);
    await until(
      async () =>
        child.exitCode !== null ||
        (
          await fresh.sql(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'savepoint migrate run%'",
          )
        ).length > 0,
    );
    await sleep(round * 17);
    if (child.exitCode === null) kills += 1;
    await kill(child);
  }
  await apply(fresh, files);
  expect(kills).toBeGreaterThan(3);
  expect((await history(fresh)).toSorted()).toEqual(
    Object.keys(files)
      .map((name) => `${name.split("_")[0]} applied`)
      .toSorted(),
  );
  for (let number = 10; number < 22; number += 1) {
    expect(await fresh.sql(`SELECT x, y FROM t${number} ORDER BY x`)).toEqual([
      { x: 1, y: null },
      { x: 2, y: null },
    ]);
    expect(await fresh.sql(`SELECT indisvalid FROM pg_index WHERE indrelid = 't${number}'::regclass`)).toEqual([{ indisvalid: true }]);
  }
});

/** A server in between that cuts the line when the client sends COMMIT: before or after passing it on. */
async function cuttingProxy(port: number, when: "before" | "after"): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("data", (data: Buffer) => {
      if (cut || !data.includes("COMMIT\0")) {
        upstream.write(data);
        return;
      }
      cut = true;
      client.destroy();
      if (when === "before") upstream.destroy();
      else upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => void (client.destroyed || client.write(data)));
    upstream.on("close", () => client.destroy());
    client.on("close", () => setTimeout(() => upstream.destroy(), 1000));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test("a connection that drops while a statement of a file without a transaction is committed: it is not run a second time", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE t (x int)");
  const files = { "1_t.sql": "-- UP\n-- no-transaction\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);" };
  const url = new URL(fresh.url);
  const proxy = await cuttingProxy(Number(url.port), "after");
  url.port = String(proxy.port);
  try {
    const applying = applyMigrations({
      database: databaseAt(url.href),
      migrations: migrations(files),
      ports: world().ports,
      limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
      appliedBy: "t",
      deployId: undefined,
    });
    expect((await failureOf(applying)).code).toBe("connection-lost");
  } finally {
    proxy.close();
  }
  expect(await fresh.sql("SELECT state, progress->'done' AS done FROM schema_migrations")).toEqual([{ state: "running", done: 1 }]);
  await apply(fresh, files);
  expect(await fresh.sql("SELECT x FROM t ORDER BY x")).toEqual([{ x: 1 }, { x: 2 }]);
});

test.each(["before", "after"] as const)(
  "a connection that drops %s COMMIT arrived: the database is asked, and what it says is reported",
  async (when) => {
    await using fresh = await freshDatabase();
    await apply(fresh, { "1_a.sql": "-- UP\nCREATE TABLE a ();" });
    const files = { "1_a.sql": "-- UP\nCREATE TABLE a ();", "2_b.sql": "-- UP\nCREATE TABLE b ();" };
    const url = new URL(fresh.url);
    const proxy = await cuttingProxy(Number(url.port), when);
    url.port = String(proxy.port);
    const seen = world();
    try {
      const applying = applyMigrations({
        database: databaseAt(url.href),
        migrations: migrations(files),
        ports: seen.ports,
        limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
        appliedBy: "tester@lab",
        deployId: undefined,
      });
      if (when === "after") {
        expect((await applying).applied).toEqual(["2"]);
        expect(seen.warned.join()).toContain("the database says that it was committed");
        expect(await history(fresh)).toEqual(["1 applied", "2 applied"]);
      } else {
        expect(await failureOf(applying)).toMatchObject({ code: "rolled-back", outputs: { applied: [], pending: ["2"] } });
        expect(await tables(fresh)).toEqual(["a", "schema_migrations"]);
      }
    } finally {
      proxy.close();
    }
  },
);
