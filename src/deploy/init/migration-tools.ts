import { quote } from "../../machine/quote.ts";

/** What a repository shows: its files, and what stands in some of them. */
export interface RepositoryFiles {
  /** All that git tracks, or would track. */
  readonly names: readonly string[];
  /** The text of a small file; empty where it cannot be had. */
  readonly read: (name: string) => Promise<string>;
}

/** How migrations are made here, and what `savepoint.yml` says for it. */
export interface FoundMigrations {
  /** For people. */
  readonly what: string;
  /** Settings of the section `migrate`. None: nothing is to be said. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Tool {
  readonly name: string;
  /** Where its files are; undefined where it is not used here. */
  readonly find: (files: RepositoryFiles) => Promise<string | undefined>;
  /** What applies them, with the database in `DATABASE_URL`; the folder as a shell's word. */
  readonly run: (folder: string) => string;
}

/** A row for each tool that is told from its files. The first that is found counts. */
const TOOLS: readonly Tool[] = [
  { name: "Prisma", find: async ({ names }) => folderOf(names, /(^|\/)schema\.prisma$/), run: () => "npx prisma migrate deploy" },
  {
    name: "Flyway",
    find: async ({ names }) => folderOf(names, /(^|\/)V\d[\d._]*__[^/]+\.sql$/),
    run: (folder) => `flyway -locations=filesystem:${folder} migrate`,
  },
  {
    name: "golang-migrate",
    find: async ({ names }) => folderOf(names, /(^|\/)\d+_[^/]*\.up\.sql$/),
    run: (folder) => `migrate -path ${folder} -database "$DATABASE_URL" up`,
  },
  {
    name: "dbmate",
    find: async (files) => await folderSaying(files, /^--\s*migrate:up\b/m),
    run: (folder) => `dbmate --migrations-dir ${folder} --no-dump-schema up`,
  },
  {
    name: "goose",
    find: async (files) => await folderSaying(files, /^--\s*\+goose Up\b/m),
    run: (folder) => `goose -dir ${folder} postgres "$DATABASE_URL" up`,
  },
  { name: "node-pg-migrate", find: async (files) => await dependency(files, "node-pg-migrate"), run: () => "npx node-pg-migrate up" },
  { name: "knex", find: async ({ names }) => folderOf(names, /(^|\/)knexfile\.[cm]?[jt]s$/), run: () => "npx knex migrate:latest" },
];

/** A file that Savepoint applies by itself: a version, a name, SQL. */
const PLAIN = /(^|\/)\d+_[^/]+\.sql$/;

/** Which tool migrates here, by its files alone. `starts` is what containers are started with, as far as files say. */
export async function findMigrations(files: RepositoryFiles, starts: string): Promise<FoundMigrations | undefined> {
  for (const tool of TOOLS) {
    const folder = await tool.find(files);
    if (folder === undefined) continue;
    // A shell on the host reads it, and a folder may be called whatever git takes.
    const run = tool.run(quote(["--", folder]).slice("-- ".length));
    if (tool.name === "Prisma" && /prisma\s+migrate\s+deploy/.test(starts)) {
      return { what: `Prisma (${folder}) migrates when the container starts: a failed start takes code and database back`, settings: {} };
    }
    return { what: `${tool.name} (${folder}): a deploy runs \`${run}\` on the host`, settings: { run } };
  }
  const folder = folderOf(files.names, PLAIN);
  return folder === undefined ? undefined : { what: `SQL files in ${folder}`, settings: { directory: folder } };
}

/** The folder of the first file whose path fits. */
function folderOf(names: readonly string[], form: RegExp): string | undefined {
  const name = names.find((one) => form.test(one));
  return name === undefined ? undefined : name.replace(/\/?[^/]*$/, "") || ".";
}

/** The folder of SQL files of which one of the first says this. */
async function folderSaying(files: RepositoryFiles, says: RegExp): Promise<string | undefined> {
  const first = files.names.filter((name) => /(^|\/)\d[^/]*\.sql$/.test(name)).slice(0, MOST_READ);
  for (const name of first) if (says.test(await files.read(name))) return folderOf([name], /./);
  return undefined;
}

const MOST_READ = 5;

async function dependency({ names, read }: RepositoryFiles, name: string): Promise<string | undefined> {
  return names.includes("package.json") && (await read("package.json")).includes(`"${name}"`)
    ? (folderOf(names, /(^|\/)migrations\/[^/]+$/) ?? "migrations")
    : undefined;
}
