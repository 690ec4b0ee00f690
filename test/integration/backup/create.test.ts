import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseManifest } from "../../../src/backup/manifest.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import type { Command, Machine } from "../../../src/core/machine.ts";
import { sha256 } from "../../../src/machine/files/files.ts";
import { fillRich } from "../../lab/rich.ts";
import { commit, machine, stage } from "./stage.ts";

describe("a backup", () => {
  test("is one dump and its manifest, private, and says what the database held", async () => {
    await using here = await stage();
    await here.fresh.sql(
      "CREATE TABLE users (id serial PRIMARY KEY, name text); INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 42) n",
    );
    const history = [{ table: "public.schema_migrations", tool: "savepoint", entries: [{ version: "1", state: "applied" as const }] }];
    const manifest = await here.backup({ deploy: "d-1", from: "1".repeat(40), readHistory: async () => history });
    expect(manifest.file).toMatch(/^pre-deploy_\d{8}T\d{6}Z_abc1234\.dump$/);
    expect(await here.files()).toEqual([manifest.file, `${manifest.file}.json`]);
    const path = here.store.pathOf(manifest);
    const { size, mode } = await stat(path);
    expect(manifest).toMatchObject({
      purpose: "pre-deploy",
      app: "shop",
      environment: "production",
      deploy: "d-1",
      from: "1".repeat(40),
      to: commit,
      verified: "read",
      sizeBytes: size,
      sha256: await sha256(machine, path),
      database: { name: here.fresh.name, encoding: "UTF8" },
      schema: { history },
      rows: { "public.users": 42 },
      sequences: { "public.users_id_seq": "42" },
    });
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(`${path}.json`)).mode & 0o777).toBe(0o600);
    expect((await stat(here.store.directory)).mode & 0o777).toBe(0o700);
    expect(parseManifest(await readFile(`${path}.json`, "utf8"))).toEqual(manifest);
    expect((await here.store.all()).manifests).toEqual([manifest]);
  });

  test("counts what the dump holds while users write", async () => {
    await using here = await stage();
    await here.fresh.sql(
      "CREATE TABLE events (id bigserial PRIMARY KEY, body text); INSERT INTO events (body) SELECT repeat('x', 200) FROM generate_series(1, 20000)",
    );
    const done = new AbortController();
    const writer = (async () => {
      while (!done.signal.aborted) await here.fresh.sql("INSERT INTO events (body) SELECT 'late' FROM generate_series(1, 50)");
    })();
    const manifest = await here.backup({ verify: "restore" }).finally(() => done.abort());
    await writer;
    expect(manifest.verified).toBe("restore");
    expect(manifest.rows["public.events"]).toBeGreaterThanOrEqual(20_000);
  });

  test("is restored beside and compared where asked, and nothing is left of that", async () => {
    await using here = await stage();
    await fillRich(here.fresh);
    const manifest = await here.backup({ verify: "restore" });
    expect(manifest.verified).toBe("restore");
    expect(await here.databases()).toEqual([here.fresh.name]);
  });

  test("drops the copies that killed runs left, and nobody else's", async () => {
    await using here = await stage();
    const { name, owner } = here.fresh;
    const old = [`${name}_verify_20260101T000000Z`, `${name}_drill_20260101T000000Z`];
    const others = [`${name}_staging_verify_20260101T000000Z`, `${name}_verify_of_mine`];
    for (const one of [...old, ...others]) await here.fresh.superuser(`CREATE DATABASE "${one}" OWNER ${owner}`, "postgres");
    await here.backup({ verify: "restore" });
    expect(await here.databases()).toEqual([name, ...others]);
    for (const one of old) expect(here.said).toContain(`dropped ${one}, which a killed run left`);
  });

  test("of an empty database is a backup", async () => {
    await using here = await stage();
    expect(await here.backup({ verify: "restore" })).toMatchObject({ rows: {}, verified: "restore" });
  });

  test.each(["a=b c", "pg'q\"u\\o{te}", "Loja & Café 🐘 $(id)", "postgres://x@y/z"])(
    "of a database called %s is one of that database",
    async (named) => {
      const name = `${named} ${process.pid}`;
      await using here = await stage({ named: name });
      await using connection = await here.database.connect("test");
      await connection.exec("CREATE TABLE here (id integer); INSERT INTO here VALUES (1)");
      expect(await here.backup({ verify: "restore" })).toMatchObject({ database: { name }, rows: { "public.here": 1 } });
    },
  );

  test("two at once are two backups", async () => {
    await using here = await stage();
    const [one, other] = await Promise.all([here.backup(), here.backup({ purpose: "manual" })]);
    expect(one.id).not.toBe(other.id);
    expect((await here.store.all()).manifests).toHaveLength(2);
  });

  test("cleans up the half file of a killed run", async () => {
    await using here = await stage();
    await mkdir(here.store.directory, { recursive: true });
    await writeFile(join(here.store.directory, "pre-deploy_20260101T000000Z_1111111.dump.partial"), "half");
    const manifest = await here.backup();
    expect(await here.files()).toEqual([manifest.file, `${manifest.file}.json`]);
    expect(here.said).toContain("removed pre-deploy_20260101T000000Z_1111111.dump.partial, which a killed run left");
  });

  test("is made by the admin role where the application's may not read everything", async () => {
    await using here = await stage({ superuser: true });
    await here.fresh.sql("CREATE TABLE mine (id integer)");
    await here.fresh.superuser("CREATE TABLE theirs (id integer); INSERT INTO theirs VALUES (7)");
    expect(await here.backup()).toMatchObject({ rows: { "public.mine": 0, "public.theirs": 1 } });
  });

  test("streams where the tools run on another machine", async () => {
    const elsewhere = { ...machine, name: "a host", local: false };
    await using here = await stage({ toolsOn: elsewhere });
    await here.fresh.sql("CREATE TABLE big AS SELECT n, md5(n::text) AS text FROM generate_series(1, 50000) n");
    const manifest = await here.backup({ verify: "restore" });
    expect(manifest.rows).toEqual({ "public.big": 50_000 });
    expect((await here.store.all()).manifests).toEqual([manifest]);
  });

  test("does not mind that pg_restore has all it needs before the end of the file is seen", async () => {
    const elsewhere = { ...machine, name: "a host", local: false };
    const words = (command: Command) =>
      command.words[0] === "cat" ? ["sh", "-c", '{ head -c 500; sleep 1.5; cat; sleep 1; } <"$2"', ...command.words] : command.words;
    const busy: Machine = { ...machine, run: async (command) => await machine.run({ ...command, words: words(command) }) };
    await using here = await stage({ toolsOn: elsewhere });
    await here.fresh.sql("CREATE TABLE one (n integer)");
    const store = new BackupStore(busy, here.store.directory);
    expect(await here.backup({ store, verify: "restore" })).toMatchObject({ verified: "restore" });
    // How far it is, in bytes of all that there are.
    expect(here.said).toContainEqual(expect.stringMatching(/^read back 500 B of (?:\d{3} B|1\.\d kB), \d+ B\/s, about [\d.]+ m?s left$/));
  });
});
