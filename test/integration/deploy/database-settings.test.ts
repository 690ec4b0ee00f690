import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { sharedClusterUrl } from "../../lab/postgres.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

/** A statement about the database itself, for a migration or the app's start: `%I` is its name. */
function about(...statements: string[]): string {
  return `DO $do$ BEGIN ${statements.map((one) => `EXECUTE format($sql$${one}$sql$, current_database());`).join(" ")} END $do$;`;
}

/** What PostgreSQL keeps with a database, by its name. */
async function settingsOf({ database }: Shop, name = database.name): Promise<Record<string, unknown> | undefined> {
  const [row] = await database.superuser(
    `SELECT shobj_description(d.oid, 'pg_database') AS comment, datconnlimit AS "limit",
       (SELECT array_agg(s.setrole::regrole::text || ' ' || c ORDER BY s.setrole, c) FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = d.oid) AS set,
       (SELECT array_agg(a.privilege_type::text ORDER BY 1) FROM aclexplode(d.datacl) a WHERE a.grantee = 'pg_monitor'::regrole) AS monitor
     FROM pg_database d WHERE datname = '${name}'`,
  );
  return row;
}

/** Who may do what with the database, as PostgreSQL understands it. */
async function rightsOf({ database }: Shop): Promise<readonly Record<string, unknown>[]> {
  return await database.superuser(
    `SELECT a.grantee::regrole::text AS who, privilege_type AS what, is_grantable FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     WHERE datname = '${database.name}' ORDER BY 1, 2`,
  );
}

const FAILED = { behaviour: { broken: "no" }, timeout: "1s" };

async function filesOf(shop: Shop): Promise<string> {
  const backups = (await readdir(join(shop.stateDir, "backups"))).filter((file) => file.endsWith(".json"));
  const files = ["journal.jsonl", ...backups.map((file) => join("backups", file))];
  return (await Promise.all(files.map(async (file) => await readFile(join(shop.stateDir, file), "utf8")))).join("\n");
}

test("settings that a failed version made of the database go with it; the savepoint's are back, and what differs is named", async () => {
  await using shop = await openShop();
  const { name, owner } = shop.database;
  await shop.database.superuser(
    `COMMENT ON DATABASE "${name}" IS 'the shop'; ALTER DATABASE "${name}" SET statement_timeout TO '55s'; ALTER ROLE "${owner}" IN DATABASE "${name}" SET work_mem TO '7MB';
     ALTER DATABASE "${name}" SET "shop.key" TO 'geheim-1'; GRANT TEMPORARY ON DATABASE "${name}" TO pg_monitor`,
  );
  await shop.deployed();
  const before = await settingsOf(shop);
  await shop.commit({
    migrations: {
      "002_all.sql": `-- UP\nALTER TABLE notes ADD more int;\nCREATE SCHEMA elsewhere;\n${about(
        "ALTER DATABASE %I SET search_path TO elsewhere",
        "ALTER DATABASE %I SET statement_timeout TO ''66s''".replaceAll("''", "'"),
        `ALTER ROLE "${owner}" IN DATABASE %I RESET work_mem`,
        "COMMENT ON DATABASE %I IS $c$broken$c$",
        "ALTER DATABASE %I CONNECTION LIMIT 20",
        "REVOKE TEMPORARY ON DATABASE %I FROM pg_monitor",
        // Of the role in every database of the cluster: nobody's to put back.
        `ALTER ROLE "${owner}" SET temp_buffers TO $c$17MB$c$`,
      )}`,
    },
    ...FAILED,
  });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  // Only a superuser may set a parameter that the server does not know: the command is there, without its value.
  const copies = /Run as a superuser: (DO .*);/.exec(run.stderr)?.[1] ?? "";
  expect(copies).toContain("shop.key");
  await shop.database.superuser(copies);
  expect(await settingsOf(shop)).toEqual(before);
  expect((await shop.health())?.status).toBe(200);
  expect(run.stderr).toContain("search_path: not set, as in the savepoint (it was elsewhere).");
  expect(run.stderr).toContain(`To have it as it was: ALTER DATABASE "${name}" SET "search_path" TO 'elsewhere';`);
  expect(run.stderr).toContain("statement_timeout: 55s, as in the savepoint (it was 66s).");
  expect(run.stderr).toContain("connection limit: none, as in the savepoint (it was 20).");
  expect(run.stderr).toContain(
    `temp_buffers for the role ${owner} in all databases: stays 17MB; in the savepoint it was not set. To have it so again: ALTER ROLE "${owner}" RESET "temp_buffers";`,
  );
  expect(await shop.database.superuser(`SELECT rolconfig FROM pg_roles WHERE rolname = '${owner}'`)).toEqual([
    { rolconfig: ["temp_buffers=17MB"] },
  ]);
  // In the log as it happens, and in the summary at the end.
  expect(run.stderr).toContain("Settings of the database differ from the savepoint's:");
  expect(run.stderr).toContain("Settings of the database against the savepoint's");
  expect(`${await filesOf(shop)}${run.stderr}${run.stdout}`).not.toContain("geheim");
});

