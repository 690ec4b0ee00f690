import { Duplex } from "node:stream";
import pg from "pg";
import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { schemaFingerprint } from "../../../src/postgres/fingerprint.ts";
import { replacedName } from "../../../src/postgres/replaced.ts";
import { dropDatabase } from "../../../src/postgres/drop-database.ts";
import { freeReplacedName, replacedDatabases } from "../../../src/postgres/replaced-databases.ts";
import { holdShut, shutDatabase } from "../../../src/postgres/shut.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { swapDatabases } from "../../../src/postgres/swap.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { failureOf, Notes, open } from "./open.ts";

const AT = new Date("2026-11-20T14:30:22.500Z");

/** A side database that differs from the live one by what `which` says. */
async function sideOf(database: Database): Promise<string> {
  const side = sideName(database.name, "side");
  await createSide(database, side);
  await using connection = await database.connect("check", { admin: true, database: side });
  await connection.exec("CREATE TABLE which AS SELECT 'restored' AS one");
  return side;
}

async function which(database: Database, name = database.name): Promise<unknown> {
  await using connection = await database.connect("check", { admin: true, database: name });
  const [row] = await connection.query<{ one: string }>("SELECT one FROM which");
  return row?.one;
}

async function swap(
  database: Database,
  side: string,
  replacedAs = replacedName(database.name, AT),
  report = new Notes(),
): Promise<{ replacedAs: string; blockedMs: number; report: Notes }> {
  const { blockedMs } = await swapDatabases({ database, side, replacedAs, report });
  return { replacedAs, blockedMs, report };
}

async function names(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.superuser(
    `SELECT datname FROM pg_database WHERE datdba = (SELECT datdba FROM pg_database WHERE datname = '${fresh.name.replaceAll("'", "''")}') ORDER BY 1`,
    "postgres",
  );
  return rows.map((row) => String(row["datname"]));
}

test("the side takes the live database's place, and the replaced one is kept and found", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  const database = open(fresh);
  const { replacedAs } = await swap(database, await sideOf(database));
  expect(replacedAs).toBe(`${fresh.name}_failed_20261120143022`);
  expect(await which(database)).toBe("restored");
  expect(await which(database, replacedAs)).toBe("live");
  expect(await replacedDatabases(database)).toEqual([
    { name: replacedAs, replacedAt: new Date("2026-11-20T14:30:22Z"), sizeBytes: expect.any(Number) },
  ]);
  await dropDatabase(database, replacedAs);
  await dropDatabase(database, replacedAs);
  expect(await replacedDatabases(database)).toEqual([]);
  expect(await names(fresh)).toEqual([fresh.name]);
});

test("names with quotes, spaces and emoji, and names of 63 bytes, are swapped alike", async () => {
  const unique = process.pid;
  for (const name of [`a 'b' "c" $(d) 🐘 ${unique}`, `${"é".repeat(28)}${unique}`, `${"🐘".repeat(14)}${unique}`]) {
    await using fresh = await freshDatabase(name);
    await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
    const database = open(fresh);
    const { replacedAs } = await swap(database, await sideOf(database));
    expect(Buffer.byteLength(replacedAs)).toBeLessThanOrEqual(63);
    expect(await which(database)).toBe("restored");
    expect((await replacedDatabases(database)).map((one) => one.name)).toEqual([replacedAs]);
  }
});

