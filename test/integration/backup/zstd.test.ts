import { appendFile, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { restoreToSide } from "../../../src/backup/restore.ts";
import type { Manifest } from "../../../src/backup/manifest.ts";
import type { Machine } from "../../../src/core/machine.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { GIVEN, unpackingAside } from "../../../src/backup/zstd.ts";
import { machine, type Stage, stage } from "./stage.ts";
import { olderTools, withoutZstd, withZstd } from "./zstd-machines.ts";

const MAGIC = Buffer.from("28b52ffd", "hex");

const beginning = async (here: Stage, manifest: Manifest): Promise<Buffer> => (await readFile(here.store.pathOf(manifest))).subarray(0, 4);

/** Some tables with what a restore has to make behind the rows. */
const fill = async (here: Stage): Promise<void> => {
  await here.fresh.sql(`
    CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE); INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 4200) n;
    CREATE TABLE notes (id serial PRIMARY KEY, by int REFERENCES users, body text); INSERT INTO notes (by, body) SELECT n, md5(n::text) FROM generate_series(1, 4000) n;
    CREATE TABLE large AS SELECT md5(random()::text) || md5(random()::text) AS x FROM generate_series(1, 40000)`);
};

const restoredOn = async (here: Stage, toolsOn: Machine, manifest: Manifest | { readonly path: string }): Promise<readonly unknown[]> => {
  const { target, adminTarget, dialFrom } = here.database;
  const database = openDatabase({ target, adminTarget, dialFrom, toolsOn });
  const side = `${here.fresh.name}_side`;
  await restoreToSide({ database, store: here.store, manifest, side, foreign: true, ports: here.ports });
  const rows = await here.fresh.superuser(
    "SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM large) AS large",
    side,
  );
  await here.fresh.superuser(`DROP DATABASE ${side} WITH (FORCE)`, "postgres");
  return rows;
};

const ALL = [{ users: 4200, large: 40_000 }];

describe("where pg_dump knows no zstd itself, the program of that name stands behind it:", () => {
  test.each([
    { where: "where the dump is written", toolsOn: olderTools },
    { where: "on another machine", toolsOn: { ...olderTools, name: "a host", local: false } },
  ])("$where, read back, restored and compared under the same rules", async ({ toolsOn }) => {
    await using here = await stage({ toolsOn });
    await fill(here);
    const manifest = await here.backup({ verify: "restore" });
    expect(manifest).toMatchObject({ source: "pg_dump+zstd", verified: "restore", rows: { "public.users": 4200 } });
    expect(await beginning(here, manifest)).toEqual(MAGIC);
    expect(await here.files()).toEqual([manifest.file, `${manifest.file}.json`]);
    expect((await here.store.all()).manifests).toEqual([manifest]);
    expect(await here.databases()).toEqual([here.fresh.name]);
  });

  test("what it packed is restored, also where the disk has no room to unpack it, through us where no zstd is left, and bare", async () => {
    await using here = await stage({ toolsOn: olderTools });
    await fill(here);
    const manifest = await here.backup();
    await using small = await withZstd();
    await using full = await withZstd({ df: "echo a; echo b 100 100 0 100% /" });
    await using none = await withoutZstd();
    const path = `${here.store.directory}/of-somebody.dump`;
    await writeFile(path, await readFile(here.store.pathOf(manifest)));
    for (const toolsOn of [olderTools, small.machine, full.machine, none.machine]) {
      for (const dump of [manifest, { path }]) expect(await restoredOn(here, toolsOn, dump)).toEqual(ALL);
    }
    const elsewhere = { ...none.machine, name: "a host", local: false };
    expect(await restoredOn(here, elsewhere, manifest)).toEqual(ALL);
    expect(await here.files()).toEqual(["of-somebody.dump", manifest.file, `${manifest.file}.json`]);
  });

  test("several sessions get it as a file that has no name, of half of the free room at most; else one session gets it as its input", async () => {
    await using here = await stage({ toolsOn: olderTools });
    await fill(here);
    const manifest = await here.backup();
    const plain = Number((await machine.run({ words: ["sh", "-c", `zstd -dc "$1" | wc -c`, "sh", here.store.pathOf(manifest)] })).stdout);
    const told = ["sh", "-c", `echo "$1 $2"; ls -A "$0"; cat -- "\${2:-/dev/stdin}" | wc -c; cat ${GIVEN}`, here.store.directory];
    const files = [manifest.file, `${manifest.file}.json`].join("\n");
    await using roomy = await withZstd();
    await using small = await withZstd({ df: "echo a; echo b 1000 1000 1000 100% /" });
    for (const [on, jobs, shown] of [
      [machine, 2, "--jobs=2 /dev/fd/7"],
      [roomy.machine, 2, "--jobs=2 /dev/fd/7"],
      [small.machine, 2, " "],
      [roomy.machine, 1, " "],
    ] as const) {
      const words = ["sh", "-c", 'cat | "$@"', "sh", ...unpackingAside(told, here.store.pathOf(manifest), jobs)];
      const finished = await on.run({ words, stdin: "the list" });
      expect(finished).toMatchObject({ code: 0, stdout: `${shown}\n${files}\n${plain}\nthe list` });
    }
  });

  test("a zstd that dies, or writes what is no zstd, is no backup; what there was stays", async () => {
    await using here = await stage({ toolsOn: olderTools });
    await fill(here);
    const earlier = await here.backup();
    await using dying = await withZstd({
      zstd: 'case $* in *-d*) exec /usr/bin/zstd "$@";; esac; dd bs=50 count=1 2>/dev/null | /usr/bin/zstd "$@"; [ -z "$(dd bs=1 count=1 2>/dev/null)" ]',
    });
    const { target, adminTarget, dialFrom } = here.database;
    const database = openDatabase({ target, adminTarget, dialFrom, toolsOn: dying.machine });
    await expect(here.backup({ database })).rejects.toMatchObject({
      message: expect.stringMatching(/^(pg_dump failed|The dump cannot be read back)/),
    });
    expect(await here.files()).toEqual([earlier.file, `${earlier.file}.json`]);
  });

  test("a backup whose packed bytes are not what was written is refused", async () => {
    await using here = await stage({ toolsOn: olderTools });
    await fill(here);
    const manifest = await here.backup();
    await appendFile(here.store.pathOf(manifest), "x");
    await expect(restoredOn(here, olderTools, manifest)).rejects.toMatchObject({ exit: 2 });
    expect(await here.databases()).toEqual([here.fresh.name]);
  });
});

test("where there is no zstd, pg_dump's own gzip is as good", async () => {
  await using none = await withoutZstd();
  await using here = await stage({ toolsOn: none.machine });
  await fill(here);
  const manifest = await here.backup({ verify: "restore" });
  expect(manifest).toMatchObject({ source: "pg_dump", verified: "restore" });
  expect((await beginning(here, manifest)).toString("latin1")).toBe("PGDM");
});
