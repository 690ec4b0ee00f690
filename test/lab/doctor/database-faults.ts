import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPooler } from "../pgbouncer.ts";
import { sharedClusterUrl } from "../postgres.ts";
import type { DoctorLook, Fault, Planted, Site } from "./fault.ts";

/** psql as the lab's superuser, who has a password and is asked for it nowhere. */
const AS_SUPERUSER: Planted = {
  edit: (command) => command.replace("'psql ", "'env PGPASSWORD=postgres psql "),
  env: { PGPASSWORD: "postgres" },
};

/** A fault that SQL plants, and the printed SQL mends. */
function inSql(
  fault: Pick<Fault, "fault" | "about" | "state" | "seen">,
  plant: (shop: Site["shop"]) => Promise<unknown>,
  undo?: (shop: Site["shop"]) => Promise<unknown>,
): Fault {
  return {
    ...fault,
    pasted: 0,
    async plant({ shop }) {
      await plant(shop);
      return { ...AS_SUPERUSER, ...(undo !== undefined && { undo: async () => void (await undo(shop)) }) };
    },
  };
}

/** They are there at the same time, each beside the others. */
export const RIGHTS_FAULTS: readonly Fault[] = [
  inSql(
    { fault: "a role that may not create databases", about: "way back", state: "fail", seen: /may not create databases/ },
    async ({ database }) => await database.superuser(`ALTER ROLE "${database.owner}" NOCREATEDB`),
  ),
  inSql(
    { fault: "a table that the role may not read", about: "reading for backups", state: "fail", seen: /may not read all/ },
    async ({ database }) => await database.superuser("CREATE SCHEMA ledger CREATE TABLE ledger.book (id int)"),
    async ({ database }) => await database.superuser("DROP SCHEMA ledger CASCADE"),
  ),
  inSql(
    { fault: "tables that belong to a role which the own one is no member of", about: "way back", state: "fail", seen: /belong to clerk_/ },
    async ({ database }) => {
      const clerk = `clerk_${database.name}`;
      await database.superuser(`CREATE ROLE "${clerk}"; CREATE TABLE desk (id int); ALTER TABLE desk OWNER TO "${clerk}"`);
      await database.superuser(`GRANT SELECT ON desk TO "${database.owner}"`);
    },
    async ({ database }) => await database.superuser(`DROP TABLE desk; DROP ROLE "clerk_${database.name}"`),
  ),
  inSql(
    {
      fault: "a function in an index that needs a search path",
      about: "way back",
      state: "fail",
      seen: /finds what it names by the search path alone/,
    },
    async ({ database }) => {
      await database.sql("CREATE TABLE rates (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, 2)");
      await database.sql("CREATE FUNCTION rate_of(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM rates WHERE id = $1'");
      await database.sql("CREATE TABLE sales (id int); INSERT INTO sales VALUES (1); CREATE INDEX by_rate ON sales (rate_of(id))");
    },
    async ({ database }) => await database.sql("DROP TABLE sales; DROP FUNCTION rate_of; DROP TABLE rates"),
  ),
  inSql(
    { fault: "an index that is INVALID", about: "way back", state: "warn", seen: /index public\.pairs_a is INVALID/ },
    async ({ database }) => {
      await database.sql("CREATE TABLE pairs (a int); INSERT INTO pairs VALUES (1), (1)");
      await database.sql("CREATE UNIQUE INDEX CONCURRENTLY pairs_a ON pairs (a)").catch(() => undefined);
      await database.sql("DELETE FROM pairs");
    },
    async ({ database }) => await database.sql("DROP TABLE pairs"),
  ),
];

const through = (url: string): DoctorLook => ({ env: { SAVEPOINT_DATABASE_URL: url } });

/** Of a cluster with what replication needs; at the same time. */
export const REPLICATION_FAULTS: readonly Fault[] = [
  {
    fault: "a prepared transaction",
    about: "way back",
    state: "fail",
    seen: /has 1 prepared transaction \(moving\)/,
    pasted: 0,
    plant: async ({ replicating }) => ({ ...AS_SUPERUSER, look: through(replicating.url("replicating")) }),
  },
  {
    fault: "a subscription",
    about: "way back",
    state: "fail",
    seen: /has the subscription sub/,
    pasted: false,
    plant: async ({ replicating }) => ({
      look: through(replicating.url("replicating")),
      after: { env: { ...through(replicating.url("replicating")).env, SAVEPOINT_DETACH_SUBSCRIPTIONS: "true" } },
    }),
  },
];