test("what belongs to the database and not to its name comes along", async () => {
  await using fresh = await freshDatabase();
  const live = `"${fresh.name}"`;
  await fresh.superuser(`
    ALTER DATABASE ${live} IS_TEMPLATE true;
    ALTER DATABASE ${live} CONNECTION LIMIT 42;
    COMMENT ON DATABASE ${live} IS 'the shop''s "one"';
    REVOKE ALL ON DATABASE ${live} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${live} TO pg_monitor WITH GRANT OPTION;
    GRANT TEMPORARY ON DATABASE ${live} TO pg_read_all_stats;
    ALTER DATABASE ${live} SET search_path = "$user", 'odd, one', public;
    ALTER DATABASE ${live} SET work_mem = '7MB';
    ALTER DATABASE ${live} SET "DateStyle" = 'SQL, DMY';
    ALTER ROLE "${fresh.owner}" IN DATABASE ${live} SET statement_timeout = '33s';
    ALTER ROLE "${fresh.owner}" IN DATABASE ${live} SET application_name = ''`);
  const database = open(fresh);
  const properties = `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit AS connections, datistemplate AS template, shobj_description(d.oid, 'pg_database') AS comment,
    (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl, encoding, datcollate, datctype,
    (SELECT array_agg(setrole::regrole::text || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
    FROM pg_database d WHERE datname = current_database()`;
  const before = await fresh.superuser(properties);
  const side = await sideOf(database);
  const { replacedAs, report } = await swap(database, side);
  expect(await fresh.superuser(properties)).toEqual(before);
  expect(report.lines.filter((line) => line.startsWith("warning"))).toEqual([]);
  const [old] = await fresh.superuser(properties, replacedAs);
  expect(old).toEqual({ ...before[0], comment: expect.stringContaining("savepoint: was") });
  // A template like any other replaced one: found, and dropped when it is its time.
  expect((await replacedDatabases(database)).map(({ name }) => name)).toEqual([replacedAs]);
  await dropDatabase(database, replacedAs);
  expect(await replacedDatabases(database)).toEqual([]);
  await fresh.superuser(`ALTER DATABASE ${live} IS_TEMPLATE false`, "postgres");
});

test("a setting that the role may not carry is said with its statement, and does not stop the swap", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  await fresh.superuser(
    `ALTER DATABASE "${fresh.name}" SET log_min_duration_statement = '1s'; ALTER DATABASE "${fresh.name}" SET "my.setting" = E'it''s \\\\ here'`,
  );
  const database = open(fresh);
  const { report } = await swap(database, await sideOf(database));
  expect(await which(database)).toBe("restored");
  const warnings = report.lines.filter((line) => line.startsWith("warning"));
  expect(warnings.join("\n")).toContain(`ALTER DATABASE "${fresh.name}" SET "log_min_duration_statement" TO '1s'`);
  expect(warnings).toHaveLength(2);
  for (const warning of warnings) await fresh.superuser(warning.replace(/^.*Run as a superuser: /u, ""));
  expect(await fresh.superuser("SELECT current_setting('my.setting') AS mine")).toEqual([{ mine: "it's \\ here" }]);
});

test("under hammering clients the swap goes through, each of them finds the other database, and no commit is lost", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one; CREATE TABLE writes (client int, n int)");
  const database = open(fresh);
  const side = await sideOf(database);
  await using prepare = await database.connect("check", { database: side });
  await prepare.exec("CREATE TABLE writes (client int, n int)");
  await prepare[Symbol.asyncDispose]();
  const state = { stop: false };
  const clients = Array.from({ length: 20 }, async (_, index) => await hammer(fresh.url, index, state));
  while ((await fresh.superuser(`SELECT count(DISTINCT client)::int AS n FROM writes`))[0]?.["n"] !== 20);
  const { blockedMs, replacedAs } = await swap(database, side);
  while (Number((await fresh.superuser(`SELECT count(DISTINCT client)::int AS n FROM writes`))[0]?.["n"]) !== 20);
  state.stop = true;
  const committed = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
  const [before] = await fresh.superuser("SELECT count(*)::int AS n FROM writes", replacedAs);
  const [after] = await fresh.superuser("SELECT count(*)::int AS n FROM writes");
  // A commit whose answer was cut off counts as unknown to the client, so there may be more rows than it saw.
  expect(Number(before?.["n"]) + Number(after?.["n"])).toBeGreaterThanOrEqual(committed);
  expect(Number(before?.["n"]) + Number(after?.["n"]) - committed).toBeLessThanOrEqual(20);
  expect(blockedMs).toBeGreaterThan(0);
});

/** A client that writes all the time and connects again whenever it is thrown out. Returns its known commits. */
async function hammer(url: string, client: number, state: { readonly stop: boolean }): Promise<number> {
  let committed = 0;
  while (!state.stop) {
    const session = new pg.Client({ connectionString: url });
    session.on("error", () => undefined);
    try {
      await session.connect();
      while (!state.stop) {
        await session.query("INSERT INTO writes VALUES ($1, $2)", [client, committed]);
        committed += 1;
      }
    } catch (error) {
      // Thrown out, or between two names: what a pool would try again.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (!["57P01", "3D000", "ECONNRESET", undefined].includes(code as string)) throw error;
    } finally {
      await session.end().catch(() => undefined);
    }
  }
  return committed;
}

