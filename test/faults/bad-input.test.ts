import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { git } from "../lab/git.ts";
import { type Change, type Flags, openShop, type Profile, type Run, type RunOptions, type Shop } from "../lab/shop.ts";

let shop: Shop;
let stable: string;
beforeAll(async () => {
  shop = await openShop({ profile: { backup: { verify: "read" } } });
  stable = (await shop.deployed()).commit;
});
afterAll(async () => await shop[Symbol.asyncDispose]());

interface Case {
  readonly name: string;
  readonly operation?: string;
  readonly flags?: () => Flags;
  readonly options?: () => RunOptions;
  /** A version that is to be deployed; its files are gone again for the next case. */
  readonly change?: Change;
  /** Settings of the environment in that version's savepoint.yml; null takes one away. */
  readonly settings?: Profile;
  /** Makes it bad; what is returned makes it good again. */
  readonly before?: () => Promise<() => Promise<unknown>>;
  /** Default: 2, refused before anything was touched. */
  readonly exit?: number;
  /** What the message must name. */
  readonly says: RegExp;
  /** What the rest (hint, evidence, state, next command) must hold. */
  readonly helps?: RegExp;
}

const url = (changed: (url: URL) => void): string => {
  const one = new URL(shop.database.url);
  changed(one);
  return one.href;
};
const withUrl = (text: () => string) => (): RunOptions => ({ env: { SAVEPOINT_DATABASE_URL: text() } });
/** In a mount namespace of its own: nobody else sees what is mounted there. */
const mounting = (command: string) => (): RunOptions => ({
  under: ["unshare", "--mount", "sh", "-e", "-c", `${command}; exec "$@"`, "sh"],
});
const migration = (name: string, sql: string | Buffer): Change => ({ files: { [`migrations/${name}`]: sql as string } });
const appFile = async (name: string, text: string): Promise<() => Promise<void>> => {
  const path = join(shop.appDir, name);
  const was = await readFile(path, "utf8");
  await writeFile(path, text);
  return async () => await writeFile(path, was);
};

