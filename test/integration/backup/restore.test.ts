import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RestoredSide, type RestoreRequest, restoreToSide } from "../../../src/backup/restore.ts";
import { Cancelled, type Failure } from "../../../src/core/failure.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { serverPrograms } from "../../lab/postgres.ts";
import { fillRich } from "../../lab/rich.ts";
import { machine, plainDump, type Stage, stage } from "./stage.ts";
import { olderTools, withoutZstd } from "./zstd-machines.ts";
import { removeFolder } from "../../lab/folder.ts";

const restore = async (here: Stage, changes: Partial<RestoreRequest> & Pick<RestoreRequest, "manifest">): Promise<RestoredSide> =>
  await restoreToSide({ database: here.database, store: here.store, side: `${here.fresh.name}_side`, ports: here.ports, ...changes });

/** Programs that say they are of version 99 and write SQL that begins with a setting which no server here knows. */
const newerTools = async (): Promise<AsyncDisposable & { readonly folder: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "savepoint newer "));
  const real = serverPrograms();
  const script = (body: string): string => `#!/bin/sh\nif [ "$1" = --version ]; then echo "tool (PostgreSQL) 99.1"; exit; fi\n${body}\n`;
  await writeFile(join(folder, "pg_dump"), script(`exec ${real}/pg_dump "$@"`), { mode: 0o755 });
  await writeFile(join(folder, "psql"), script(`exec ${real}/psql "$@"`), { mode: 0o755 });
  const sql = `{ ${real}/pg_restore "$@" || exit 1; } | sed 's/^SET lock_timeout = 0;$/&\\nSET transaction_timeout = 0;/'; [ ! -e "${folder}/fail" ]`;
  await writeFile(join(folder, "pg_restore"), script(sql), { mode: 0o755 });
  return { folder, [Symbol.asyncDispose]: async () => await removeFolder(folder) };
};

const failureOf = async (work: Promise<unknown>): Promise<Failure> =>
  await work.then(
    () => expect.unreachable("it should have failed"),
    (error: Failure) => error,
  );

