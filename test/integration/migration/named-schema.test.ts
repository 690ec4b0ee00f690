import { expect, test } from "vitest";
import { applyMigrations } from "../../../src/migration/apply.ts";
import { readHistories } from "../../../src/migration/histories.ts";
import { readHistory } from "../../../src/migration/history.ts";
import { besideLibpq } from "../../../src/migration/tool-url.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { connectionUrl } from "../../../src/postgres/connection-url.ts";
import { clientTools } from "../../../src/postgres/tools.ts";
import { freshDatabase, type FreshDatabase } from "../../lab/postgres.ts";
import { databaseAt, failureOf, migrations, world } from "./world.ts";

const FILES = { "001_notes.sql": "-- UP\nCREATE TABLE notes (id int);\n-- DOWN\nDROP TABLE notes;\n" };

async function applyAt(url: string) {
  return await applyMigrations({
    database: databaseAt(url),
    migrations: migrations(FILES),
    ports: world().ports,
    limits: { lockTimeoutMs: 5000, statementTimeoutMs: 0 },
    appliedBy: "tester@lab",
    deployId: undefined,
  });
}

async function tablesOf(fresh: FreshDatabase): Promise<readonly string[]> {
  const rows = await fresh.sql(
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'app', 'My App') ORDER BY 1",
  );
  return rows.map((row) => String(row["name"]));
}

test.each([
  ["search_path=app", "app"],
  ["currentSchema=app,public", "app"],
  ["schema_search_path=app", "app"],
  ["schema=app", "app"],
  ["schema=My%20App", "My App"],
  ["options=-csearch_path%3Dapp,public", "app"],
  ["options=-c%20search_path%3D%22My%5C%20App%22", "My App"],
])("migrations and their history go where the URL says, and nowhere else: ?%s", async (query, schema) => {
  await using fresh = await freshDatabase();
  await fresh.sql('CREATE SCHEMA app; CREATE SCHEMA "My App"');
  expect(await applyAt(`${fresh.url}?${query}`)).toMatchObject({ applied: ["001"] });
  expect(await tablesOf(fresh)).toEqual([`${schema}.notes`, `${schema}.schema_migrations`]);
  expect(await applyAt(`${fresh.url}?${query}`)).toMatchObject({ applied: [] });
});

test("the guard for another tool's history looks in the schema that was named", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE SCHEMA app; CREATE TABLE app.schema_migrations (version varchar PRIMARY KEY)");
  for (const query of ["search_path=app", "schema=app", "options=-csearch_path%3Dapp"]) {
    expect(await failureOf(applyAt(`${fresh.url}?${query}`)), query).toMatchObject({ code: "foreign-history", exit: 2 });
  }
  expect(await tablesOf(fresh)).toEqual(["app.schema_migrations"]);
});

test("two apps of one database each have their history in their own schema", async () => {
  await using fresh = await freshDatabase();
  await fresh.sql("CREATE SCHEMA app");
  await applyAt(fresh.url);
  // The other one's history is in the path too, behind its own schema.
  expect(await applyAt(`${fresh.url}?schema=app&search_path=public`)).toMatchObject({ applied: ["001"] });
  expect(await tablesOf(fresh)).toEqual(["app.notes", "app.schema_migrations", "public.notes", "public.schema_migrations"]);
  await using connection = await databaseAt(fresh.url).connect("look", { asApp: true });
  expect((await readHistories(connection)).map((table) => table.table)).toEqual(["app.schema_migrations", "public.schema_migrations"]);
});

test("a schema that is not there is refused with the command that makes it, and nothing else is taken", async () => {
  await using fresh = await freshDatabase();
  const failure = await failureOf(applyAt(`${fresh.url}?schema=app&search_path=public`));
  expect(failure).toMatchObject({ exit: 2, code: "3F000", message: expect.stringContaining("There is no schema app") });
  expect(await tablesOf(fresh)).toEqual([]);
  await fresh.sql(failure.hint ?? "");
  expect(await applyAt(`${fresh.url}?schema=app&search_path=public`)).toMatchObject({ applied: ["001"] });
});

test("an empty search path is refused with what helps", async () => {
  await using fresh = await freshDatabase();
  await fresh.superuser(`ALTER DATABASE "${fresh.name}" SET search_path = ''`);
  const failure = await failureOf(applyAt(fresh.url));
  expect(failure).toMatchObject({ exit: 2, hint: expect.stringContaining("`schema: public`") });
  expect(await applyAt(`${fresh.url}?schema=public`)).toMatchObject({ applied: ["001"] });
  await using connection = await databaseAt(`${fresh.url}?schema=public`).connect("look", { asApp: true });
  expect(await readHistory(connection)).toHaveLength(1);
});

const SHOW = `SELECT concat_ws('|', current_setting('search_path'), current_setting('work_mem'), coalesce(current_setting('my.text', true), ''))`;

test.each([
  ["schema=app", '"app"|4MB|'],
  ["schema=My%20App&search_path=public", '"My App", public|4MB|'],
  ["search_path=app,%20public&work_mem=8MB", "app, public|8MB|"],
  ["options=-c%20my.text%3Da%5C%20%2B%5C%20b%20-c%20search_path%3Dapp", "app|4MB|a + b"],
  ["connection_limit=5&x-migrations-table=mine&schema=app&application_name=shop", '"app"|4MB|'],
])("psql reads in the URL of a tool what we read in ours: ?%s", async (query, expected) => {
  await using fresh = await freshDatabase();
  const url = `${fresh.url}?${query}`;
  const database = databaseAt(url);
  const command = `psql -X -w -A -t "$DATABASE_URL" -c "${SHOW}"`;
  const handed = connectionUrl(database.target, besideLibpq(command, database.target));
  const run = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
    const { stdout, stderr } = await localMachine().run({ words, env });
    return `${stdout}${stderr}`.trim();
  };
  expect(await run(["sh", "-c", command], { DATABASE_URL: handed.reveal() })).toBe(expected);
  // What we hand to pg_dump, and our own sessions, are the same.
  const tools = await clientTools(localMachine(), 12);
  const env = database.environment() as Record<string, string>;
  expect(await run(tools.words("psql", "-X", "-w", "-A", "-t", "-c", SHOW), { ...env, PGPASSWORD: "secret" })).toBe(expected);
  await using connection = await database.connect("check");
  expect(await connection.query(`${SHOW} AS all`)).toEqual([{ all: expected }]);
});

test("a tool that the URL was written for finds its own options in it, and a program of libpq's does not", () => {
  const target = parseTargetUrl("postgres://u:p@h/d?schema=app&x-migrations-table=mine");
  const query = (command: string) => connectionUrl(target, besideLibpq(command, target)).reveal().split("?")[1];
  const libpq = "options=-c%20search_path%3D%22app%22";
  for (const command of ["npx prisma migrate deploy", "npm run migrate", "./prisma-cli migrate deploy", "migrate -path db up"])
    expect(query(command), command).toBe(`${libpq}&schema=app&x-migrations-table=mine`);
  for (const command of [
    'psql "$DATABASE_URL" -f up.sql',
    "/usr/bin/psql $DATABASE_URL",
    "python manage.py migrate",
    "alembic upgrade head",
  ])
    expect(query(command), command).toBe(libpq);
  // Said as a setting, only the tool that is known to want it gets it.
  const said = { ...parseTargetUrl("postgres://u:p@h/d"), schema: "app" };
  expect(connectionUrl(said, besideLibpq("npx prisma migrate deploy", said)).reveal()).toContain("&schema=app");
  expect(connectionUrl(said, besideLibpq("npm run migrate", said)).reveal()).not.toContain("schema=app");
});