test("a swap that fails in the middle leaves everything as it was", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  await fresh.superuser(`COMMENT ON DATABASE "${fresh.name}" IS 'mine'; ALTER DATABASE "${fresh.name}" CONNECTION LIMIT 9`);
  const database = open(fresh);
  const side = await sideOf(database);
  const before = await names(fresh);
  // The second rename fails: by the time it comes, the side's name has another owner.
  const failing = open(fresh);
  const connect = failing.connectMaintenance.bind(failing);
  failing.connectMaintenance = async (purpose, options) => {
    const connection = await connect(purpose, options);
    const exec = connection.exec.bind(connection);
    connection.exec = async (sql) => {
      if (sql.includes(`"${side}" RENAME TO`)) throw new Failure("the network broke", { code: "connection-lost" });
      await exec(sql);
    };
    return connection;
  };
  expect((await failureOf(swap(failing, side))).code).toBe("connection-lost");
  expect(await names(fresh)).toEqual(before);
  expect(await which(database)).toBe("live");
  expect(
    await fresh.superuser(
      `SELECT datconnlimit AS n, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = '${fresh.name}'`,
    ),
  ).toEqual([{ n: 9, comment: "mine" }]);
  await swap(database, side);
  expect(await which(database)).toBe("restored");
});

/** The same database behind a network that breaks once the server has answered the swap's COMMIT, and lets nobody in `after` that. */
function losing(fresh: FreshDatabase, after: "again" | "never"): Database {
  const here = localMachine();
  let lost = false;
  const dialFrom: Machine = {
    ...here,
    name: here.name,
    run: async (command) => await here.run(command),
    dial: async (address) => {
      if (lost && after === "never") throw new Failure("the network is down", { code: "unreachable" });
      const server = await here.dial(address);
      let asked = false;
      const ours: Duplex = new Duplex({
        read: () => undefined,
        write: (chunk: Buffer, _encoding, done) => {
          asked ||= chunk.includes("COMMIT");
          server.write(chunk, () => done());
        },
      });
      server.on("data", (chunk: Buffer) => {
        lost ||= asked;
        if (asked) ours.destroy(new Error("the network broke"));
        else ours.push(chunk);
      });
      server.on("error", () => ours.destroy()).on("close", () => ours.destroy());
      ours.on("error", () => undefined).on("close", () => server.destroy());
      return ours;
    },
  };
  return openDatabase({ target: parseTargetUrl(fresh.url), dialFrom, toolsOn: here });
}

test("a COMMIT whose answer was lost is asked after: what was swapped is swapped", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  const database = open(fresh);
  const { replacedAs, report } = await swap(losing(fresh, "again"), await sideOf(database));
  expect(await which(database)).toBe("restored");
  expect(await which(database, replacedAs)).toBe("live");
  expect(report.lines.join("\n")).toContain(`is now ${fresh.name}`);
});

test("where the server cannot be asked, that is said, and how to look", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  const database = open(fresh);
  const side = await sideOf(database);
  const failure = await failureOf(swap(losing(fresh, "never"), side));
  expect(failure).toMatchObject({ code: "swap-unknown", exit: 3 });
  const [look = ""] = /SELECT datname .*?'(?=;)/.exec(failure.hint ?? "") ?? [];
  expect(await fresh.superuser(look)).toEqual([{ datname: replacedName(database.name, AT) }]);
});

test("asked again after the commit, the swap finds itself done", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  const database = open(fresh);
  const side = await sideOf(database);
  const { replacedAs } = await swap(database, side);
  expect(await swap(database, side, replacedAs)).toMatchObject({ blockedMs: 0 });
  expect(await which(database)).toBe("restored");
});