test("a failed version that shut everybody out of the database is rolled back, and its rights are back", async () => {
  await using shop = await settledShop();
  const before = await rightsOf(shop);
  const out = [`REVOKE ALL ON DATABASE %I FROM PUBLIC`, `REVOKE ALL ON DATABASE %I FROM "${shop.database.owner}"`];
  await shop.commit({ migrations: { "002_out.sql": `-- UP\nALTER TABLE notes ADD more int;\n${about(...out)}` }, ...FAILED });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  expect((await shop.health())?.status).toBe(200);
  expect(await rightsOf(shop)).toEqual(before);
  expect(run.stderr).toContain("CONNECT for everyone: granted, as in the savepoint (it was not granted).");
});

test("a DBA's setting during a deploy is no reason to restore: the database is kept, and the setting is named with what sets it again", async () => {
  await using shop = await settledShop();
  const { name } = shop.database;
  await shop.commit({ behaviour: { broken: "no", startSql: about("ALTER DATABASE %I SET work_mem TO $c$64MB$c$") }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "kept" });
  expect(await settingsOf(shop)).toMatchObject({ set: null });
  expect(run.stderr).toContain(
    `work_mem: not set, as in the savepoint (it was 64MB). To have it as it was: ALTER DATABASE "${name}" SET "work_mem" TO '64MB';`,
  );
});

test("`keep` said by hand keeps the settings too, and names the statement that puts each back", async () => {
  await using shop = await settledShop();
  const { name, owner } = shop.database;
  const { first } = shop;
  await shop.deployed({ message: "Another text" });
  await shop.database.superuser(`ALTER DATABASE "${name}" SET work_mem TO '64MB'; ALTER ROLE "${owner}" SET work_mem TO '65MB'`);
  const run = await shop.run("rollback", { confirm: "production", reason: "slow", to: first.commit, database: "keep" });
  expect(run.code, run.stderr).toBe(0);
  expect(await settingsOf(shop)).toMatchObject({ set: ["- work_mem=64MB"] });
  expect(run.stderr).toContain(
    `work_mem: stays 64MB; in the savepoint it was not set. To have it so again: ALTER DATABASE "${name}" RESET "work_mem";`,
  );
  expect(run.stderr).toContain(`ALTER ROLE "${owner}" RESET "work_mem";`);
});

test("a backup that is restored by hand brings its settings, and the replaced database, brought back, its own", async () => {
  await using shop = await settledShop();
  const { name } = shop.database;
  await shop.database.superuser(`COMMENT ON DATABASE "${name}" IS 'then'; ALTER DATABASE "${name}" SET work_mem TO '5MB'`);
  const then = await settingsOf(shop);
  const backup = (await shop.run("backup", { purpose: "manual" })).json.outputs.savepoint as string;
  await shop.database.superuser(
    `COMMENT ON DATABASE "${name}" IS 'now'; ALTER DATABASE "${name}" SET work_mem TO '6MB'; ALTER DATABASE "${name}" SET "shop.key" TO 'geheim-2'`,
  );
  const now = await settingsOf(shop);
  const restored = await shop.run("restore", { backup, confirm: "production" });
  expect(restored.code, restored.stderr).toBe(0);
  expect(await settingsOf(shop)).toEqual(then);
  expect(restored.stderr).toContain("work_mem: 5MB, as in the savepoint (it was 6MB)");
  const replaced = restored.json.outputs["replaced-database"] as string;
  const back = await shop.run("restore", { backup: replaced, confirm: "production" });
  expect(back.code, back.stderr).toBe(0);
  expect(await settingsOf(shop)).toEqual(now);
  expect(`${restored.stderr}${back.stderr}${await filesOf(shop)}`).not.toContain("geheim");
});