/** Each is looked at alone: it keeps the doctor from seeing more of the database. */
export const DATABASE_FAULTS: readonly Fault[] = [
  {
    fault: "a password that is not the role's",
    about: "database",
    state: "fail",
    seen: /password/,
    pasted: 0,
    plant: async (site) => await inEnvFile(site, ":secret@", ":forgotten@"),
  },
  {
    fault: "a database that the server does not have",
    about: "database",
    state: "fail",
    seen: /does not exist|no database/i,
    pasted: 0,
    plant: async (site) => await inEnvFile(site, `/${site.shop.database.name}'`, "/nowhere'"),
  },
  {
    fault: "a `.env` that does not have the variable",
    about: "database",
    state: "fail",
    seen: /DATABASE_URL/,
    pasted: 0,
    plant: async (site) => await inEnvFile(site, "DATABASE_URL=", "DATABASE_URI="),
  },
  {
    fault: "a role that may not log in",
    about: "database",
    state: "fail",
    seen: /not permitted to log in|may not log in/,
    pasted: false,
    async plant({ shop: { database } }) {
      await database.superuser(`ALTER ROLE "${database.owner}" NOLOGIN`);
      return { byHand: async () => void (await database.superuser(`ALTER ROLE "${database.owner}" LOGIN`)) };
    },
  },
  {
    fault: "a database that does not answer",
    about: "database",
    state: "fail",
    seen: /127\.0\.0\.1:1/,
    pasted: false,
    plant: async () => ({ look: through("postgres://shop:x@127.0.0.1:1/shop"), after: {} }),
  },
  {
    fault: "a transaction pooler in between",
    about: "database",
    state: "fail",
    seen: /transaction pooler/,
    pasted: false,
    async plant({ shop }) {
      const pooler = await startPooler(Number(new URL(sharedClusterUrl()).port), { pool_mode: "transaction" });
      return { look: through(pooler.through(shop.database.url)), after: {}, undo: async () => await pooler[Symbol.asyncDispose]() };
    },
  },
  inSql(
    { fault: "a database whose sessions are read-only by a setting", about: "way back", state: "warn", seen: /read-only by a setting/ },
    async ({ database }) => await database.superuser(`ALTER DATABASE "${database.name}" SET default_transaction_read_only = on`),
    async ({ database }) =>
      await database.superuser(`BEGIN READ WRITE; ALTER DATABASE "${database.name}" RESET default_transaction_read_only; COMMIT`),
  ),
  {
    fault: "more replaced databases than may be kept",
    about: "replaced databases",
    state: "fail",
    seen: /2 replaced databases are kept, and no more than 1 may be/,
    pasted: 0,
    async plant({ shop: { database }, sshd }) {
      const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString().replaceAll(/\D/g, "").slice(0, 14);
      const names = [1, 2].map((hours) => `${database.name}_failed_${hoursAgo(hours)}`);
      for (const name of names) await database.superuser(`CREATE DATABASE "${name}" OWNER "${database.owner}"`, "postgres");
      return {
        look: { env: { SAVEPOINT_BACKUP_MAX_REPLACED: "1" } },
        env: { SAVEPOINT_SSH_KEY: sshd.key, SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts },
        undo: async () => {
          for (const name of names) await database.superuser(`DROP DATABASE IF EXISTS "${name}"`, "postgres");
        },
      };
    },
  },
  inSql(
    { fault: "an application that is a superuser", about: "application's role", state: "warn", seen: /is a superuser/ },
    async ({ database }) => await database.superuser(`ALTER ROLE "${database.owner}" SUPERUSER NOCREATEDB`),
  ),
  {
    fault: "a `pg_dump` that is older than the server",
    about: "client tools",
    state: "fail",
    seen: /13 only, older than the server's/,
    pasted: false,
    async plant({ shop }) {
      const old = join(shop.folder, "old-tools", "13", "bin");
      await mkdir(old, { recursive: true });
      for (const program of ["pg_dump", "pg_restore"])
        await writeFile(join(old, program), `#!/bin/sh\necho "${program} (PostgreSQL) 13.9"\n`, { mode: 0o755 });
      return withTools(join(shop.folder, "old-tools"));
    },
  },
  {
    fault: "a `pg_dump` that is not installed",
    about: "client tools",
    state: "fail",
    seen: /pg_dump/,
    pasted: false,
    async plant({ shop }) {
      const none = join(shop.folder, "no-tools");
      await mkdir(none);
      return withTools(none);
    },
  },
];

/** Another text in the `.env` of `app-dir`; an editor that puts it right. It asks for a terminal of the host's. */
async function inEnvFile({ shop, program }: Site, right: string, wrong: string): Promise<Planted> {
  const file = join(shop.appDir, ".env");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(right, wrong));
  await program("mend", `sed -i ${JSON.stringify(`s|${wrong}|${right}|`)} "$1"`);
  return {
    edit: (command) => command.replace("sh -c", `env EDITOR=${join(shop.folder, "bin", "mend")} sh -c`),
    undo: async () => await writeFile(file, text),
  };
}

/** Where the host's own tools are another folder's. */
function withTools(folder: string): Planted {
  // What Debian's own wrappers call is below that folder; a link in the PATH may lead past it.
  const words = `mount --bind ${folder} /usr/lib/postgresql && exec "$@"`;
  return { look: { local: true, under: ["unshare", "--mount", "sh", "-c", words, "sh"] }, after: { local: true } };
}
