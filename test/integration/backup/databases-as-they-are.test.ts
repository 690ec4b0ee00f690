import { expect, test } from "vitest";
import { restoreToSide } from "../../../src/backup/restore.ts";
import type { Command, Finished, Machine } from "../../../src/core/machine.ts";
import { identifier } from "../../../src/postgres/literal.ts";
import { machine, type Stage, stage } from "./stage.ts";
import { withoutZstd } from "./zstd-machines.ts";

/** Backed up, restored and compared; returns the copy's name. */
async function restored(here: Stage): Promise<string> {
  const manifest = await here.backup({ verify: "restore" });
  const { database, store, ports } = here;
  const { side, uncompared } = await restoreToSide({ database, store, side: `${here.fresh.name}_side`, ports, manifest });
  expect(uncompared).toEqual([]);
  return side;
}

test("default rights of which nothing is left are a schema like any other", async () => {
  await using here = await stage();
  await here.fresh.sql("CREATE TABLE notes (); ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM CURRENT_USER");
  await restored(here);
});

test("what a new database begins with, and this one has no more, its copy has neither", async () => {
  await using here = await stage({ superuser: true });
  await here.fresh.superuser("CREATE SCHEMA shop; CREATE TABLE shop.t (a int); DROP SCHEMA public");
  await here.backup({ verify: "restore" });
  await here.fresh.superuser("DROP EXTENSION plpgsql");
  const side = await restored(here);
  await using copy = await here.database.connect("check", { admin: true, database: side });
  expect(await copy.query("SELECT nspname AS name FROM pg_namespace WHERE oid >= 16384 OR nspname = 'public'")).toEqual([{ name: "shop" }]);
});

test("rows that move among the partitions of an enum's hash in each copy are counted where they stay", async () => {
  await using here = await stage();
  await here.fresh.sql(`
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'angry', 'tired', 'calm');
    CREATE TABLE felt (at int, m mood NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE felt_now PARTITION OF felt FOR VALUES FROM (0) TO (10000) PARTITION BY HASH (m);
    CREATE TABLE felt_0 PARTITION OF felt_now FOR VALUES WITH (MODULUS 3, REMAINDER 0);
    CREATE TABLE felt_1 PARTITION OF felt_now FOR VALUES WITH (MODULUS 3, REMAINDER 1);
    CREATE TABLE felt_2 PARTITION OF felt_now FOR VALUES WITH (MODULUS 3, REMAINDER 2);
    CREATE TABLE felt_later PARTITION OF felt DEFAULT;
    INSERT INTO felt SELECT n, (enum_range(NULL::mood))[1 + n % 6] FROM generate_series(0, 999) n;
    INSERT INTO felt VALUES (20000, 'sad');
    CREATE DOMAIN feeling AS mood;
    CREATE TABLE by_domain (m feeling) PARTITION BY HASH (m);
    CREATE TABLE by_domain_0 PARTITION OF by_domain FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE by_domain_1 PARTITION OF by_domain FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO by_domain SELECT m FROM felt`);
  const manifest = await here.backup({ verify: "restore" });
  expect(manifest.rows).toEqual({ "public.felt_now": 1000, "public.felt_later": 1, "public.by_domain": 1001 });
  // As earlier versions counted them: a savepoint of theirs is still a way back.
  const { "public.by_domain": whole, ...others } = manifest.rows;
  const apart = { ...others, "public.by_domain_0": 1, "public.by_domain_1": (whole ?? 0) - 1 };
  const { database, store, ports } = here;
  await restoreToSide({ database, store, side: `${here.fresh.name}_side`, ports, manifest: { ...manifest, rows: apart } });
});

test("a CHECK that asks for the database's own settings holds in the copy, and secrets are lent to it too", async () => {
  await using here = await stage();
  const set = `ALTER DATABASE ${identifier(here.fresh.name)} SET`;
  await here.fresh.superuser(`${set} TimeZone = 'Asia/Tokyo'; ${set} "app.secret_limit" = '100'`);
  await here.fresh.sql(`
    CREATE TABLE tz (t timestamptz CHECK (t::date >= '2024-01-01'));
    INSERT INTO tz VALUES ('2024-01-01 01:00');
    CREATE TABLE lim (i int CHECK (i < current_setting('app.secret_limit')::int));
    INSERT INTO lim VALUES (5)`);
  // What limits or steers the restore itself is not lent.
  await here.fresh.superuser(`${set} default_transaction_read_only = on; ${set} temp_file_limit = '1GB'; ${set} work_mem = '8MB'`);
  const lent = `SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = $1`;
  const side = await restored(here);
  expect(await here.fresh.superuser(lent.replace("$1", `'${side}'`))).toEqual([{ setconfig: ["TimeZone=Asia/Tokyo"] }]);
});

test("what the role has set for itself changes no value in a dump or a copy", async () => {
  await using here = await stage();
  const { owner } = here.fresh;
  await here.fresh.sql(`CREATE TABLE texts (t text, a text[]); INSERT INTO texts VALUES ('12 €', ARRAY['a', NULL])`);
  await here.fresh.superuser(`ALTER ROLE ${owner} SET array_nulls = off; ALTER ROLE ${owner} SET client_encoding = 'LATIN1'`);
  const side = await restored(here);
  expect(await here.fresh.superuser("SELECT t, a FROM texts", side)).toEqual([{ t: "12 €", a: ["a", null] }]);
});

