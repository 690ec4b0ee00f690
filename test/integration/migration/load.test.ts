import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { loadMigrations } from "../../../src/migration/load.ts";
import { scaffoldMigration } from "../../../src/migration/scaffold.ts";
import { failureOf } from "./world.ts";
import { removeFolder } from "../../lab/folder.ts";

const machine = localMachine();
const UP = "-- UP\nSELECT 1;\n-- DOWN\nSELECT 2;\n";

async function folder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "savepoint migrations 'ação' "));
  return { path, [Symbol.asyncDispose]: async () => await removeFolder(path) };
}

async function commit(path: string): Promise<string> {
  const git = (...words: string[]): string =>
    execFileSync("git", ["-C", path, "-c", "user.name=t", "-c", "user.email=t@t", ...words], { encoding: "utf8" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "-m", "x");
  return git("rev-parse", "HEAD").trim();
}

test("a folder's files are read whole, whatever their names and bytes, folders and other files left out", async () => {
  await using base = await folder();
  await writeFile(join(base.path, "001_$(touch x) 'a' \"b\" 🚀.sql"), UP);
  await writeFile(join(base.path, "-002_dash.md"), "");
  await writeFile(join(base.path, "002_no newline.SQL"), `-- UP\r\nSELECT 'é';`);
  await writeFile(join(base.path, "003_large.sql"), `-- UP\nSELECT '${"x".repeat(6_000_000)}';\n`);
  await writeFile(join(base.path, "004_target.txt"), UP);
  await symlink("004_target.txt", join(base.path, "004_link.sql"));
  await writeFile(join(base.path, ".005_hidden.sql"), "");
  await mkdir(join(base.path, "006_folder.sql"));
  const loaded = await loadMigrations({ machine, directory: base.path, shown: "migrations" });
  expect(loaded.map((one) => [one.version, one.up.statements.length])).toEqual([
    ["001", 1],
    ["002", 1],
    ["003", 1],
    ["004", 1],
  ]);
  expect(loaded[0]?.up.file).toBe("migrations/001_$(touch x) 'a' \"b\" 🚀.sql");
  expect(loaded[2]?.up.sql.length).toBeGreaterThan(6_000_000);
});

test("a link is not left out: one that leads nowhere, and one in a commit, which holds no file for it, are errors", async () => {
  await using base = await folder();
  await writeFile(join(base.path, "1_a.sql"), UP);
  await symlink("gone.sql", join(base.path, "2_b.sql"));
  expect(await failureOf(loadMigrations({ machine, directory: base.path, shown: "m" }))).toMatchObject({
    code: "migrations-unread",
    evidence: [expect.stringContaining("2_b.sql") as string],
  });
  const clone = { machine, clone: base.path, commit: await commit(base.path), directory: "." };
  expect(await failureOf(loadMigrations(clone))).toMatchObject({
    exit: 2,
    message: "The migration 2_b.sql: is a symbolic link: commit the file itself in its place",
  });
});

test("an empty folder has no migrations", async () => {
  await using base = await folder();
  expect(await loadMigrations({ machine, directory: base.path })).toEqual([]);
});

test("a folder whose SQL lies one folder deeper is not taken for an empty one", async () => {
  await using base = await folder();
  await mkdir(join(base.path, "20260101_init"));
  await writeFile(join(base.path, "20260101_init", "migration.sql"), "SELECT 1;");
  expect(await failureOf(loadMigrations({ machine, directory: base.path, shown: "prisma/migrations" }))).toMatchObject({
    exit: 2,
    message: "prisma/migrations holds no migration files itself; there is SQL in 20260101_init.",
    hint: expect.stringContaining("run: npx prisma migrate deploy") as string,
  });
});

test("names that break lines, and all other problems, are said at once", async () => {
  await using base = await folder();
  await writeFile(join(base.path, "001_a\nb.sql"), UP);
  await writeFile(join(base.path, "notes.sql"), "SELECT 1;");
  await writeFile(join(base.path, "2_a.sql"), "-- UP\nSELECT 1;");
  await writeFile(join(base.path, "002_b.sql"), Buffer.from([0x2d, 0xff]));
  expect(await failureOf(loadMigrations({ machine, directory: base.path, shown: "m" }))).toMatchObject({
    exit: 2,
    evidence: [
      expect.stringContaining("control character") as string,
      "m/002_b.sql:1: is not UTF-8: save it as UTF-8",
      expect.stringContaining("m/notes.sql: its name is not") as string,
    ],
  });
});

test("a missing folder is an error that names what is nearby", async () => {
  await using base = await folder();
  await mkdir(join(base.path, "db", "migrate"), { recursive: true });
  await writeFile(join(base.path, "db", "migrate", "1_a.sql"), UP);
  const failure = await failureOf(loadMigrations({ machine, directory: join(base.path, "migrations"), shown: "migrations" }));
  expect(failure).toMatchObject({
    exit: 2,
    code: "no-directory",
    message: "There is no folder migrations on this machine.",
    hint: "Set `directory` of migrate; there is db/migrate.",
  });
  await mkdir(join(base.path, "prisma", "migrations"), { recursive: true });
  expect((await failureOf(loadMigrations({ machine, directory: join(base.path, "migrations") }))).hint).toContain(
    "npx prisma migrate deploy",
  );
});

test("a commit's files are read from a clone, whatever is checked out", async () => {
  await using base = await folder();
  await mkdir(join(base.path, "db", "migrations é"), { recursive: true });
  await writeFile(join(base.path, "db", "migrations é", "1_a 'b'.sql"), UP);
  await writeFile(join(base.path, "db", "migrations é", "README.md"), "x");
  const first = await commit(base.path);
  await writeFile(join(base.path, "db", "migrations é", "2_b.sql"), UP);
  const second = await commit(base.path);
  await removeFolder(join(base.path, "db"));
  const load = async (at: string, directory = "db/migrations é/") =>
    await loadMigrations({ machine, clone: base.path, commit: at, directory });
  expect((await load(first)).map((one) => one.up.file)).toEqual(["db/migrations é/1_a 'b'.sql"]);
  expect((await load(second)).map((one) => one.version)).toEqual(["1", "2"]);
  expect(await failureOf(load(second, "."))).toMatchObject({
    code: "no-directory",
    message: ". holds no migration files itself; there is SQL in db/migrations é.",
  });
  expect(await failureOf(load(second, "migrations"))).toMatchObject({
    code: "no-directory",
    hint: "Set `directory` of migrate; there is db/migrations é.",
  });
  expect(await failureOf(load("0".repeat(40)))).toMatchObject({ code: "unknown-commit" });
});

test("a new file follows the folder's style, is valid but for its empty UP, and overwrites nothing", async () => {
  await using base = await folder();
  const directory = join(base.path, "db", "new");
  const now = new Date("2026-11-20T14:30:22Z");
  const first = await scaffoldMigration({ machine, directory, description: "Criação: do 'cliente'! 🚀", now });
  expect(first).toBe(join(directory, "202611201430__criação_do_cliente.sql"));
  const second = await scaffoldMigration({ machine, directory, description: "criação do cliente", now });
  expect(second).toBe(join(directory, "202611201431__criação_do_cliente.sql"));
  expect((await failureOf(loadMigrations({ machine, directory, shown: "new" }))).evidence).toEqual([
    "new/202611201430__criação_do_cliente.sql:2: its UP is empty: no statement stands in it",
    "new/202611201431__criação_do_cliente.sql:2: its UP is empty: no statement stands in it",
  ]);
  expect(await failureOf(scaffoldMigration({ machine, directory, description: "🚀", now }))).toMatchObject({ exit: 2 });
  await writeFile(join(base.path, "0009_a.sql"), UP);
  expect(await scaffoldMigration({ machine, directory: base.path, description: "b", now })).toBe(join(base.path, "0010_b.sql"));
});