const DATABASE: Case[] = [
  {
    name: "no database",
    operation: "backup",
    settings: { "database-url": null },
    says: /No database is named/,
    helps: /`database-url`.*postgres:\/\/.*env:NAME/,
  },
  { name: "a URL that is none", options: withUrl(() => "localhost/shop"), says: /`SAVEPOINT_DATABASE_URL`.*must be.*postgres:\/\//s },
  { name: "a URL of another kind", options: withUrl(() => "mysql://app:hidden@db/shop"), says: /`SAVEPOINT_DATABASE_URL`.*postgres:\/\// },
  { name: "a URL without a database", options: withUrl(() => "postgres://app:hidden@db"), says: /`SAVEPOINT_DATABASE_URL`.*database/ },
  {
    name: "a URL that is none in the host's .env",
    before: async () => await appFile(".env", "DATABASE_URL=postgres//nowhere\n"),
    says: /`database-url`.*DATABASE_URL.*\.env/,
    helps: /postgres:\/\/user:password@server/,
  },
  {
    name: "a variable that the host's .env does not set",
    before: async () => await appFile(".env", "OTHER=1\n"),
    says: /`database-url: env:DATABASE_URL`.*\.env.*sets no DATABASE_URL/,
  },
  { name: "a wrong password", options: withUrl(() => url((one) => (one.password = "wrong"))), says: /password/, helps: /database-url/ },
  { name: "no such database", options: withUrl(() => url((one) => (one.pathname = "/shopp"))), says: /shopp/, helps: /database-url/ },
  {
    name: "no such server",
    options: withUrl(() => url((one) => (one.port = "1"))),
    says: /127\.0\.0\.1:1/,
    helps: /refused|running|listen/i,
  },
  {
    name: "a role that may not create databases",
    before: async () => {
      await shop.database.superuser(`ALTER ROLE ${shop.database.owner} NOCREATEDB`);
      return async () => await shop.database.superuser(`ALTER ROLE ${shop.database.owner} CREATEDB`);
    },
    says: /way back/,
    helps: /ALTER ROLE \S+ CREATEDB/,
  },
  {
    name: "a role that may not read a table",
    before: async () => {
      await shop.database.superuser("CREATE TABLE private (id int); REVOKE ALL ON private FROM PUBLIC");
      return async () => await shop.database.superuser("DROP TABLE private");
    },
    says: /may not read all of database/,
    helps: /GRANT SELECT ON TABLE public\.private TO/,
  },
  {
    name: "client tools older than the server",
    options: () => ({
      ...mounting(`mount --bind "$HOME" /usr/lib/postgresql`)(),
      env: { PATH: `${shop.folder}/old:${process.env["PATH"]}` },
    }),
    before: async () => {
      await mkdir(join(shop.folder, "old"));
      for (const program of ["pg_dump", "pg_restore", "psql"]) {
        await writeFile(join(shop.folder, "old", program), `#!/bin/sh\necho "${program} (PostgreSQL) 9.6.24"\n`, { mode: 0o755 });
      }
      return async () => await rm(join(shop.folder, "old"), { recursive: true });
    },
    says: /pg_dump and pg_restore 9 only, older than the server's \d+/,
    helps: /apt-get install postgresql-client-\d+/,
  },
  {
    name: "another tool's schema_migrations",
    before: async () => {
      await shop.database.sql(
        "ALTER TABLE schema_migrations RENAME TO kept; CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)",
      );
      return async () => await shop.database.sql("DROP TABLE schema_migrations; ALTER TABLE kept RENAME TO schema_migrations");
    },
    says: /schema_migrations.*(?:golang-migrate|another tool)/s,
    helps: /run/,
  },
];

const WRONG = {
  password: [
    (one: URL) => (one.password = "wrong"),
    /Cannot enter (?!postgres|shop)\S+:\d+ as .*password authentication failed/i,
    /password/,
  ],
  role: [(one: URL) => (one.username = "nobody"), /Cannot enter .* as nobody/i, /role|password/],
  database: [(one: URL) => (one.pathname = "/shopp"), /Cannot enter shopp.*does not exist/i, /CREATE DATABASE/],
  encryption: [(one: URL) => (one.search = "?sslmode=require"), /does not offer encryption/i, /sslmode=disable/],
} as const;

/** Whoever is not let in has touched nothing, by whatever command. */
const CALLS: readonly (readonly [string, Flags, readonly (keyof typeof WRONG)[]])[] = [
  ["backup", { purpose: "manual" }, ["password", "role", "database", "encryption"]],
  ["migrate", {}, ["password", "role", "database", "encryption"]],
  ["migrate", { command: "status" }, ["password"]],
  ["backup", { "dry-run": true }, ["password"]],
  ["deploy", { "dry-run": true }, ["encryption"]],
  ["restore", { backup: "latest", confirm: "production" }, ["password", "encryption"]],
  ["restore", { backup: "latest", drill: true }, ["password"]],
  ["list", {}, ["password"]],
  ["drop-replaced", { name: "x", confirm: "production" }, ["password"]],
];
const DOOR = CALLS.flatMap(([operation, flags, wrong]) =>
  wrong.map((what): Case => {
    const [change, says, helps] = WRONG[what];
    const name = `a wrong ${what} for ${operation} ${JSON.stringify(flags)}`;
    return { name, operation, flags: () => flags, options: withUrl(() => url(change)), says, helps };
  }),
);

const CODE: Case[] = [
  {
    name: "a missing app-dir",
    flags: () => ({ "app-dir": "/srv/nowhere" }),
    options: withUrl(() => shop.database.url),
    says: /`app-dir` \/srv\/nowhere does not exist/,
    helps: /git clone/,
  },
  {
    name: "an app-dir that is no repository",
    flags: () => ({ "app-dir": "/usr" }),
    options: withUrl(() => shop.database.url),
    says: /\/usr .*git/,
    helps: /git clone/,
  },
  { name: "no app-dir at all", settings: { "app-dir": null, "database-url": null }, says: /`?app-dir`?/, helps: /app-dir/ },
  {
    name: "edited tracked files",
    before: async () => await appFile("server.cjs", "// by hand\n"),
    says: /tracked file.*edited by hand/,
    helps: /server\.cjs/,
  },
  {
    name: "a commit that does not exist",
    flags: () => ({ commit: "0123456789012345678901234567890123456789" }),
    says: /has no commit 0123456/,
    helps: /push|fetch/,
  },
  {
    name: "a branch that does not exist",
    flags: () => ({ commit: "no-such-branch" }),
    says: /`commit`.*no-such-branch/,
    helps: /sha, tag or branch|push|fetch/,
  },
  { name: "a commit that is an option", options: () => ({ env: { SAVEPOINT_COMMIT: "--upload-pack=touch /tmp/x" } }), says: /`commit`/ },
];

const STATE: Case[] = [
  {
    name: "a state-dir in a file",
    flags: () => ({ "state-dir": join(shop.appDir, "server.cjs", "state") }),
    says: /server\.cjs/,
    helps: /state-dir/,
  },
  {
    name: "a state-dir that may not be written",
    flags: () => ({ "state-dir": "/mnt/state" }),
    options: mounting("mount -t tmpfs -o ro,size=64k none /mnt"),
    says: /\/mnt\/state.*read-only|read-only.*\/mnt\/state/,
    helps: /state-dir/,
  },
  {
    name: "a state-dir on a full disk",
    flags: () => ({ "state-dir": "/mnt/state" }),
    options: mounting("mount -t tmpfs -o size=16k none /mnt; head -c 16000 /dev/zero >/mnt/full || true"),
    says: /no room left|full/,
    helps: /df -h|state-dir/,
  },
  {
    name: "a state-dir with too little room for a backup",
    flags: () => ({ "state-dir": "/mnt/state" }),
    options: mounting("mount -t tmpfs -o size=200k none /mnt"),
    says: /There is no room for the backup/,
    helps: /another state-dir/,
  },
  { name: "a state-dir with a line break", flags: () => ({ "state-dir": "/tmp/a\nb" }), says: /`state-dir`.*line break/ },
  {
    name: "another environment's state-dir",
    flags: () => ({ environment: "staging", "state-dir": shop.stateDir }),
    says: /staging/,
    helps: /production/,
  },
];

const MIGRATIONS: Case[] = [
  {
    name: "duplicate versions",
    change: { files: { "migrations/002_a.sql": "-- UP\nSELECT 1;\n", "migrations/002_b.sql": "-- UP\nSELECT 2;\n" } },
    says: /002/,
    helps: /002_a\.sql|002_b\.sql/,
  },
  { name: "an empty UP", change: migration("002_empty.sql", "-- UP\n\n-- DOWN\nSELECT 1;\n"), says: /002_empty\.sql/, helps: /UP/ },
  { name: "no UP at all", change: migration("002_none.sql", "CREATE TABLE x ();\n"), says: /002_none\.sql/, helps: /-- UP/ },
  {
    name: "a syntax error",
    change: migration("002_typo.sql", "-- UP\nCREATE TABLE fine ();\nCREAT TABLE broken ();\n"),
    exit: 1,
    says: /002_typo\.sql/,
    helps: /3.*CREAT TABLE broken[\s\S]*\^/,
  },
  {
    name: "a name without a version",
    change: migration("create_things.sql", "-- UP\nSELECT 1;\n"),
    says: /create_things\.sql/,
    helps: /YYYYMMDDHHMM__|NNN_/,
  },
  {
    name: "a file that was changed after it was applied",
    change: migration("001_notes.sql", "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body varchar);\n"),
    says: /001_notes\.sql changed after it was applied/,
    helps: /- .*body text[\s\S]*\+ .*body varchar/,
  },
  {
    name: "a file that is no UTF-8",
    before: async () => await committed("migrations/002_latin.sql", Buffer.from("-- UP\nSELECT 'a\xe7\xe3o';\n", "latin1")),
    says: /002_latin\.sql/,
    helps: /UTF-8/,
  },
];

const INPUTS: Case[] = [
  { name: "an unknown flag", flags: () => ({ "helth-url": "http://x" }), says: /helth-url.*health-url/s },
  { name: "an unknown key in savepoint.yml", settings: { helth: { url: "x" } }, says: /savepoint\.yml:\d+.*helth.*`health`/s },
  {
    name: "an unknown key deeper in savepoint.yml",
    settings: { health: { timout: "3s" } },
    says: /savepoint\.yml:\d+.*timout.*`timeout`/s,
  },
  {
    name: "a secret in savepoint.yml",
    settings: { "database-url": "postgres://app:hidden@db/shop" },
    says: /savepoint\.yml:\d+.*database-url/s,
    helps: /env:NAME|SAVEPOINT_DATABASE_URL|/,
  },
  { name: "broken YAML", change: { files: { "savepoint.yml": "app: shop\nenvironments: {production: [}\n" } }, says: /savepoint\.yml:2/ },
  { name: "an unknown environment", flags: () => ({ environment: "prodution" }), says: /prodution.*production/s },
  {
    name: "an environment with a line break",
    flags: () => ({ environment: "production\nrm -rf" }),
    says: /`environment`.*line break|environment/,
  },
  {
    name: "everything at once",
    flags: () => ({ "lock-lease": "soon", "health-timeout": "1 hour", "backup-keep-last": "-1", nonsense: true }),
    says: /4 inputs are wrong, and nothing was touched:.*nonsense.*`lock-lease`.*`backup-keep-last`.*`health-timeout`/s,
  },
  { name: "no health check", settings: { health: null }, says: /health check/, helps: /`health-url`/ },
  {
    name: "a rollback by hand without confirmation",
    operation: "rollback",
    flags: () => ({ to: "latest-stable", reason: "x" }),
    says: /`confirm`/,
    helps: /confirm: production/,
  },
  {
    name: "a rollback confirmed with another name",
    operation: "rollback",
    flags: () => ({ confirm: "staging", reason: "x" }),
    says: /`confirm` is "staging".*production/,
  },
  {
    name: "a restore of a backup that is not there",
    operation: "restore",
    flags: () => ({ backup: "20200101T000000Z-abc", confirm: "production" }),
    says: /20200101T000000Z-abc/,
    helps: /restore --environment production --backup \d{8}T\d{6}Z-\S+/,
  },
];

/** The settings file with some of the environment's changed; for this one version. */
async function settingsFile(changed: Profile = {}): Promise<Record<string, string>> {
  const file = parse(await git(shop.checkout, "show", `${stable}:savepoint.yml`)) as {
    environments: { production: Record<string, unknown> };
  };
  const { production } = file.environments;
  for (const [name, value] of Object.entries(changed)) {
    if (value === null) delete production[name];
    else if (typeof value === "object" && !Array.isArray(value))
      production[name] = { ...(production[name] as object | undefined), ...value };
    else production[name] = value;
  }
  return { "savepoint.yml": stringify(file) };
}

/** Commits bytes as they are. */
async function committed(path: string, bytes: Buffer): Promise<() => Promise<unknown>> {
  await writeFile(join(shop.checkout, path), bytes);
  await shop.commit();
  return async () => await shop.commit({ on: stable });
}

for (const [title, cases] of Object.entries({
  "the database": DATABASE,
  "the way into the database": DOOR,
  "the code": CODE,
  "the state": STATE,
  migrations: MIGRATIONS,
  inputs: INPUTS,
})) {
  describe(`bad input about ${title}`, () => {
    test.each(cases)("$name is named, with the way out, before anything is touched", async (one) => {
      await shop.commit({ on: stable, ...one.change, files: { ...(await settingsFile(one.settings)), ...one.change?.files } });
      const undo = await one.before?.();
      try {
        const before = await picture();
        const run = await shop.run(one.operation ?? "deploy", one.flags?.(), one.options?.());
        if (process.env["SHOW_MESSAGES"] !== undefined) show(one, run);
        const rest = [run.json?.hint, ...(run.json?.evidence ?? []), ...(run.json?.state ?? []), run.json?.next].join("\n");
        expect.soft(run.json?.message ?? run.stderr).toMatch(one.says);
        expect.soft(`${run.json?.message}\n${rest}`).toMatch(one.helps ?? /./);
        expect.soft(run.code).toBe(one.exit ?? 2);
        expect(run.stderr).not.toContain("it is a bug");
        expect(run.stderr).not.toContain("hidden");
        const after = await picture();
        // Where PostgreSQL itself had to find out, the deploy had begun: it took its backup, and nothing else is left of it.
        expect(one.exit === 1 ? { ...after, backups: before["backups"] } : after).toEqual(before);
      } finally {
        await undo?.();
      }
    });
  });
}

// oxlint-disable-next-line no-console -- for whoever reads them
const show = (one: Case, run: Run): void => console.log(`=== ${one.name} (${run.code})\n${run.stderr}`);

/** What must not change: the schema, the databases there are, the app's files, the backups, the tags, and what runs. */
async function picture(): Promise<Readonly<Record<string, unknown>>> {
  const { database, appDir, stateDir } = shop;
  const columns = await database.superuser(
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
  );
  const databases = await database.superuser(`SELECT datname FROM pg_database WHERE datname LIKE '${database.name}%' ORDER BY 1`);
  return {
    columns,
    databases,
    files: await hashes(appDir),
    head: await git(appDir, "rev-parse", "HEAD"),
    backups: await hashes(join(stateDir, "backups")),
    state: (await readdir(stateDir)).filter((name) => name !== "beat"),
    tags: await shop.tags(),
    runs: await shop.health(),
  };
}

async function hashes(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (one) => one.isFile() && !one.parentPath.includes("/.git"),
  );
  const entries = found.map(async (one) => {
    const path = join(one.parentPath, one.name);
    return [
      path,
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    ] as const;
  });
  return new Map(await Promise.all(entries));
}