describe("a restored side", () => {
  test.each([
    { who: "for an owner who is no superuser", superuser: false },
    { who: "with what only a superuser can restore", superuser: true },
  ])("is what the database was, to the letter, $who", async ({ superuser }) => {
    await using here = await stage({ superuser });
    await fillRich(here.fresh, { superuser });
    // PostgreSQL itself writes some definitions otherwise after the first restore, and orders inherited columns anew.
    const { side } = await restore(here, { manifest: await here.backup() });
    await here.fresh.superuser(`ALTER DATABASE ${here.fresh.name} RENAME TO ${here.fresh.name}_first`, "postgres");
    await here.fresh.superuser(`ALTER DATABASE ${side} RENAME TO ${here.fresh.name}`, "postgres");
    const before = await plainDump(here.fresh);

    const manifest = await here.backup({ verify: "restore" });
    await here.fresh.superuser("DROP SCHEMA shop CASCADE; SELECT lo_unlink(424242)");
    const result = await restore(here, { manifest });
    expect(result).toMatchObject({ side, uncompared: [] });
    expect(await plainDump(here.fresh, side)).toBe(before);
    expect(before).toContain("SELECT pg_catalog.lo_open('424242'");
  });

  test("leaves out what a superuser said of plpgsql, which came with the database and nobody else may restore", async () => {
    await using none = await withoutZstd();
    for (const toolsOn of [olderTools, none.machine]) {
      await using here = await stage({ toolsOn });
      await here.fresh.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text); INSERT INTO notes (body) VALUES ('one')");
      await here.fresh.superuser("COMMENT ON EXTENSION plpgsql IS 'ours'");
      const manifest = await here.backup();
      const { side } = await restore(here, { manifest });
      expect(await here.fresh.superuser("SELECT count(*)::int AS n FROM notes", side)).toEqual([{ n: 1 }]);
    }
  });

  test("has the statistics that a planner needs", async () => {
    await using here = await stage();
    await here.fresh.sql(`
      CREATE TABLE "Café $1; 🐘" AS SELECT n % 10 AS n FROM generate_series(1, 1000) n;
      CREATE MATERIALIZED VIEW seen AS SELECT n FROM "Café $1; 🐘" WHERE n > 4;
      CREATE TABLE parted (n int) PARTITION BY RANGE (n);
      CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (100);
      INSERT INTO parted SELECT n % 10 FROM generate_series(1, 300) n;
    `);
    const { side } = await restore(here, { manifest: await here.backup() });
    const known = await here.fresh.superuser(
      "SELECT c.relname AS name, c.reltuples::int AS rows, s.tablename IS NOT NULL AS described FROM pg_class c LEFT JOIN pg_stats s ON s.tablename = c.relname WHERE c.relnamespace = 'public'::regnamespace ORDER BY 2, 1",
      side,
    );
    expect(known).toEqual([
      { name: "part", rows: 300, described: true },
      { name: "parted", rows: 300, described: true },
      { name: "seen", rows: 500, described: true },
      { name: "Café $1; 🐘", rows: 1000, described: true },
    ]);
  });

  test("comes back where the tools run on another machine than the backups lie", async () => {
    await using here = await stage({ toolsOn: { ...machine, name: "a host", local: false } });
    await here.fresh.sql("CREATE TABLE held AS SELECT md5(n::text) AS text FROM generate_series(1, 50000) n");
    const { side } = await restore(here, { manifest: await here.backup() });
    expect(await here.fresh.superuser("SELECT count(*)::int AS rows FROM held", side)).toEqual([{ rows: 50_000 }]);
  });

  test("comes back through newer client tools, whose SQL an older server does not know whole", async () => {
    await using tools = await newerTools();
    await using here = await stage({ toolsOn: localMachine({ env: { ...process.env, PATH: `${tools.folder}:${process.env["PATH"]}` } }) });
    await fillRich(here.fresh);
    const made = await here.backup();
    const { side } = await restore(here, { manifest: { ...made, tools: 99 } });
    expect(await here.fresh.superuser("SELECT count(*)::int AS rows FROM shop.customer", side)).toEqual([{ rows: 300 }]);
    // One that fails inside is seen, though two programs stand behind it in the pipe.
    await here.fresh.superuser(`DROP DATABASE ${side}`, "postgres");
    await writeFile(join(tools.folder, "fail"), "");
    expect(await failureOf(restore(here, { manifest: { ...made, tools: 99 } }))).toMatchObject({ code: "restore-failed" });
    expect(await here.databases()).toEqual([here.fresh.name]);
  });

  test("comes from a bare dump where that is confirmed, and says what could not be compared", async () => {
    await using here = await stage();
    await here.fresh.sql("CREATE TABLE held AS SELECT 1 AS one");
    const made = await here.backup();
    const path = join(here.store.directory, "from elsewhere.dump");
    await copyFile(here.store.pathOf(made), path);
    expect(await failureOf(restore(here, { manifest: { path } }))).toMatchObject({ exit: 2, code: "backup-foreign" });
    const result = await restore(here, { manifest: { path }, foreign: true });
    expect(result.uncompared).toHaveLength(4);
    expect(await here.fresh.superuser("SELECT one FROM held", result.side)).toEqual([{ one: 1 }]);
  });

  test("a backup of another major version of PostgreSQL is restored; that its schema cannot be compared is said", async () => {
    await using here = await stage();
    const manifest = await here.backup();
    const own = manifest.schema.fingerprint;
    expect(own).toMatch(/^4\.(1[4-9]|[2-9]\d):[0-9a-f]{64}$/);
    const elsewhere = (fingerprint: string) => ({ ...manifest, schema: { ...manifest.schema, fingerprint } });
    const result = await restore(here, { manifest: elsewhere(`4.13:${"0".repeat(64)}`) });
    expect(result.uncompared).toEqual(["schema: another version of Savepoint, or of PostgreSQL, recorded it in its own way"]);
    // On the same one it is a difference.
    const side = `${here.fresh.name}_other`;
    const failure = await failureOf(restore(here, { side, manifest: elsewhere(own.replace(/:.*/, `:${"0".repeat(64)}`)) }));
    expect(failure.code).toBe("differs");
  });
});

