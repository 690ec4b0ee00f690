import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import { Secret } from "../../../src/core/secret.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { clientTools } from "../../../src/postgres/tools.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";

function open(
  fresh: FreshDatabase,
  change: { readonly password?: string; readonly database?: string; readonly port?: number } = {},
): Database {
  const target = parseTargetUrl(fresh.url);
  const here = localMachine();
  return openDatabase({
    target: {
      ...target,
      database: change.database ?? target.database,
      port: change.port ?? target.port,
      password: change.password === undefined ? target.password : new Secret(change.password),
    },
    dialFrom: here,
    toolsOn: here,
    held: { fence: 7, taken: true, confirm: async () => await Promise.resolve() },
  });
}

async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`expected a Failure, got ${String(error)}`);
}

test("a session carries our name and reads exact numbers", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("backup");
  const [row] = await connection.query(
    "SELECT current_setting('application_name') AS name, 9007199254740993::bigint AS big, 1.10::numeric AS exact, '2026-01-02 03:04:05+00'::timestamptz AS at",
  );
  expect(row).toEqual({
    name: `savepoint backup 7${open(fresh).holdersMark}`,
    big: 9007199254740993n,
    exact: "1.10",
    at: new Date("2026-01-02T03:04:05Z"),
  });
  expect(connection.pid).toBeGreaterThan(0);
  expect(connection.serverVersion).toBeGreaterThan(120_000);
});

test("looks that need nothing of each other are asked at once, each gets its own answer, and one that fails spoils no other", async () => {
  await using fresh = await freshDatabase();
  const seen: string[] = [];
  const here = localMachine();
  const watched = {
    ...here,
    dial: async (address: Parameters<typeof here.dial>[0]) => {
      const stream = await here.dial(address);
      const write = stream.write.bind(stream) as (...words: unknown[]) => boolean;
      stream.write = ((...words: unknown[]) => {
        seen.push("asked");
        return write(...words);
      }) as typeof stream.write;
      stream.on("data", () => seen.push("answered"));
      return stream;
    },
  };
  const database = openDatabase({ target: parseTargetUrl(fresh.url), dialFrom: watched, toolsOn: here });
  await using connection = await database.connect("look");
  seen.length = 0;
  const answers = await connection.atOnce(
    async () =>
      await Promise.allSettled([
        connection.query("SELECT pg_sleep(0.2), 1 AS n"),
        connection.query("SELECT 1 / ($1::int - 2) AS n", [2]),
        connection.query("SELECT $1::int AS n", [3]),
      ]),
  );
  expect(seen.filter((what) => what === "asked").length).toBeGreaterThanOrEqual(3);
  expect(seen.lastIndexOf("asked")).toBeLessThan(seen.indexOf("answered"));
  expect(answers).toMatchObject([
    { status: "fulfilled", value: [{ n: 1 }] },
    { status: "rejected", reason: { code: "22012" } },
    { status: "fulfilled", value: [{ n: 3 }] },
  ]);
  expect(await connection.transaction(async () => await connection.query("SELECT 4 AS n"))).toEqual([{ n: 4 }]);
});

test("limits that the application's role has do not bind our session, ours do", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser(
    `ALTER ROLE "${fresh.owner}" SET statement_timeout = '100ms'; ALTER ROLE "${fresh.owner}" SET datestyle = 'SQL, DMY'`,
  );
  const database = open(fresh);
  await using connection = await database.connect("check");
  await connection.query("SELECT pg_sleep(0.2)");
  const [row] = await connection.query<{ day: string; style: string }>(
    "SELECT '02/01/2026'::date AS day, current_setting('datestyle') AS style",
  );
  expect(row).toEqual({ day: "2026-01-02", style: "ISO, DMY" });
  await using limited = await database.connect("check", { statementTimeout: 1000 });
  expect((await failureOf(limited.query("SELECT pg_sleep(600)"))).code).toBe("57014");
});

/** The settings that a session of ours has of its own, where the server says this of itself instead of its version. */
async function settingsOfSession(url: string, said: string | undefined): Promise<Record<string, unknown>[]> {
  const here = localMachine();
  const between = {
    ...here,
    dial: async (address: Parameters<typeof here.dial>[0]) => {
      const stream = await here.dial(address);
      const emit = stream.emit.bind(stream) as (name: string | symbol, ...words: unknown[]) => boolean;
      stream.emit = ((name: string, ...words: unknown[]) => {
        const [chunk] = words;
        if (name !== "data" || said === undefined || !Buffer.isBuffer(chunk)) return emit(name, ...words);
        return emit(name, Buffer.from(chunk.toString("latin1").replace(/server_version\0\d\d/, said), "latin1"));
      }) as typeof stream.emit;
      return stream;
    },
  };
  const database = openDatabase({ target: parseTargetUrl(url), dialFrom: between, toolsOn: here });
  await using connection = await database.connect("look", { lockTimeout: 1234 });
  return await connection.query("SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' ORDER BY name");
}

test("whatever a server says of its version, a session has the same settings: all that the server knows of", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser("ALTER ROLE postgres SET session_replication_role = replica", "postgres");
  try {
    for (const url of [fresh.url, fresh.superuserUrl]) {
      const plain = await settingsOfSession(url, undefined);
      expect(plain).toContainEqual({ name: "lock_timeout", setting: "1234" });
      expect(plain).toContainEqual({ name: "search_path", setting: "" });
      expect(plain.some(({ name }) => name === "session_replication_role")).toBe(url === fresh.superuserUrl);
      // Newer than it is, so that a setting is missing; and nothing at all.
      for (const said of ["server_version\x0099", "server_versio_\x0015"]) expect(await settingsOfSession(url, said)).toEqual(plain);
    }
  } finally {
    await fresh.superuser("ALTER ROLE postgres RESET session_replication_role", "postgres");
  }
});