test("a session that may not be ended is named, and nothing has changed", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one");
  const database = open(fresh);
  const side = await sideOf(database);
  const held = new pg.Client({ connectionString: fresh.superuserUrl, application_name: "a long report" });
  held.on("error", () => undefined);
  await held.connect();
  try {
    const failure = await failureOf(swap(database, side));
    expect(failure.evidence.join()).toContain(`of postgres in ${fresh.name} (a long report)`);
    expect(failure.hint).toContain("pg_signal_backend");
    expect(await which(database)).toBe("live");
    await swap(open(fresh, { admin: true }), side);
    expect(await which(database)).toBe("restored");
  } finally {
    await held.end().catch(() => undefined);
  }
});

test("a side that is not there and a taken name are refused before anything is touched", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  expect(await failureOf(swap(database, "no such side"))).toMatchObject({ exit: 2, code: "3D000" });
  const side = await sideOf(database);
  await createSide(database, replacedName(database.name, AT));
  expect(await failureOf(swap(database, side))).toMatchObject({ exit: 2, code: "42P04" });
});

test("a name that an earlier replaced database holds, because a clock went back, is passed over", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const taken = replacedName(database.name, AT);
  await createSide(database, taken);
  expect(await freeReplacedName(database, AT)).toBe(replacedName(database.name, new Date(AT.getTime() + 1000)));
  await dropDatabase(database, taken);
  expect(await freeReplacedName(database, AT)).toBe(taken);
});

test("the live database is never dropped, and another one's replaced database is not listed", async () => {
  await using fresh = await freshDatabase(`app_${process.pid}`);
  await using other = await freshDatabase(`app_${process.pid}_staging`);
  const staging = open(other);
  await swap(staging, await sideOf(staging));
  const database = open(fresh);
  expect(await replacedDatabases(database)).toEqual([]);
  expect(await replacedDatabases(staging)).toHaveLength(1);
  expect((await failureOf(dropDatabase(database, database.name))).exit).toBe(2);
});

test("until it is swapped in, nobody but its owner enters the side", async () => {
  await using fresh = await freshDatabase();
  await using stranger = await freshDatabase();
  const database = open(fresh);
  const side = await sideOf(database);
  const url = stranger.url.replace(stranger.name, side);
  const client = new pg.Client({ connectionString: url });
  await expect(client.connect()).rejects.toMatchObject({ code: "42501" });
  await swap(database, side);
  const after = new pg.Client({ connectionString: stranger.url.replace(stranger.name, fresh.name) });
  await after.connect();
  await after.end();
});

test("swapping there and back leaves the schema's fingerprint", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE TABLE which AS SELECT 'live' AS one; CREATE SCHEMA x; CREATE TABLE x.t (n int)");
  const database = open(fresh);
  const before = await (async () => {
    await using connection = await database.connect("check");
    return await schemaFingerprint(connection);
  })();
  const { replacedAs } = await swap(database, await sideOf(database));
  await swap(database, replacedAs, replacedName(database.name, new Date("2026-11-20T15:00:00Z")));
  expect(await which(database)).toBe("live");
  await using connection = await database.connect("check");
  expect(await schemaFingerprint(connection)).toBe(before);
});

test("a copy in which another role's session stays is not taken for shut, whatever kind that is", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const side = await sideOf(database);
  const inside = fresh.superuser("SELECT pg_sleep(8)", side);
  await expect
    .poll(async () => await fresh.superuser(`SELECT pid FROM pg_stat_activity WHERE datname = '${side}'`, "postgres"))
    .not.toEqual([]);
  expect(await shutDatabase(database, side)).toBeUndefined();
  await inside;
  expect(await shutDatabase(database, side)).toMatchObject({ name: side });
});

test("who would let somebody into a proven copy behind the look waits until the swap is over", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const side = await sideOf(database);
  const shut = await shutDatabase(database, side);
  if (shut === undefined) throw new Error("it could not be shut");
  const letIn = async (): Promise<unknown> =>
    await fresh
      .superuser(`SET lock_timeout = '300ms'; ALTER DATABASE "${side}" ALLOW_CONNECTIONS true`, "postgres")
      .catch((error: unknown) => error);
  await using swapper = await database.connectMaintenance("swap");
  await swapper.transaction(async () => {
    expect(await holdShut(swapper, shut)).toBe(true);
    expect(await letIn()).toMatchObject({ code: "55P03" });
  });
  await letIn();
  await swapper.transaction(async () => expect(await holdShut(swapper, shut)).toBe(false));
});
