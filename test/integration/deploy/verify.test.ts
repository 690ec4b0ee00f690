import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openShop, type Profile, type Run, type Shop } from "../../lab/shop.ts";
import { casesOf } from "../../lab/weekly.ts";

describe("a backup that is told nothing", () => {
  let shop: Shop;
  const open = async (backup: Profile = {}): Promise<void> => {
    shop = await openShop({ profile: { backup: { verify: null, ...backup } } });
  };
  beforeEach(() => async () => await shop[Symbol.asyncDispose]());

  // oxlint-disable-next-line no-explicit-any -- a manifest as whoever lists it sees it
  const newest = async (): Promise<any> => (await shop.run("list")).json.details.backups[0];
  const backup = async (flags = {}): Promise<Run> => await shop.run("backup", { purpose: "scheduled", ...flags });
  const databases = async (): Promise<readonly string[]> =>
    (await shop.database.superuser("SELECT datname FROM pg_database", "postgres"))
      .map((row) => String(row["datname"]))
      .filter((name) => name.startsWith(`${shop.database.name}_`));

  test("is restored and compared the first time, and where the schema changed; else it is read", async () => {
    await open();
    const first = await shop.run("deploy");
    expect(first.stderr).toContain("restored and compared");
    const proven = await newest();
    expect(proven).toMatchObject({ verified: "restore" });
    expect(proven.dumpMs + proven.restoreMs).toBeLessThanOrEqual(proven.durationMs);
    expect(proven.restoreMs).toBeGreaterThan(0);
    expect(await databases()).toEqual([]);

    // The first deploy was of an empty database, and made the table.
    await shop.deployed({ files: { "a.txt": "a" } });
    const second = await newest();
    expect(second).toMatchObject({ verified: "restore" });
    await shop.commit({ files: { "a.txt": "b" } });
    const third = await shop.run("deploy");
    expect(third.stderr).toContain(`a backup of this schema (${second.id}) was restored and compared`);
    expect(await newest()).toMatchObject({ verified: "read" });
    expect((await newest()).restoreMs).toBeUndefined();
    // What was proven stays so when its backup is gone.
    await shop.database.sql("CREATE INDEX on_body ON notes (body)");
    const folder = join(shop.stateDir, "backups");
    const lost = (await backup()).json.outputs["backup-file"];
    await rm(lost);
    await rm(`${lost}.json`);
    expect((await readdir(folder)).length).toBeGreaterThan(0);
    await backup();
    expect(await newest()).toMatchObject({ verified: "read" });
  });

  test("is read where a drill proved the schema", async () => {
    await open();
    await shop.database.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    expect((await backup({ verify: "read" })).code).toBe(0);
    expect((await shop.run("restore", { backup: "latest", drill: true })).code).toBe(0);
    await backup();
    expect(await newest()).toMatchObject({ verified: "read" });
  });

  test("is read beyond verify-budget, and the command of the warning proves it", async () => {
    await open();
    await backup();
    await shop.database.sql("CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    const read = await backup({ "verify-budget": "1ms" });
    expect(read.code).toBe(0);
    expect(await newest()).toMatchObject({ verified: "read" });
    expect(read.stderr).toMatch(
      /no more than 1 ms may be spent on it \(verify-budget\)\. The last restore that was proven is of another schema/,
    );
    const id = read.json.outputs.savepoint;
    expect(read.stderr).toContain(`restore --environment production --backup ${id} --drill`);
    expect((await shop.run("restore", { backup: id, drill: true })).code).toBe(0);
    expect((await backup({ "verify-budget": "1ms" })).stderr).toContain(`a backup of this schema (${id}) was restored and compared`);
  });

  const refusesItself = async (): Promise<boolean> =>
    Number((await shop.database.sql("SHOW server_version_num"))[0]?.["server_version_num"]) >= 170_000;

  // Each thing that such a function can stand behind is found in test/integration/postgres/restorable.test.ts.
  test.each(
    casesOf({
      always: [["an index", "CREATE INDEX over_rates ON notes (rate(body))"]],
      weekly: [
        ["a materialized view", "CREATE MATERIALIZED VIEW over_rates AS SELECT id, rate(body) FROM notes"],
        ["a CHECK", "ALTER TABLE notes ADD CONSTRAINT over_rates CHECK (rate(body) > 0)"],
      ],
    }),
  )(
    "finds %s that no restore takes before the first change, though a superuser tries nothing; also where only rows that came since make it so",
    async (_what = "", sql = "") => {
      await open();
      const superuser = async (text: string) => await shop.database.superuser(text);
      const env = join(shop.appDir, ".env");
      await writeFile(env, (await readFile(env, "utf8")).replace(shop.database.url, shop.database.superuserUrl));
      const { commit } = await shop.deployed();
      await superuser("CREATE TABLE rates (n int); INSERT INTO rates VALUES (1)");
      await superuser(
        "CREATE FUNCTION rate(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT n FROM rates LIMIT 1); END'",
      );
      await superuser(sql);
      const before = await shop.deployed({ files: { NEWS: "no row yet" } });
      expect(before.commit).not.toBe(commit);
      await superuser("INSERT INTO notes (body) VALUES ('a')");
      if (sql.startsWith("CREATE MAT")) {
        const refresh = async () => await superuser("REFRESH MATERIALIZED VIEW over_rates");
        // Since version 17 a refresh looks along no search path, as a restore does. Until somebody refreshes, nobody sees it.
        if (await refusesItself()) await expect(refresh()).rejects.toThrow('relation "rates" does not exist');
        else await refresh();
      }
      await shop.commit({ migrations: { "002_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" } });
      const failed = await shop.run("deploy");
      expect(failed.code, failed.stderr).toBe(1);
      expect(failed.stderr).toContain("could not be tried (nothing is tried as a superuser)");
      expect(failed.stderr).toMatch(/rate\(text\)/);
      expect(failed.json.state.join("\n")).toContain("Nothing was changed");
      expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", schema: "one", running: before.commit });
      expect(await databases()).toEqual([]);
    },
  );

  test("by schedule, is read with a warning where the role may make no copy; a deploy is refused before it begins", async () => {
    await open();
    await shop.database.superuser(`ALTER ROLE "${new URL(shop.database.url).username}" NOCREATEDB`, "postgres");
    const run = await backup();
    expect(run.stderr).toContain("not restored to prove it");
    expect(run.code).toBe(0);
    expect(await newest()).toMatchObject({ verified: "read" });
    const deploy = await shop.run("deploy");
    expect(deploy.code).toBe(2);
    expect(deploy.stderr).toContain("The way back is not open");
  });

  test("fails where what was restored is not what was dumped, also by schedule", async () => {
    await open();
    // A function that the dump's empty search_path does not find: no pg_restore takes a row that is checked by it.
    await shop.database.sql(
      "CREATE TABLE notes (id int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT count(*)::int FROM notes'; CREATE TABLE checked (id int CHECK (f(id) >= 0)); INSERT INTO checked VALUES (1)",
    );
    const run = await backup();
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("The dump cannot be restored");
    expect((await shop.run("list")).json.outputs.backups).toEqual([]);
    expect(await databases()).toEqual([]);
  });
});
