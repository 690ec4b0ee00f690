import { join } from "node:path";
import { expect, test } from "vitest";
import { restoreToSide } from "../../../src/backup/restore.ts";
import type { BackupSource } from "../../../src/backup/source.ts";
import { sha256 } from "../../../src/machine/files/files.ts";
import { succeed } from "../../../src/machine/succeed.ts";
import { serverPrograms } from "../../lab/postgres.ts";
import { machine, stage } from "./stage.ts";
import { withoutZstd } from "./zstd-machines.ts";

const program = (name: string): string => join(serverPrograms(), name);

/** Another source than pg_dump's archive: the SQL as it is, which psql runs. */
const sql: BackupSource = {
  name: "sql",
  noSavepoints: undefined,
  find: async () => ({
    version: 1,
    async take({ database, admin, snapshot, to, telling, signal }) {
      const words = [program("pg_dump"), "--format=plain", "--no-password", `--snapshot=${snapshot}`, `--file=${to.path}`];
      await telling(async () => {
        await succeed(machine, { words, env: database.environment({ admin, purpose: "backup" }), signal }, "writing SQL");
      });
      return { sha256: await sha256(machine, to.path, { signal }) };
    },
  }),
  async restore({ database, side, dump, signal }) {
    const env = database.environment({ admin: true, database: side, purpose: "restore" });
    const words = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", `--file=${dump.path}`];
    await succeed(machine, { words, env, signal }, "running SQL");
  },
};

test("another source has all that is around it: its backup is published, restored and compared, and says what it was taken with", async () => {
  await using here = await stage({ superuser: true });
  await here.fresh.sql("CREATE TABLE users (id serial PRIMARY KEY, name text); INSERT INTO users (name) VALUES ('ada'), ('bob')");
  const manifest = await here.backup({ source: sql, verify: "restore" });
  expect(manifest).toMatchObject({ source: "sql", tools: 1, verified: "restore", rows: { "public.users": 2 } });
  expect(await here.databases()).toEqual([here.fresh.name]);

  const { database, store, ports } = here;
  const side = `${here.fresh.name}_side`;
  await expect(restoreToSide({ database, store, manifest, side, ports })).rejects.toMatchObject({
    message: `Backup ${manifest.id} was taken with "sql", which this Savepoint does not have.`,
    exit: 2,
  });
  expect(await here.databases()).toEqual([here.fresh.name]);
});

test("a copy that a source restores otherwise than it was is no proof, and nothing is published", async () => {
  await using here = await stage({ superuser: true });
  await here.fresh.sql("CREATE TABLE users (id serial PRIMARY KEY)");
  const loses: BackupSource = { ...sql, restore: async () => undefined };
  await expect(here.backup({ source: loses, verify: "restore" })).rejects.toMatchObject({ code: "differs" });
  expect(await here.files()).toEqual([]);
});

test("a source whose backups cannot be restored beside takes no savepoint; nothing is written", async () => {
  await using here = await stage();
  const whole: BackupSource = { ...sql, noSavepoints: "it brings back the whole cluster" };
  await expect(here.backup({ source: whole })).rejects.toMatchObject({
    message: "A backup by sql is no savepoint: it brings back the whole cluster.",
    exit: 2,
  });
  expect(await here.files()).toEqual([]);
  expect(await here.backup({ source: whole, purpose: "scheduled" })).toMatchObject({ source: "sql" });
});

test("backups of pg_dump alone say so, and those of earlier versions, which said nothing, are restored by it", async () => {
  await using bare = await withoutZstd();
  await using here = await stage({ toolsOn: bare.machine });
  await here.fresh.sql("CREATE TABLE users (id serial PRIMARY KEY)");
  const { source, ...earlier } = await here.backup();
  expect(source).toBe("pg_dump");
  const { database, store, ports } = here;
  const restored = await restoreToSide({ database, store, manifest: earlier, side: `${here.fresh.name}_side`, ports });
  expect(restored.uncompared).toEqual([]);
});
