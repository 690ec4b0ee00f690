import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Change, openShop, type Run, type Shop, START } from "../../lab/shop.ts";

/** One stable version; every test fails a deploy over it and must find itself on it again. */
let shop: Shop;
let stable: string;
beforeAll(async () => {
  shop = await openShop();
  await shop.commit({
    migrations: {
      "002_tool.sql": "-- UP\nCREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);\n",
    },
  });
  stable = (await shop.deployed()).commit;
  await shop.database.sql("INSERT INTO notes (body) VALUES ('before')");
});
beforeEach(async () => void (await shop.commit({ on: stable, profile: { migrate: null, rollback: null, backup: null } })));
afterAll(async () => await shop[Symbol.asyncDispose]());

const PREFER_DOWN = { rollback: { "prefer-down": "true" } };

/** Deploys a change that fails at its health check. */
async function failing(change: Change): Promise<Run> {
  await shop.commit({ behaviour: { broken: "no orders to be had" }, timeout: "1s", ...change });
  return await shop.run("deploy");
}

/** Code, database and app are the stable version's, asked of each. */
async function expectStable(run: Run, action: string): Promise<void> {
  expect(run.stderr).toContain(`Taken back: shop/production is on ${stable.slice(0, 7)} again`);
  expect(run.code).toBe(1);
  expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: stable, "database-action": action });
  expect(await shop.head()).toBe(stable);
  expect(await shop.health()).toMatchObject({ status: 200, commit: stable });
  expect(await columns()).toEqual(["body", "id"]);
  expect(await shop.run("status").then((status) => status.json.outputs)).toMatchObject({ state: "idle", running: stable, stable });
}

async function columns(): Promise<readonly unknown[]> {
  const rows = await shop.database.sql(
    "SELECT attname FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1",
  );
  return rows.map((row) => row["attname"]);
}

async function bodies(): Promise<readonly unknown[]> {
  return (await shop.database.sql("SELECT body FROM notes ORDER BY id")).map((row) => row["body"]);
}