test("what keeps us out is named with the way in", async () => {
  await using fresh = await freshDatabase();
  const password = await failureOf(open(fresh, { password: "wrong-kN4ry" }).connect("check"));
  expect(password).toMatchObject({ code: "28P01", hint: expect.stringContaining("password") });
  expect(inspect(password, { depth: 9 })).not.toContain("kN4ry");
  expect(await failureOf(open(fresh, { database: "no such" }).connect("check"))).toMatchObject({
    code: "3D000",
    hint: expect.stringContaining('CREATE DATABASE "no such"'),
  });
  // The administrator enters by another setting, and the name is still the URL's.
  const named = { ...open(fresh, { database: "no such" }).target, setting: "`database-url`" };
  const here = open(fresh);
  const both = openDatabase({
    target: named,
    adminTarget: { ...here.target, setting: "the environment of the service" },
    dialFrom: here.dialFrom,
    toolsOn: here.toolsOn,
  });
  expect((await failureOf(both.connect("check", { admin: true }))).hint).toContain("Check the database's name in `database-url`");
  expect(await failureOf(open(fresh, { port: 1 }).connect("check"))).toMatchObject({
    code: "refused",
    message: expect.stringContaining("Cannot reach"),
  });
  await fresh.superuser(`REVOKE CONNECT ON DATABASE "${fresh.name}" FROM PUBLIC, "${fresh.owner}"`);
  expect(await failureOf(open(fresh).connect("check"))).toMatchObject({
    code: "42501",
    hint: expect.stringContaining("GRANT CONNECT ON DATABASE"),
  });
});

test("a missing password is said to be missing, whatever lies in the environment", async () => {
  await using fresh = await freshDatabase();
  const here = localMachine();
  const target = { ...parseTargetUrl(fresh.url), password: undefined };
  const failure = await failureOf(openDatabase({ target, dialFrom: here, toolsOn: here }).connect("check"));
  expect(failure).toMatchObject({ code: "28P01", message: expect.stringContaining("wants a password") });
});

test("an error of SQL shows its line, a caret, and no row's values", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("check");
  const syntax = await failureOf(connection.exec("CREATE TABLE t (mail text UNIQUE);\nSELEC 1;"));
  expect(syntax).toMatchObject({ code: "42601" });
  expect(syntax.evidence.slice(0, 2)).toEqual(["line 2: SELEC 1;", "        ^"]);
  await connection.exec("CREATE TABLE t (mail text UNIQUE); INSERT INTO t VALUES ('ana@example.com')");
  const double = await failureOf(connection.exec("INSERT INTO t VALUES ('ana@example.com')"));
  expect(double).toMatchObject({ code: "23505" });
  expect(double.evidence.join("\n")).toContain("t_mail_key");
  expect(`${double.message}${double.evidence.join("\n")}`).not.toContain("ana@");
});

test("a transaction that failed inside is not taken for committed", async () => {
  await using fresh = await freshDatabase();
  await using connection = await open(fresh).connect("check");
  await connection.exec("CREATE TABLE t (n int)");
  const failure = await failureOf(
    connection.transaction(async () => {
      await connection.exec("INSERT INTO t VALUES (1)");
      await failureOf(connection.exec("SELECT 1/0"));
    }),
  );
  expect(failure.code).toBe("25P02");
  expect(await connection.query("SELECT count(*) FROM t")).toEqual([{ count: 0n }]);
});

test("a session that the server ends fails its statement and does not end the process", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  await using connection = await database.connect("check");
  await fresh.superuser(`SELECT pg_terminate_backend(${connection.pid})`);
  const failure = await failureOf(connection.query("SELECT 1"));
  expect(["57P01", "connection-lost"]).toContain(failure.code);
});

test("cancelling ends the statement on the server too", async () => {
  await using fresh = await freshDatabase();
  const stop = new AbortController();
  await using connection = await open(fresh).connect("check", { signal: stop.signal });
  const sleeping = connection.query("SELECT pg_sleep(60)").catch((error: unknown) => error);
  while ((await fresh.superuser(`SELECT 1 FROM pg_stat_activity WHERE pid = ${connection.pid} AND state = 'active'`)).length === 0);
  stop.abort();
  expect(await sleeping).toBeInstanceOf(Cancelled);
  expect(await fresh.superuser(`SELECT 1 FROM pg_stat_activity WHERE pid = ${connection.pid} AND state = 'active'`)).toEqual([]);
});

test("client tools enter by the environment alone, also where the database's name is awkward", async () => {
  await using fresh = await freshDatabase(`a b'"=🐘 ${process.pid}`);
  const database = open(fresh);
  await using connection = await database.connect("check");
  const tools = await clientTools(database.toolsOn, Math.floor(connection.serverVersion / 10_000));
  const dump = await database.toolsOn.run({
    words: tools.words("psql", "-w", "-X", "-A", "-t", "-c", "SELECT current_database(), current_setting('application_name')"),
    env: { ...database.environment({ purpose: "backup" }), PGSERVICE: "elsewhere" },
  });
  expect({ code: dump.code, stdout: dump.stdout.trim(), stderr: dump.stderr }).toEqual({
    code: 0,
    stdout: `${fresh.name}|savepoint backup 7${database.holdersMark}`,
    stderr: "",
  });
  expect(tools.path("pg_dump")).toMatch(/^\/usr\/lib\/postgresql\/\d+\/bin\/pg_dump$/);
});
