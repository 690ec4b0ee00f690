import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PRISMA_SCHEMA, prismaFolder } from "../../lab/prisma.ts";
import { openShop, type Shop } from "../../lab/shop.ts";

const MIGRATIONS = "prisma/migrations";
const QUERY = "SELECT count(*) FROM app.notes";

let shop: Shop;
beforeAll(async () => {
  const packages = await prismaFolder();
  shop = await openShop({ profile: { migrate: { run: "sh prisma.sh deploy" } } });
  await shop.database.sql("CREATE SCHEMA app");
  await appendFile(join(shop.appDir, ".env"), `DATABASE_URL='${shop.database.url}?schema=app'\n`);
  await shop.commit({
    files: {
      "migrations/001_notes.sql": null,
      // Its packages are no part of the app's clone.
      "prisma.sh": `set -e; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; ln -s '${packages}/node_modules' "$work"; cp '${packages}/prisma.config.ts' '${packages}/prisma-cli' '${packages}/package.json' "$work"; cp -r prisma "$work"; cd "$work"; ./prisma-cli migrate "$@"\n`,
      "prisma/schema.prisma": PRISMA_SCHEMA,
      [`${MIGRATIONS}/migration_lock.toml`]: 'provider = "postgresql"\n',
      [`${MIGRATIONS}/20260101000000_notes/migration.sql`]: "CREATE TABLE notes (id serial PRIMARY KEY, body text);\n",
    },
    behaviour: { query: QUERY },
  });
});
afterAll(async () => await shop?.[Symbol.asyncDispose]());

async function columns(): Promise<readonly unknown[]> {
  const rows = await shop.database.sql(
    "SELECT format('%s.%s.%s', table_schema, table_name, column_name) AS name FROM information_schema.columns WHERE table_schema IN ('app', 'public') AND table_name <> '_prisma_migrations' ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

async function history(): Promise<readonly unknown[]> {
  return (await shop.database.sql("SELECT migration_name AS name FROM app._prisma_migrations ORDER BY 1")).map(({ name }) => name);
}

test("with `?schema=` in its URL, Prisma's migrations land in that schema, and its history is found there", async () => {
  const run = await shop.run("deploy");
  expect(run.code, run.stderr).toBe(0);
  expect(await columns()).toEqual(["app.notes.body", "app.notes.id"]);
  expect(await history()).toEqual(["20260101000000_notes"]);
  expect(run.stderr).toContain("20260101000000_notes");
  expect(run.stderr).not.toContain("No migration history that is known was found");
});

test("and a version that migrates there and is not healthy leaves neither schema nor history behind", async () => {
  const rename = { [`${MIGRATIONS}/20260102000000_rename/migration.sql`]: "ALTER TABLE notes RENAME TO scribbles;\n" };
  await shop.commit({ files: rename, behaviour: { query: QUERY }, timeout: "1s" });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  expect(run.stderr).toContain("restore, because 1 migration entry changed (20260102000000_rename came since)");
  expect(await columns()).toEqual(["app.notes.body", "app.notes.id"]);
  expect(await history()).toEqual(["20260101000000_notes"]);
  expect((await shop.health())?.status).toBe(200);
});