describe("the database is restored where the schema was changed", () => {
  test("by our files; what was written since is in the replaced database, and counted", async () => {
    await shop.commit({
      behaviour: { startSql: "INSERT INTO notes (body) VALUES ('written since')", broken: "no" },
      timeout: "1s",
      migrations: { "003_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" },
    });
    const run = await shop.run("deploy");
    await expectStable(run, "restored");
    expect(await bodies()).toEqual(["before"]);
    const replaced = run.json.outputs["replaced-database"] as string;
    expect(await shop.database.superuser("SELECT body, x FROM notes ORDER BY id", replaced)).toEqual([
      { body: "before", x: null },
      { body: "written since", x: null },
    ]);
    expect(run.stderr).toMatch(/public\.notes: 2 now, 1 in the savepoint/);
    // Pasted where it is printed, it is in the replaced database.
    const look = /Look into it: `(psql [^`]*)`/.exec(run.stderr)?.[1] ?? "";
    const env = { ...process.env, PGPASSWORD: new URL(shop.database.url).password, PGHOST: "", PGPORT: "" };
    expect(execFileSync("sh", ["-c", `${look} -Atc 'SELECT current_database(), count(*) FROM notes'`], { env }).toString()).toBe(
      `${replaced}|2\n`,
    );
    expect(run.stderr).toMatch(new RegExp(` restore .*--backup ${replaced}(?! --confirm)`));
  });

  test("and what the failed version's start said is still in the log that is named", async () => {
    const run = await failing({ behaviour: {}, profile: { rollout: { "start-command": "echo 'config error: PORT missing'; exit 7" } } });
    await shop.commit({ on: stable, profile: { rollout: { "start-command": START } } });
    const log = /All it said is in (\S+\.log) there/.exec(run.stderr)?.[1] ?? "";
    expect(await readFile(log, "utf8")).toContain("config error: PORT missing");
  });

  test("by another tool", async () => {
    const script = `psql -X -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "ALTER TABLE notes ADD tool int; INSERT INTO pgmigrations (name, run_on) VALUES ('003-tool', now())"\n`;
    const run = await failing({ files: { "tool.sh": script }, profile: { migrate: { run: "sh tool.sh" } } });
    await expectStable(run, "restored");
    expect(run.stderr).toContain("pgmigrations: 003-tool");
  });

  test("by the app's own start-up, which no history tells of", async () => {
    const run = await failing({ behaviour: { startSql: "ALTER TABLE notes ADD COLUMN IF NOT EXISTS started int", broken: "no" } });
    await expectStable(run, "restored");
    expect(run.stderr).toContain("the schema changed, and no migration history says how");
  });

  test("half, by a file without a transaction that failed in the middle", async () => {
    const run = await failing({
      migrations: { "003_half.sql": "-- no-transaction\n-- UP\nALTER TABLE notes ADD half int;\nALTER TABLE notes ADD half int;\n" },
    });
    await expectStable(run, "restored");
    expect(run.stderr).toContain("003_half.sql");
  });

  test("by hand, between the steps of a deploy", async () => {
    const commit = await shop.commit();
    expect((await shop.run("backup")).code).toBe(0);
    await shop.database.sql("ALTER TABLE notes ADD hand int");
    expect((await shop.run("rollout")).code).toBe(0);
    const run = await shop.run("rollback");
    expect(run.code).toBe(0);
    expect(run.json.outputs).toMatchObject({ "rolled-back": true, commit: stable, "database-action": "restored" });
    expect(await shop.health()).toMatchObject({ status: 200, commit: stable });
    expect(await columns()).toEqual(["body", "id"]);
    expect(commit).not.toBe(stable);
  });

  test("in its data alone, as a tool's history tells", async () => {
    const script = `psql -X -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "UPDATE notes SET body = 'damaged'; INSERT INTO pgmigrations (name, run_on) VALUES ('004-data', now())"\n`;
    const run = await failing({ files: { "tool.sh": script }, profile: { migrate: { run: "sh tool.sh" } } });
    await expectStable(run, "restored");
    expect(await bodies()).toEqual(["before"]);
  });
});

test("the database is kept, with all that was written since, where nothing of it was changed", async () => {
  const run = await failing({ behaviour: { startSql: "INSERT INTO notes (body) VALUES ('kept')", broken: "no" } });
  await expectStable(run, "kept");
  expect(await bodies()).toEqual(["before", "kept"]);
  expect(run.json.outputs["replaced-database"]).toBeUndefined();
});

test("several failures in a row all come back to the stable version", async () => {
  for (const broken of ["first", "second"]) {
    const run = await failing({
      behaviour: { broken },
      migrations: { [`00${broken.length}_${broken}.sql`]: `-- UP\nCREATE TABLE ${broken} ();\n` },
    });
    await expectStable(run, "restored");
  }
});

describe("with prefer-down", () => {
  test("the database goes down by its migrations, and keeps what was written since", async () => {
    const up = "-- UP\nALTER TABLE notes ADD x int;\n-- DOWN\nALTER TABLE notes DROP x;\n";
    const run = await failing({
      migrations: { "007_x.sql": up },
      behaviour: { startSql: "INSERT INTO notes (body) VALUES ('kept too')", broken: "no" },
      profile: PREFER_DOWN,
    });
    await expectStable(run, "down");
    expect(await bodies()).toContain("kept too");
  });

  test("the savepoint is restored where one migration has no DOWN", async () => {
    const run = await failing({
      profile: PREFER_DOWN,
      migrations: {
        "008_y.sql": "-- UP\nALTER TABLE notes ADD y int;\n-- DOWN\nALTER TABLE notes DROP y;\n",
        "009_z.sql": "-- UP\nALTER TABLE notes ADD z int;\n",
      },
    });
    await expectStable(run, "restored");
  });

  test("the savepoint is restored where going down does not lead back", async () => {
    const run = await failing({
      profile: PREFER_DOWN,
      // It names what it does not take away: that shows only when it has run.
      migrations: { "010_z.sql": "-- UP\nALTER TABLE notes ADD z int;\n-- DOWN\nALTER TABLE notes ALTER z SET DEFAULT 1;\n" },
    });
    await expectStable(run, "restored");
  });
});

describe("with a copy that is kept warm until the deploy ends", () => {
  // The tests before left as many replaced databases as a deploy may find.
  const WARM = { backup: { verify: "restore", warm: "true", "max-replaced": "99" } };
  const failsAfter = (startSql: string): Change => ({
    profile: WARM,
    behaviour: { startSql, broken: "no" },
    timeout: "1s",
    migrations: { "003_x.sql": "-- UP\nALTER TABLE notes ADD x int;\n" },
  });
  const copies = async (): Promise<readonly unknown[]> =>
    await shop.database.superuser("SELECT datname FROM pg_database WHERE datname LIKE current_database() || '_warm_%'");
  const oid = async (): Promise<unknown> =>
    (await shop.database.superuser("SELECT oid::text FROM pg_database WHERE datname = current_database() AND datallowconn"))[0]?.["oid"];
  /** What the last deploy's backup step noted of its copy. */
  const noted = async (): Promise<unknown> => {
    const steps = (await readFile(`${shop.stateDir}/journal.jsonl`, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return steps.findLast((entry) => entry.kind === "step.done" && entry.step === "backup").result.warm?.oid;
  };

  test("the very copy that proved the savepoint is swapped in, without a second restore; what was written since is counted behind it", async () => {
    await shop.commit(failsAfter("INSERT INTO notes (body) SELECT 'since' FROM generate_series(1, 7)"));
    const run = await shop.run("deploy");
    await expectStable(run, "restored");
    expect(run.stderr).toMatch(/The copy that proved \S+ is still there, as \S+_warm_\S+: it is swapped in\./);
    expect(run.stderr).not.toContain("beside the running database");
    expect(run.stderr).toMatch(/public\.notes +\d+ +\d+ +7\n/);
    expect(await oid()).toBe(await noted());
    expect(await copies()).toEqual([]);
    const replaced = String(run.json.outputs["replaced-database"]);
    expect(await shop.database.superuser("SELECT count(*)::int AS n FROM notes WHERE body = 'since'", replaced)).toEqual([{ n: 7 }]);
  });

  test("a copy that somebody was let into is not used: the savepoint is restored anew, and that copy is dropped", async () => {
    await shop.commit(
      failsAfter(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS true', (SELECT datname FROM pg_database WHERE datname LIKE current_database() || '_warm_%')); END $$",
      ),
    );
    const run = await shop.run("deploy");
    await expectStable(run, "restored");
    expect(run.stderr).toContain("that was kept is not there any more as it was proven: the savepoint is restored anew.");
    expect(run.stderr).toContain("beside the running database");
    expect(await oid()).not.toBe(await noted());
    expect(await copies()).toEqual([]);
  });

  test("unasked, recover does not swap it in either, where going down does not lead back: that has to be said", async () => {
    const migrations = { "004_y.sql": "-- UP\nALTER TABLE notes ADD y int;\n-- DOWN\nSELECT 1 / 0 AS y;\n" };
    await shop.commit({ profile: { ...WARM, ...PREFER_DOWN }, migrations });
    for (const step of ["backup", "migrate"]) expect((await shop.run(step)).code).toBe(0);
    await shop.database.sql("INSERT INTO notes (body) VALUES ('written since')");
    await shop.age(31 * 60);
    const live = await oid();
    const unasked = await shop.run("recover", {}, { env: { SAVEPOINT_RUN: "bea@desk" } });
    expect([unasked.code, unasked.json.code]).toEqual([3, "restore-not-said"]);
    expect(await oid()).toBe(live);
    expect(await bodies()).toContain("written since");
    const said = await shop.run("recover", { confirm: "production" }, { env: { SAVEPOINT_RUN: "bea@desk" } });
    expect(said.json.outputs).toMatchObject({ recovery: "back", commit: stable, "database-action": "restored" });
    expect([said.code, await oid()]).toEqual([0, await noted()]);
  });

  test("it is closed to everybody, dropped when the deploy is stable, and where a deploy ended without that, by the next one", async () => {
    await shop.commit({ profile: WARM });
    // One of a backup that failed behind it is dropped with the deploy that ends there.
    await shop.commit({ profile: { hooks: { "after-backup": "exit 1" } } });
    expect((await shop.run("deploy")).code).toBe(1);
    expect(await copies()).toEqual([]);
    await shop.commit({ profile: { hooks: null } });
    // Of two backups of a deploy the newer one's stays.
    for (let turn = 0; turn < 2; turn += 1) expect((await shop.run("backup")).code).toBe(0);
    expect(await copies()).toHaveLength(1);
    const [left] = await copies();
    const name = String((left as Record<string, unknown>)["datname"]);
    await expect(shop.database.superuser("SELECT 1", name)).rejects.toThrow("is not currently accepting connections");
    expect((await shop.run("unlock", { confirm: "production", reason: "leaves its copy" })).code).toBe(0);
    expect(await copies()).toHaveLength(1);
    const run = await shop.run("deploy");
    expect(run.stderr + run.code).toMatch(/0$/);
    expect(await copies()).toEqual([]);
    expect(await shop.database.superuser("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});
