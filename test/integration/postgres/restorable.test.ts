import { execFile } from "node:child_process";
import { access, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createBackup } from "../../../src/backup/create.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { replacedName } from "../../../src/postgres/replaced.ts";
import { afterSwap, disableSubscriptions } from "../../../src/postgres/replication.ts";
import { dropDatabase, dropOrWarn, slotsLeft } from "../../../src/postgres/drop-database.ts";
import { createSide, sideName } from "../../../src/postgres/side.ts";
import { refuseBeforeSwap, swapDatabases } from "../../../src/postgres/swap.ts";
import { restorability } from "../../../src/postgres/restorability.ts";
import { findRestoreObstacles } from "../../../src/postgres/restore-obstacles.ts";
import { restoreWarnings } from "../../../src/postgres/restore-warnings.ts";
import { type Cluster, startCluster } from "../../lab/postgres.ts";
import { clock, dumpInto, failureOf, Notes } from "./open.ts";
import { removeFolder } from "../../lab/folder.ts";

let cluster: Cluster;
let directory: string;
let live: Database;
let count = 0;
/** Who says what `sql` says in the live database. */
let login = "postgres:postgres";
beforeAll(async () => {
  cluster = await startCluster({ settings: { wal_level: "logical", max_prepared_transactions: "5", max_replication_slots: "20" } });
  directory = await mkdtemp(join(tmpdir(), "savepoint backups "));
});
afterAll(async () => {
  await cluster.remove();
  await removeFolder(directory);
});
beforeEach(async () => {
  count += 1;
  login = "postgres:postgres";
  await sql(`CREATE DATABASE app${count}`, "postgres");
  const here = localMachine();
  live = openDatabase({ target: parseTargetUrl(cluster.url(`app${count}`)), dialFrom: here, toolsOn: here });
});

