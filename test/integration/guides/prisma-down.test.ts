import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pasting, shellOf } from "../../lab/page.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { PRISMA_SCHEMA, prismaFolder } from "../../lab/prisma.ts";
import { ended } from "../../lab/shop.ts";
import { removeFolder } from "../../lab/folder.ts";

const execute = promisify(execFile);

/** The page's `npx prisma` is the lab's. */
const NPX = 'npx() { shift; ./prisma-cli "$@"; }';

test("the page's commands write what takes a migration back, try it, and going down leaves the old schema, the history and every row", async () => {
  await using database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "prisma-down-"));
  try {
    const packages = await prismaFolder();
    for (const name of ["prisma-cli", "prisma.config.ts", "package.json"]) await cp(join(packages, name), join(folder, name));
    await symlink(join(packages, "node_modules"), join(folder, "node_modules"));
    const put = async (path: string, text: string) => {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    };
    await put("prisma/schema.prisma", PRISMA_SCHEMA);
    await put("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n');
    await put("prisma/migrations/20260101000000_notes/migration.sql", "CREATE TABLE notes (id SERIAL PRIMARY KEY, body TEXT);\n");
    const git = async (...words: string[]) => await execute("git", ["-C", folder, ...words]);
    await git("init", "-q");
    await git("add", "prisma");
    await git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one");
    await execute("./prisma-cli", ["migrate", "deploy"], { cwd: folder, env: { ...process.env, DATABASE_URL: database.url } });
    await put("prisma/schema.prisma", PRISMA_SCHEMA.replace("body String?", "body String?\n  more Int?"));
    await put("prisma/migrations/20260102000000_more/migration.sql", 'ALTER TABLE "notes" ADD COLUMN "more" INTEGER;\n');

    const blocks = await shellOf("docs/prisma-down.md");
    const step = (heading: string) => blocks.filter((block) => block.heading.startsWith(heading));
    const run = async (script: string) => {
      const env = { PATH: process.env["PATH"], HOME: folder, DATABASE_URL: database.url };
      return await ended(spawn("sh", ["-c", script], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] }));
    };
    const tried = await run(pasting([...step("1"), ...step("2")], NPX));
    expect(tried.code, tried.stderr + tried.stdout).toBe(0);
    expect(tried.stdout).toContain('ALTER TABLE "notes" DROP COLUMN "more"');
    expect(tried.stdout).toContain("down leads back\n");

    const columns =
      "SELECT string_agg(column_name, ',' ORDER BY column_name) AS names FROM information_schema.columns WHERE table_name = 'notes'";
    await database.sql("INSERT INTO notes (body, more) VALUES ('written since', 4)");
    expect(await database.sql(columns)).toEqual([{ names: "body,id,more" }]);
    const functions = step("2").map(({ heading, text }) => ({ heading, text: text.slice(0, text.indexOf("schema()")) }));
    const down = await run(pasting([...functions, ...step("3")], "migration=20260102000000_more"));
    expect(down.code, down.stderr).toBe(0);
    expect(await database.sql(columns)).toEqual([{ names: "body,id" }]);
    expect(await database.sql("SELECT * FROM notes")).toEqual([{ id: 1, body: "written since" }]);
    expect(await database.sql("SELECT migration_name AS name FROM _prisma_migrations")).toEqual([{ name: "20260101000000_notes" }]);
  } finally {
    await removeFolder(folder);
  }
});