test("versions of extensions are named wherever they differ from the savepoint's, and are no reason to restore", async () => {
  await using shop = await settledShop();
  const old = "CREATE EXTENSION citext WITH SCHEMA public VERSION '1.5'";
  await shop.database.sql(old);
  await shop.deployed({ files: { NEWS: "with an extension" } });
  // No setting differs, and a savepoint's version is older than the live one's.
  await shop.commit({ behaviour: { broken: "no", startSql: "ALTER EXTENSION citext UPDATE TO '1.6'" }, timeout: "1s" });
  const kept = await shop.run("deploy");
  expect(kept.json.outputs, kept.stderr).toMatchObject({ "rolled-back": true, "database-action": "kept" });
  const named = "version of the extension citext: 1.6 now; in the savepoint it was 1.5.";
  expect(kept.stderr).toContain(`Versions of extensions differ from the savepoint's:\n    ${named}`);
  // In the log as it happens, and in the summary at the end.
  expect(kept.stderr.split(named)).toHaveLength(3);
  expect(kept.stderr).not.toContain("Settings of the database differ");
  // Live and savepoint have the same, and the restored copy has not: pg_dump does not say which it was.
  await shop.database.sql(`DROP EXTENSION citext; ${old}`);
  await shop.commit({
    behaviour: FAILED.behaviour,
    timeout: "1s",
    migrations: { "002_more.sql": "-- UP\nALTER TABLE notes ADD more int;\n" },
  });
  const restored = await shop.run("deploy");
  expect(restored.json.outputs, restored.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  expect(await shop.database.sql("SELECT extversion FROM pg_extension WHERE extname = 'citext'")).toEqual([{ extversion: "1.6" }]);
  expect(restored.stderr).toContain(`Versions of extensions differ from the savepoint's:\n    ${named}`);
});

test("settings of a kept database that cannot be put back fail no rollback: each is a warning, and the statement is there", async () => {
  await using shop = await settledShop();
  const { name } = shop.database;
  const { commit } = shop.first;
  // From outside: a superuser's session in the database would be in the way of any way back.
  const dba = new pg.Client({ connectionString: sharedClusterUrl() });
  await dba.connect();
  /** A workflow's run that backs up, and is taken back after the DBA did something. */
  const takenBack = async (workflow: string, meanwhile: readonly string[]): Promise<string> => {
    const backup = await shop.run("backup", {}, { workflow });
    expect(backup.code, backup.stderr).toBe(0);
    for (const text of meanwhile) await dba.query(text);
    const run = await shop.run("rollback", {}, { workflow });
    expect(run.code, run.stderr).toBe(0);
    expect(run.json.outputs, run.stderr).toMatchObject({ "database-action": "kept", commit });
    return run.stderr;
  };
  const set = `ALTER DATABASE "${name}" SET`;
  const held = await takenBack("301.1", [`${set} work_mem TO '64MB'`, "BEGIN", `${set} statement_timeout TO '1h'`]);
  await dba.query("ROLLBACK");
  expect(held).toContain(`The settings of ${name} could not be put back: `);
  const again = `work_mem: stays 64MB; in the savepoint it was not set. To have it so again: ALTER DATABASE "${name}" RESET "work_mem";`;
  expect(held).toContain(again);
  expect(await settingsOf(shop)).toMatchObject({ set: ["- work_mem=64MB"] });
  await shop.database.sql(/To have it so again: (ALTER DATABASE [^;]*;)/.exec(held)?.[1] ?? "");
  expect(await settingsOf(shop)).toMatchObject({ set: null });

  // What only a superuser may set stays, and the rest goes back.
  const refused = await takenBack("302.1", [`${set} log_min_duration_statement TO 7`, `${set} work_mem TO '65MB'`]);
  await dba.end();
  expect(await settingsOf(shop)).toMatchObject({ set: ["- log_min_duration_statement=7"] });
  expect(refused).toContain(`may not set this for ${name}: log_min_duration_statement. Run as a superuser: `);
  await shop.database.superuser(/Run as a superuser: (ALTER DATABASE [^;]*;)/.exec(refused)?.[1] ?? "");
  expect(await settingsOf(shop)).toMatchObject({ set: null });
});