async function sql(text: string, database = live.name): Promise<Record<string, unknown>[]> {
  const url = cluster.url(database).replace("postgres:postgres", database === live?.name ? login : "postgres:postgres");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(text);
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function psql(database: string, text: string): Promise<void> {
  const child = promisify(execFile)(join(cluster.bin, "psql"), ["-X", "-v", "ON_ERROR_STOP=1", "-d", cluster.url(database)]);
  child.child.stdin?.end(text);
  await child;
}

async function backup(verify: "read" | "restore", report = new Notes()): Promise<void> {
  await createBackup({
    database: live,
    store: new BackupStore(localMachine(), directory),
    identity: { app: "shop", environment: "production" },
    purpose: "pre-deploy",
    verify,
    readHistory: async () => [],
    ports: { clock, report, signal: new AbortController().signal },
  });
}

async function beside(): Promise<unknown[]> {
  return (await sql(`SELECT datname FROM pg_database WHERE datname LIKE '${live.name}\\_%'`, "postgres")).map((row) => row["datname"]);
}

test("a prepared transaction is found before the first change and before the app is stopped, with the commands that end it", async () => {
  await sql("CREATE TABLE t (id int)");
  await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s 1'");
  const [problem] = await findRestoreObstacles(live);
  expect(problem?.problem).toContain("1 prepared transaction (it's 1)");
  expect(await failureOf(refuseBeforeSwap(live))).toMatchObject({ code: "55006", exit: 2, hint: problem?.fix });
  const command = /ROLLBACK PREPARED '[^;]*;/.exec(problem?.fix ?? "")?.[0] ?? "";
  await sql(command);
  expect(await findRestoreObstacles(live)).toEqual([]);
  await refuseBeforeSwap(live);
});

test("a two-phase commit that is on its way is no obstacle", async () => {
  await sql("CREATE TABLE t (id int)");
  await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'short'");
  const ended = new Promise((resolve) => setTimeout(resolve, 700)).then(async () => await sql("COMMIT PREPARED 'short'"));
  expect(await findRestoreObstacles(live)).toEqual([]);
  await ended;
});

test("what a restore makes otherwise is found before the first change, with the statement that mends it", async () => {
  await sql(`CREATE MATERIALIZED VIEW low AS SELECT 1 AS a; CREATE VIEW between AS TABLE low; CREATE MATERIALIZED VIEW "High" AS TABLE between;
    CREATE TABLE parent (a int, b int); CREATE TABLE child (c int) INHERITS (parent)`);
  expect(await findRestoreObstacles(live)).toEqual([]);
  await sql(`REFRESH MATERIALIZED VIEW low WITH NO DATA; INSERT INTO child VALUES (1, NULL, 3)`);
  const major = Number((await sql("SHOW server_version_num"))[0]?.["server_version_num"]) / 10_000;
  if (major < 18) await sql("ALTER TABLE ONLY parent ALTER a SET NOT NULL, ALTER b SET NOT NULL");
  const found = await findRestoreObstacles(live);
  expect(found.map(({ fix }) => fix)).toEqual([
    "REFRESH MATERIALIZED VIEW public.low;",
    ...(major < 18
      ? ["a", "b"].map(
          (one) =>
            `ALTER TABLE public.child ALTER COLUMN ${one} SET NOT NULL; (or, where rows have a NULL there, ALTER TABLE ONLY public.parent ALTER COLUMN ${one} DROP NOT NULL;)`,
        )
      : []),
  ]);
  await expect(backup("restore")).rejects.toThrow();
  await sql(found[0]?.fix ?? "");
  for (const [at, { choices }] of found.slice(1).entries()) await sql(choices?.[at]?.sql ?? "");
  expect(await findRestoreObstacles(live)).toEqual([]);
  await backup("restore");
});

test("an INVALID index is a warning that says how to mend it", async () => {
  await sql("CREATE TABLE pairs (a int); INSERT INTO pairs VALUES (1), (1)");
  await expect(sql("CREATE UNIQUE INDEX CONCURRENTLY pairs_a ON pairs (a)")).rejects.toThrow("could not create unique index");
  expect(await findRestoreObstacles(live)).toEqual([]);
  const [warning] = await restoreWarnings(live);
  expect(warning).toContain("REINDEX INDEX CONCURRENTLY public.pairs_a;");
  await sql("DROP INDEX CONCURRENTLY public.pairs_a");
  expect(await restoreWarnings(live)).toEqual([]);
});

test("a table that belongs to an extension, whose rows no dump holds, is a warning with the statement that takes it out", async () => {
  await sql("CREATE EXTENSION hstore; CREATE TABLE queue (job text); ALTER EXTENSION hstore ADD TABLE queue");
  // Where there never was a row, there is nothing to lose.
  expect(await restoreWarnings(live)).toEqual([]);
  await sql("INSERT INTO queue VALUES ('send the bill')");
  expect(await findRestoreObstacles(live)).toEqual([]);
  const [warning] = await restoreWarnings(live);
  expect(warning).toContain("The table public.queue belongs to the extension hstore, so no backup holds its rows");
  await sql(/ALTER EXTENSION .*;/.exec(warning ?? "")?.[0] ?? "");
  expect(await restoreWarnings(live)).toEqual([]);
});

test("what was added to an extension's own, which no dump holds, is a warning of the backup that was restored", async () => {
  await sql("CREATE EXTENSION pg_buffercache; CREATE EXTENSION hstore; CREATE TABLE queue (job text PRIMARY KEY)");
  const clean = new Notes();
  await backup("restore", clean);
  expect(clean.lines.filter((line) => line.startsWith("warning"))).toEqual([]);
  await sql(`CREATE RULE "No" AS ON DELETE TO pg_buffercache DO INSTEAD NOTHING; ALTER EXTENSION hstore ADD TABLE queue`);
  const notes = new Notes();
  await backup("restore", notes);
  expect(notes.lines.filter((line) => line.startsWith("warning"))).toEqual([
    expect.stringContaining(
      'or an extension of another version had: the rule "No" on public.pg_buffercache, public.queue. No backup holds it, and a restore loses it',
    ),
  ]);
  const read = new Notes();
  await backup("read", read);
  expect(read.lines.filter((line) => line.startsWith("warning"))).toEqual([]);
});

test("settings that keep the application's own sessions from working are a warning with the statement that lifts them", async () => {
  await sql(`ALTER DATABASE ${live.name} SET default_transaction_read_only = on`);
  const [warning] = await restoreWarnings(live);
  expect(warning).toContain(`ALTER DATABASE "${live.name}" RESET default_transaction_read_only;`);
  await sql(/BEGIN READ WRITE;.*COMMIT;/.exec(warning ?? "")?.[0] ?? "");
  expect(await restoreWarnings(live)).toEqual([]);
  await sql(`ALTER ROLE postgres IN DATABASE ${live.name} SET default_transaction_read_only = on`);
  const [role] = await restoreWarnings(live);
  expect(role).toContain(`ALTER ROLE "postgres" IN DATABASE "${live.name}" RESET default_transaction_read_only;`);
});

describe("a subscription", () => {
  let publisher: string;
  let slot: string;
  beforeEach(async () => {
    [publisher, slot] = [`pub${count}`, `slot${count}`];
    await sql(`CREATE DATABASE ${publisher}`, "postgres");
    await sql(`CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t`, publisher);
    await sql(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`, publisher);
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    const { port } = new URL(cluster.url());
    await sql(
      `CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=${port} user=postgres password=postgres dbname=${publisher}' PUBLICATION p WITH (create_slot = false, slot_name = '${slot}', copy_data = false)`,
    );
    await sql("COMMENT ON SUBSCRIPTION s IS 'from elsewhere'");
    return async () => {
      for (const { name } of await sql(
        "SELECT d.datname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid",
        "postgres",
      ))
        for (const text of ["ALTER SUBSCRIPTION s DISABLE", "ALTER SUBSCRIPTION s SET (slot_name = NONE)", "DROP SUBSCRIPTION s"])
          await sql(text, String(name));
      await sql(`SELECT pg_drop_replication_slot('${slot}')`, publisher);
    };
  });

  /** A database beside the live one that has a subscription, as replaced ones have. */
  async function besideWithSubscription(): Promise<string> {
    const side = sideName(live.name, "restore_20260104T000000Z");
    await createSide(live, side);
    await disableSubscriptions(live, { name: live.name });
    await swapDatabases({
      database: live,
      side,
      replacedAs: replacedName(live.name, new Date("2026-01-05T00:00:00Z")),
      report: new Notes(),
    });
    return replacedName(live.name, new Date("2026-01-05T00:00:00Z"));
  }

  test("is refused at opening unless it is said that it may be detached", async () => {
    const [problem] = await findRestoreObstacles(live);
    expect(problem?.problem).toContain("the subscription s");
    expect(problem?.fix).toContain("`detach-subscriptions: true`");
    expect(await findRestoreObstacles(live, { detachSubscriptions: true })).toEqual([]);
  });

  test("does not come along into a restored copy, which is equal and leaves nothing behind", async () => {
    await backup("restore");
    expect(await beside()).toEqual([]);
  });

  test("keeps no database from being dropped; the slot that stays with the publisher is named", async () => {
    const replaced = replacedName(live.name, new Date("2026-01-01T00:00:00Z"));
    const side = sideName(live.name, "side");
    await createSide(live, side);
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    expect(await dropDatabase(live, replaced)).toEqual([slot]);
    expect(await beside()).toEqual([]);
  });

  test("of a side that is not needed any more goes with it, and the slot that stays is named", async () => {
    const side = await besideWithSubscription();
    const report = new Notes();
    await dropOrWarn(live, side, report);
    expect(await beside()).toEqual([]);
    expect(report.lines).toEqual([`warning: ${slotsLeft([slot])}`]);
    expect(slotsLeft([slot])).toContain(`SELECT pg_drop_replication_slot('${slot}');`);
  });

  test("that a role may not drop keeps the database, which is a warning with all that drops both", async () => {
    const side = await besideWithSubscription();
    await sql(`CREATE ROLE keeper${count} LOGIN CREATEDB PASSWORD 'k'; ALTER DATABASE ${side} OWNER TO keeper${count}`, "postgres");
    const url = cluster.url(live.name).replace("postgres:postgres@", `keeper${count}:k@`);
    const here = localMachine();
    const report = new Notes();
    await dropOrWarn(openDatabase({ target: parseTargetUrl(url), dialFrom: here, toolsOn: here }), side, report);
    expect(await beside()).toEqual([side]);
    const [warning = ""] = report.lines;
    expect(warning).toContain("is not needed any more, and could not be dropped");
    const [, database = "", inside = ""] = /As a superuser, in psql -d (\S+): (.*?), then/.exec(warning) ?? [];
    await psql(database, inside);
    await psql("postgres", /then, in psql -d postgres: (DROP DATABASE [^;]*;)/.exec(warning)?.[1] ?? "");
    expect(await beside()).toEqual([]);
    await sql(`DROP ROLE keeper${count}`, "postgres");
  });

  test("goes on where another one could not be stopped", async () => {
    const { port } = new URL(cluster.url());
    await sql(
      `CREATE SUBSCRIPTION z CONNECTION 'host=127.0.0.1 port=${port} user=postgres password=postgres dbname=${publisher}' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    );
    await sql(
      `UPDATE pg_subscription SET subenabled = true WHERE subname = 'z'; CREATE SEQUENCE tries;
       CREATE FUNCTION second() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('public.tries') = 2 THEN RAISE 'not this one'; END IF; END $$;
       CREATE EVENT TRIGGER hold ON ddl_command_start WHEN TAG IN ('ALTER SUBSCRIPTION') EXECUTE FUNCTION second()`,
    );
    const failure = await failureOf(disableSubscriptions(live, { name: live.name }));
    expect(failure.message).toContain("not this one");
    expect(await sql("SELECT subenabled FROM pg_subscription WHERE subname = 's'")).toEqual([{ subenabled: true }]);
    await sql("DROP EVENT TRIGGER hold; UPDATE pg_subscription SET subenabled = false WHERE subname = 'z'; DROP SUBSCRIPTION z");
  });

  test("stops at a swap, and the commands that are printed let it go on in the live database", async () => {
    const side = sideName(live.name, "side");
    const replaced = replacedName(live.name, new Date("2026-01-02T00:00:00Z"));
    await createSide(live, side);
    await sql("CREATE TABLE t (id int PRIMARY KEY)", side);
    await disableSubscriptions(live, { name: live.name });
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    await using connection = await live.connectMaintenance("look");
    const said = await afterSwap(connection, live.name, replaced);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`stayed with ${replaced}, where it is disabled`);
    expect(said[0]).not.toContain("password=");
    await sql("INSERT INTO t VALUES (7)", publisher);
    const first = /in psql -d (\S+): (.*?); then/s.exec(said[0] ?? "");
    const then = /then, in psql -d (\S+): (.*)$/m.exec(said[0] ?? "");
    await psql(first?.[1] ?? "", `${first?.[2]};\n`);
    await psql(then?.[1] ?? "", `${then?.[2]}\n`);
    await expect.poll(async () => (await sql("SELECT id FROM t")).map((row) => row["id"])).toEqual([7]);
  });
});

test("a logical slot and a standby are named at opening, and after a swap with the commands", async () => {
  await sql("SELECT pg_create_logical_replication_slot('reader', 'test_decoding')");
  const standby = new pg.Client({ connectionString: cluster.url(), application_name: "standby1", replication: "true" } as pg.ClientConfig);
  await standby.connect();
  try {
    expect(await findRestoreObstacles(live)).toEqual([]);
    const warnings = (await restoreWarnings(live)).join("\n");
    expect(warnings).toContain("The logical replication slot reader belongs to");
    expect(warnings).toContain("1 standby (standby1 at 127.0.0.1) follows this cluster");
    const side = sideName(live.name, "side");
    const replaced = replacedName(live.name, new Date("2026-01-03T00:00:00Z"));
    await createSide(live, side);
    await swapDatabases({ database: live, side, replacedAs: replaced, report: new Notes() });
    await using connection = await live.connectMaintenance("look");
    const said = (await afterSwap(connection, live.name, replaced)).join("\n");
    expect(said).toContain(`WHERE datname = '${replaced}'`);
    for (const [command] of said.matchAll(/SELECT pg_(?:drop|create_logical)_replication_slot\([^;]*;/g)) await sql(command);
    expect(await sql("SELECT database FROM pg_replication_slots WHERE slot_name = 'reader'")).toEqual([{ database: live.name }]);
  } finally {
    await standby.end();
    await sql("SELECT pg_drop_replication_slot('reader')");
  }
});

describe("a function that needs a search path, behind", () => {
  /** The application's role owns what is in its database. A superuser tries nothing. */
  beforeEach(async () => {
    const app = `app_role${count}`;
    await sql(`CREATE ROLE ${app} LOGIN PASSWORD 'a'; ALTER DATABASE ${live.name} OWNER TO ${app};
      ALTER SCHEMA public OWNER TO ${app}; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    live = openAs(`${app}:a`);
    login = `${app}:a`;
  });

  function openAs(user: string): Database {
    const here = localMachine();
    const target = parseTargetUrl(cluster.url(live.name).replace("postgres:postgres", user));
    return openDatabase({ target, adminTarget: parseTargetUrl(cluster.url(live.name)), dialFrom: here, toolsOn: here });
  }

  const LOOKUP = "CREATE TABLE rates (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, 2);";
  const IN_SQL = `LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM rates WHERE id = $1'`;
  const IN_PLPGSQL = `LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT rate FROM rates WHERE id = $1); END'`;
  // Harmless when it is first used: since 17 a server builds no index and fills no view with the session's search_path.
  const usedIn = (uses: string, body: string): string =>
    `${LOOKUP} CREATE FUNCTION rate(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2'; ${uses} CREATE OR REPLACE FUNCTION rate(int) RETURNS int ${body};`;
  const USES = {
    "a materialized view": "CREATE MATERIALIZED VIEW priced AS SELECT rate(1) AS rate;",
    "a view behind a materialized view":
      "CREATE VIEW inner_view AS SELECT rate(1) AS rate; CREATE MATERIALIZED VIEW priced AS SELECT * FROM inner_view;",
    "an index": "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX by_rate ON sales (rate(id));",
    "a CHECK": "CREATE TABLE sales (id int CHECK (rate(id) > 0)); INSERT INTO sales VALUES (1);",
    "a generated column": "CREATE TABLE sales (id int, r int GENERATED ALWAYS AS (rate(id)) STORED); INSERT INTO sales VALUES (1);",
  };

  for (const [what, uses] of Object.entries(USES)) {
    test(`${what}: refused before the first change, and what is said makes it restorable`, async () => {
      await sql(usedIn(uses, IN_SQL));
      const [problem] = await findRestoreObstacles(live);
      expect(problem?.problem).toContain("public.rate(integer)");
      expect(problem?.fix).toContain("ALTER FUNCTION public.rate(integer) SET search_path = public;");
      await sql(/ALTER FUNCTION [^;]*;/.exec(problem?.fix ?? "")?.[0] ?? "");
      expect(await findRestoreObstacles(live)).toEqual([]);
      await backup("restore");
    });
  }

  test("an index, in PL/pgSQL: a restore that fails names it and the statement that helps", async () => {
    await sql(usedIn(USES["an index"], IN_PLPGSQL));
    const failure = await failureOf(backup("restore"));
    expect(failure.hint).toContain("ALTER FUNCTION public.rate(integer) SET search_path = public;");
    expect(await beside()).toEqual([]);
    await sql(/ALTER FUNCTION [^;]*;/.exec(failure.hint ?? "")?.[0] ?? "");
    await backup("restore");
    expect(await restoreWarnings(live)).toEqual([]);
  });

  const plpgsql = (body: string, how = "IMMUTABLE"): string => `LANGUAGE plpgsql ${how} AS $body$ ${body} $body$`;
  const INDEX = USES["an index"];
  const HELPER = `CREATE FUNCTION helper(int) RETURNS int ${IN_PLPGSQL};`;
  const BARE = "BEGIN RETURN (SELECT rate FROM rates WHERE id = $1); END";
  /** What is created first, what uses rate(int), and what becomes of it; whether a restore then fails is asked of pg_restore. */
  const CASES: Readonly<Record<string, readonly [first: string, uses: string, body: string, "refused" | "warned" | "nothing"]>> = {
    "PL/pgSQL": ["", INDEX, IN_PLPGSQL, "refused"],
    "a statement made of text": [
      "",
      INDEX,
      plpgsql("DECLARE r int; BEGIN EXECUTE 'SELECT rate FROM rat' || 'es' INTO r; RETURN r; END"),
      "refused",
    ],
    "one made of text with whole names": [
      "",
      INDEX,
      plpgsql("DECLARE r int; BEGIN EXECUTE 'SELECT rate FROM public.rates' INTO r; RETURN r; END"),
      "nothing",
    ],
    "a function that is called in turn": [HELPER, INDEX, plpgsql("BEGIN RETURN public.helper($1); END"), "refused"],
    "one with a path, which calls one without": [
      HELPER,
      INDEX,
      `${plpgsql("BEGIN RETURN helper($1); END")} SET search_path = public`,
      "nothing",
    ],
    "a body that is bound, which calls one that is not": [
      HELPER,
      INDEX,
      "LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT public.helper($1); END",
      "refused",
    ],
    "a function named without its schema": [HELPER, INDEX, plpgsql("BEGIN RETURN helper($1); END"), "refused"],
    "a branch that no row takes": [
      "",
      INDEX,
      plpgsql("BEGIN IF $1 > 1000 THEN RETURN (SELECT rate FROM rates WHERE id = $1); END IF; RETURN 1; END"),
      "nothing",
    ],
    "a name that the statement gives itself": [
      "",
      INDEX,
      plpgsql("BEGIN RETURN (WITH rates AS (SELECT 2 AS rate) SELECT rate FROM rates); END"),
      "nothing",
    ],
    "a domain that a column holds": [
      "",
      "CREATE DOMAIN priced AS int CHECK (rate(VALUE) > 0); CREATE TABLE sales (id priced); INSERT INTO sales VALUES (1);",
      IN_PLPGSQL,
      "refused",
    ],
    "a domain that nothing holds": ["", "CREATE DOMAIN priced AS int CHECK (rate(VALUE) > 0);", IN_PLPGSQL, "warned"],
    "a generated column": ["", USES["a generated column"], IN_PLPGSQL, "refused"],
    "a partition's key": [
      "",
      "CREATE OR REPLACE FUNCTION rate(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 2; END'; CREATE TABLE sales (id int) PARTITION BY RANGE (rate(id)); CREATE TABLE sales_low PARTITION OF sales FOR VALUES FROM (0) TO (9); INSERT INTO sales VALUES (1);",
      IN_PLPGSQL,
      "refused",
    ],
    "a view behind a materialized view": ["", USES["a view behind a materialized view"], IN_PLPGSQL, "refused"],
    "an operator": [
      "",
      "CREATE OPERATOR ~~~ (FUNCTION = rate, RIGHTARG = int); CREATE TABLE sales (id int CHECK (~~~ id > 0)); INSERT INTO sales VALUES (1);",
      IN_PLPGSQL,
      "refused",
    ],
    "a table without rows": ["", "CREATE TABLE sales (id int); CREATE INDEX by_rate ON sales (rate(id));", IN_PLPGSQL, "warned"],
    "a partial index's condition": [
      "",
      "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX by_rate ON sales (id) WHERE rate(id) > 0;",
      IN_PLPGSQL,
      "refused",
    ],
    "a row of nulls before a function in SQL": [
      "",
      "CREATE TABLE sales (id int CHECK (id IS NULL OR rate(id) > 0)); INSERT INTO sales VALUES (NULL);",
      IN_SQL,
      "refused",
    ],
    "a row of nulls before one in PL/pgSQL": [
      "",
      "CREATE TABLE sales (id int CHECK (id IS NULL OR rate(id) > 0)); INSERT INTO sales VALUES (NULL);",
      IN_PLPGSQL,
      "nothing",
    ],
    "what may do more than read": ["", USES["a CHECK"], plpgsql(BARE, "VOLATILE"), "warned"],
    "what may do more than read, with whole names": [
      "",
      USES["a CHECK"],
      plpgsql("BEGIN RETURN (SELECT rate FROM public.rates WHERE id = $1); END", "VOLATILE"),
      "nothing",
    ],
    "what makes a table for itself": [
      "",
      USES["a CHECK"],
      plpgsql("BEGIN CREATE TEMP TABLE IF NOT EXISTS rates (rate int); RETURN 1 + (SELECT count(*) FROM rates); END", "VOLATILE"),
      "nothing",
    ],
    "what no path would mend": [
      "CREATE TABLE gone (id int);",
      INDEX,
      "LANGUAGE sql IMMUTABLE AS 'SELECT id FROM gone'; DROP TABLE gone",
      "warned",
    ],
  };

  test.each(Object.entries(CASES))("%s: told as a restore finds it", async (what, [first, uses, body, told]) => {
    await sql(`${LOOKUP} ${first} ${usedIn(uses, body).slice(LOOKUP.length)}`);
    const [problems, warnings] = [await findRestoreObstacles(live), await restoreWarnings(live)];
    // As a deploy asks: in one session.
    expect(await restorability(live, {})).toEqual({ obstacles: problems, warnings });
    const findings = { refused: [1, 0], warned: [0, 1], nothing: [0, 0] }[told];
    expect([problems.length, warnings.length], [...problems.map(({ problem }) => problem), ...warnings].join("\n")).toEqual(findings);
    const side = sideName(live.name, "side");
    const restores = async (): Promise<boolean> => {
      await createSide(live, side);
      const done = await dumpInto(live, side).then(
        () => true,
        () => false,
      );
      await dropDatabase(live, side);
      return done;
    };
    // A warning is of what may be; all else is so.
    if (told !== "warned") expect(await restores()).toBe(told === "nothing");
    if (told === "warned")
      expect(warnings[0]).toMatch(
        /That could not be tried \((?:.* is VOLATILE|there are no rows yet|no column holds it yet|with a search path it fails as well)/,
      );
    if (told !== "refused") return;
    await sql(/ALTER FUNCTION [^;]*;/.exec(problems[0]?.fix ?? "")?.[0] ?? `no statement: ${what}`);
    expect(await findRestoreObstacles(live)).toEqual([]);
  });

  /** What somebody wrote who may do nothing but in a schema of their own, and what would be there if anybody had run it. */
  const WRITTEN = {
    "a materialized view without data": (evil: string) =>
      `CREATE MATERIALIZED VIEW ${evil}.m AS SELECT public.rate(1), (pg_create_physical_replication_slot('${evil}')).slot_name WITH NO DATA`,
    "a CHECK": (evil: string) => `CREATE TABLE ${evil}.t (i int); INSERT INTO ${evil}.t VALUES (1);
      ALTER TABLE ${evil}.t ADD CHECK (CASE WHEN current_user = '${evil}' THEN true
        ELSE public.rate(i) > 0 AND (pg_create_physical_replication_slot('${evil}')).slot_name IS NOT NULL END)`,
  };

  test.each(Object.entries(WRITTEN))(
    "%s of a role without rights is run by nobody, builtin functions in it neither",
    async (_what, write) => {
      const evil = `evil${count}`;
      login = "postgres:postgres";
      await sql(
        `${LOOKUP} GRANT SELECT ON rates TO app_role${count}; CREATE FUNCTION rate(int) RETURNS int ${IN_PLPGSQL.replace("IMMUTABLE", "STABLE")};`,
      );
      await sql(`CREATE ROLE ${evil}; CREATE SCHEMA ${evil} AUTHORIZATION ${evil}; GRANT USAGE ON SCHEMA public TO ${evil};
      GRANT ${evil} TO app_role${count}; ALTER ROLE app_role${count} REPLICATION`);
      await sql(`SET ROLE ${evil}; ${write(evil)}`);
      const told = {
        "postgres:postgres": "nothing is tried as a superuser",
        [`app_role${count}:a`]: `it is written by ${evil}, and what another role wrote is not run`,
      };
      for (const [user, why] of Object.entries(told)) {
        const [problems, warnings] = [await findRestoreObstacles(openAs(user)), await restoreWarnings(openAs(user))];
        expect(await sql(`SELECT slot_name FROM pg_replication_slots WHERE slot_name = '${evil}'`)).toEqual([]);
        expect(problems).toEqual([]);
        expect(warnings.join("\n")).toContain(`That could not be tried (${why})`);
      }
    },
  );

  test("what may do more than read is not run, be it PostgreSQL's own", async () => {
    await sql(
      usedIn(
        "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); ALTER TABLE sales ADD CHECK (rate(id) > 0 AND (pg_advisory_lock(7) IS NULL OR true));",
        IN_PLPGSQL,
      ),
    );
    expect(await findRestoreObstacles(live)).toEqual([]);
    expect((await restoreWarnings(live)).join("\n")).toContain(
      "(pg_advisory_lock(bigint) is VOLATILE, so to call it may do more than read)",
    );
  });

  test("a foreign table is not read, and its CHECK, which no restore evaluates, refuses nothing", async () => {
    const ran = join(tmpdir(), `savepoint ran ${process.pid}`);
    const app = login;
    await sql(`${LOOKUP} CREATE FUNCTION rate(int) RETURNS int ${IN_PLPGSQL.replace("IMMUTABLE", "STABLE")};`);
    login = "postgres:postgres";
    await sql(`CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE FOREIGN TABLE elsewhere (id int CHECK (public.rate(id) > 0)) SERVER files OPTIONS (program 'echo 1; touch "${ran}"');
      ALTER TABLE elsewhere OWNER TO app_role${count}`);
    login = app;
    const looks = [await findRestoreObstacles(live), await restoreWarnings(live)];
    await sql("CREATE MATERIALIZED VIEW priced AS SELECT public.rate(id) FROM elsewhere WITH NO DATA");
    looks.push(await findRestoreObstacles(live), await restoreWarnings(live));
    await expect(access(ran)).rejects.toThrow("ENOENT");
    expect(looks).toEqual([[], [], [], [expect.stringContaining("(it reads the foreign table public.elsewhere)")]]);
  });

  test("a CHECK that is NOT VALID is evaluated by no restore, and refuses nothing", async () => {
    const uses = "CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); ALTER TABLE sales ADD CHECK (rate(id) > 0) NOT VALID;";
    await sql(usedIn(uses, IN_SQL));
    expect(await findRestoreObstacles(live)).toEqual([]);
    await backup("restore");
  });

  test("nothing that names its tables in full, or has a path of its own, is a finding", async () => {
    await sql(
      `${LOOKUP} CREATE FUNCTION full_name(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM public.rates WHERE id = $1';
       CREATE FUNCTION own_path(int) RETURNS int LANGUAGE sql IMMUTABLE SET search_path = public AS 'SELECT rate FROM rates WHERE id = $1';
       CREATE FUNCTION plain(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT r.rate FROM public.rates r WHERE r.id = i); END';
       CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX a ON sales (full_name(id)); CREATE INDEX b ON sales (own_path(id)); CREATE INDEX c ON sales (plain(id));`,
    );
    expect(await findRestoreObstacles(live)).toEqual([]);
    expect(await restoreWarnings(live)).toEqual([]);
    const side = sideName(live.name, "side");
    await createSide(live, side);
    await dumpInto(live, side);
  });
});