test("limits of time that a role was given, too short for any command, limit none of ours", async () => {
  await using here = await stage();
  await here.fresh.sql("CREATE TABLE notes AS SELECT 1 AS n");
  for (const limit of ["statement_timeout", "idle_session_timeout"])
    await here.fresh.superuser(`ALTER ROLE ${here.fresh.owner} SET ${limit} = 1`);
  await restored(here);
});

test("a foreign table among the partitions is not entered by a restore", async () => {
  await using here = await stage({ superuser: true });
  await here.fresh.superuser(`
    CREATE EXTENSION postgres_fdw;
    CREATE SERVER gone FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
    CREATE USER MAPPING FOR PUBLIC SERVER gone;
    CREATE TABLE parted (n int) PARTITION BY RANGE (n);
    CREATE TABLE near PARTITION OF parted FOR VALUES FROM (0) TO (100);
    CREATE FOREIGN TABLE far PARTITION OF parted FOR VALUES FROM (100) TO (200) SERVER gone;
    INSERT INTO near SELECT generate_series(0, 99)`);
  const side = await restored(here);
  expect(await here.fresh.superuser("SELECT relname FROM pg_class WHERE reltuples = 100", side)).toEqual([{ relname: "near" }]);
});

/** Two sessions that take two locks in opposite order, as index attachments and foreign keys sometimes do. */
const CROSSED = `
  load() {
    other="SELECT FROM pg_locks WHERE relation = ''$2''::regclass AND granted AND pid <> pg_backend_pid()"
    wait="DO 'BEGIN WHILE NOT EXISTS ($other) LOOP PERFORM pg_sleep(0.01); END LOOP; END'"
    PGDATABASE=$3 psql -qX -v ON_ERROR_STOP=1 -c "BEGIN; LOCK TABLE $1; $wait; LOCK TABLE $2; COMMIT" >&2
  }
  PGDATABASE=$1 psql -qX -c 'CREATE TABLE a (); CREATE TABLE b ()' >&2
  load a b "$1" & one=$!
  load b a "$1"; two=$?
  wait $one && [ $two = 0 ]`;

/** The session that came to the partition came there before the one that makes the trigger. */
const TOO_EARLY = `PGDATABASE=$1 psql -qX -v ON_ERROR_STOP=1 -c 'CREATE TABLE early (); ALTER TABLE early DISABLE TRIGGER each' >&2`;

/** What sometimes becomes of the sessions of a restore becomes of the first one here; those after it are PostgreSQL's own. */
function firstRestore(becomes: string, calls: string[], tools: Machine): Machine {
  return {
    ...tools,
    run: async (command: Command): Promise<Finished> => {
      const side = /dbname='(.*)'/.exec(command.words.join(" "))?.[1];
      if (side !== undefined) calls.push(command.words.find((word) => word.startsWith("--jobs")) ?? "");
      if (side === undefined || calls.length > 1) return await tools.run(command);
      return await machine.run({ ...command, words: ["sh", "-c", becomes, "sh", side], stdin: "" });
    },
  };
}

test("a restore whose own sessions blocked each other is made once more, in one", async () => {
  const calls: string[] = [];
  await using plain = await withoutZstd();
  await using here = await stage({ toolsOn: firstRestore(CROSSED, calls, plain.machine) });
  await here.fresh.sql("CREATE TABLE notes AS SELECT 1 AS n");
  await here.backup({ verify: "restore" });
  expect(calls).toEqual(["--jobs=2", "--jobs=1"]);
  expect(here.said.join("\n")).toContain("blocked each other (a deadlock): restoring once more, in one session.");
});

test("what several sessions of a restore come to in the wrong order is restored once more, in one, and a restore that fails there too is told once", async () => {
  const calls: string[] = [];
  // Of a dump that can be sought in, the sessions take the parts at once.
  await using plain = await withoutZstd();
  await using here = await stage({ toolsOn: firstRestore(TOO_EARLY, calls, plain.machine) });
  // pg_dump notes no order between a trigger and its being switched off on a partition alone.
  await here.fresh.sql(`
    CREATE TABLE parted (id int, k text, at date) PARTITION BY RANGE (at);
    CREATE TABLE parted_24 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (k);
    CREATE TABLE parted_24_a PARTITION OF parted_24 FOR VALUES IN ('a');
    CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER each AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION same();
    ALTER TABLE parted_24_a DISABLE TRIGGER each;
    CREATE INDEX ON parted (id);
    CREATE TABLE other (n int); CREATE INDEX ON other (n); CREATE INDEX ON other (n);
    INSERT INTO parted VALUES (1, 'a', '2024-05-05')`);
  await restored(here);
  // What becomes of the second one, which is checked beside it, is a matter of luck: it is one call or two.
  expect(calls.slice(0, 3)).toEqual(["--jobs=2", "--jobs=1", "--jobs=2"]);
  expect(here.said.join("\n")).toContain("did not come to an end together: restoring once more, in one session.");
  expect(here.said.join("\n")).toContain('trigger "each" for table "early" does not exist');

  await here.fresh.superuser(`CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO ${here.fresh.owner}`);
  await expect(here.backup({ verify: "restore" })).rejects.toMatchObject({ code: "restore-failed" });
});