describe("a failed restore drops the side and leaves the live database alone:", () => {
  const prepared = async (options: Parameters<typeof stage>[0] = {}) => {
    const here = await stage(options);
    await here.fresh.sql(
      "CREATE TABLE held (id serial PRIMARY KEY, note text); INSERT INTO held (note) SELECT md5(n::text) FROM generate_series(1, 5000) n",
    );
    const manifest = await here.backup();
    return { here, manifest, before: await plainDump(here.fresh) };
  };
  const expectUntouched = async (here: Stage, before: string): Promise<void> => {
    expect(await here.databases()).toEqual([here.fresh.name]);
    expect(await plainDump(here.fresh)).toBe(before);
  };

  test("the dump was changed by one byte", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    const bytes = await readFile(here.store.pathOf(manifest));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(here.store.pathOf(manifest), bytes);
    expect(await failureOf(restore(here, { manifest }))).toMatchObject({
      exit: 2,
      code: "backup-broken",
      message: expect.stringContaining("its checksum is"),
    });
    await expectUntouched(here, before);
  });

  test("the dump restores, and is another one than the manifest's", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    expect(await failureOf(restore(here, { manifest: { ...manifest, sha256: "0".repeat(64) } }))).toMatchObject({
      exit: 2,
      code: "backup-broken",
      message: expect.stringContaining(`its checksum is ${manifest.sha256}`),
    });
    await expectUntouched(here, before);
  });

  test("the dump was cut off, or is gone", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    await truncate(here.store.pathOf(manifest), 1000);
    expect(await failureOf(restore(here, { manifest }))).toMatchObject({
      exit: 2,
      message: expect.stringContaining("its dump has 1000 bytes instead of"),
    });
    await rm(here.store.pathOf(manifest));
    expect(await failureOf(restore(here, { manifest }))).toMatchObject({
      exit: 2,
      message: expect.stringContaining("its dump is missing"),
    });
    await expectUntouched(here, before);
  });

  test("the bare dump is no dump", async () => {
    const { here, before } = await prepared();
    await using _ = here;
    const path = join(here.store.directory, "x.dump");
    await writeFile(path, "no dump at all");
    expect(await failureOf(restore(here, { manifest: { path }, foreign: true }))).toMatchObject({ exit: 1 });
    await expectUntouched(here, before);
  });

  test("it is another database's backup, also one whose name begins alike", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    const { database } = manifest;
    for (const other of [
      { ...database, name: `${database.name}_staging` },
      { ...database, system: "42" },
    ]) {
      expect(await failureOf(restore(here, { manifest: { ...manifest, database: other } }))).toMatchObject({
        exit: 2,
        code: "backup-foreign",
      });
    }
    await expectUntouched(here, before);
    await restore(here, { manifest: { ...manifest, database: { ...database, system: "42" } }, foreign: true });
  });

  test("the copy has other rows than the manifest says", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    const failure = await failureOf(restore(here, { manifest: { ...manifest, rows: { ...manifest.rows, "public.held": 5001 } } }));
    expect(failure).toMatchObject({ code: "differs", message: expect.stringContaining("rows: public.held has 5,000 instead of 5,001") });
    await expectUntouched(here, before);
  });

  test("the role may not restore what the dump holds", async () => {
    const { here } = await prepared();
    await using _ = here;
    await here.fresh.superuser("CREATE TABLE theirs (id integer); CREATE TABLE held2 (id integer)");
    await here.fresh.superuser(`GRANT SELECT ON theirs, held2 TO ${here.fresh.owner}`);
    const manifest = await here.backup();
    const before = await plainDump(here.fresh);
    const failure = await failureOf(restore(here, { manifest }));
    expect(failure).toMatchObject({ code: "restore-failed", hint: expect.stringContaining("database-admin-url") });
    expect(failure.evidence.join("\n")).toContain("OWNER TO postgres");
    await expectUntouched(here, before);
  });

  test("it was cancelled", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    const run = new AbortController();
    const noisy = {
      ...here.database.toolsOn,
      run: async (command: Parameters<typeof machine.run>[0]) => {
        if (command.words.some((word) => word.startsWith("--dbname="))) setTimeout(() => run.abort(), 20);
        return await machine.run(command);
      },
    };
    Object.assign(here.database, { toolsOn: noisy });
    expect(await failureOf(restore(here, { manifest, ports: { ...here.ports, signal: run.signal } }))).toBeInstanceOf(Cancelled);
    await expectUntouched(here, before);
  });

  test("the side's name is taken", async () => {
    const { here, manifest, before } = await prepared();
    await using _ = here;
    await here.fresh.superuser(`CREATE DATABASE ${here.fresh.name}_side OWNER ${here.fresh.owner}`, "postgres");
    expect(await failureOf(restore(here, { manifest }))).toMatchObject({ code: "42P04" });
    expect(await here.databases()).toEqual([here.fresh.name, `${here.fresh.name}_side`]);
    expect(await plainDump(here.fresh)).toBe(before);
  });
});
