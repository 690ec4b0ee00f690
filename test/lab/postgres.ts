import { execFile, spawn } from "node:child_process";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { labFolder, removeFolder } from "./folder.ts";

const execute = promisify(execFile);

/** A throwaway PostgreSQL cluster of this machine's own version, on 127.0.0.1 and a Unix socket. */
export interface Cluster {
  readonly port: number;
  readonly socketDirectory: string;
  readonly bin: string;
  /** The URL of the superuser `postgres` (password `postgres`). */
  url(database?: string): string;
  stop(mode?: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

/**
 * The folder of a server's programs (and of its pg_dump, pg_restore and psql): the newest installed. To run on another one,
 * name its folder in SAVEPOINT_LAB_SERVER, and put it first on PATH for the client programs.
 */
export function serverPrograms(): string {
  const named = process.env["SAVEPOINT_LAB_SERVER"];
  if (named !== undefined && named !== "") {
    if (existsSync(join(named, "initdb"))) return named;
    throw new Error(`SAVEPOINT_LAB_SERVER names ${named}, and there is no initdb in it`);
  }
  const root = "/usr/lib/postgresql";
  const majors = existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, "bin", "initdb"))) : [];
  const newest = majors.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error("no PostgreSQL server on this machine: apt-get install postgresql");
  return join(root, newest, "bin");
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

interface Home {
  readonly home: string;
  readonly bin: string;
  /** Runs a program of the server's as the user that may. */
  readonly programs: (...words: string[]) => Promise<void>;
}

async function makeHome(bin = serverPrograms()): Promise<Home> {
  const home = await labFolder("savepoint-pg-");
  await chmod(home, 0o755);
  const root = process.getuid?.() === 0;
  if (root) {
    const { stdout } = await execute("id", ["-u", "postgres"]);
    await chown(home, Number(stdout), -1);
  }
  const as = root ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  const programs = async (...words: string[]): Promise<void> => {
    const [program, ...rest] = [...as, "env", "-i", `PATH=${bin}:/usr/bin:/bin`, `HOME=${home}`, "LC_ALL=C.UTF-8", ...words];
    // Output is not piped: a started server would keep the pipe open for ever.
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program ?? "", rest, { stdio: ["ignore", "ignore", "inherit"], cwd: home });
      child.once("error", reject);
      child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${words[0]} ended with ${code}; see ${home}/log`))));
    });
  };
  return { home, bin, programs };
}

/**
 * A password as a server keeps it, but hashed once instead of 4,096 times: logins stay SCRAM, and each costs a quarter less. In
 * SQL and in a password file of initdb it stands where the password stands.
 */
export function cheapPassword(password: string): string {
  const salt = Buffer.from("savepoint");
  const salted = pbkdf2Sync(password, salt, 1, 32, "sha256");
  const keyed = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$1:${salt.toString("base64")}$${stored}:${keyed("Server Key").toString("base64")}`;
}

type Settings = Readonly<Record<string, string>>;

/**
 * For tests, not for measuring. The buffers are small, as a database that is dropped is looked for in all of them. Autovacuum
 * stays on and comes to nobody by chance: with forty databases its workers begin all the time, and each may stand in the way
 * of a copy; who is about it says so.
 */
const CARELESS: Settings = { fsync: "off", shared_buffers: "32MB", autovacuum_naptime: "1h" };

async function startIn({ home, bin, programs }: Home, given: Settings): Promise<Cluster> {
  const data = join(home, "data");
  const port = await freePort();
  const settings: Settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: home,
    max_connections: "200",
    ...given,
  };
  const flags = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
  const cluster: Cluster = {
    port,
    socketDirectory: home,
    bin,
    url: (database = "postgres") => `postgres://postgres:postgres@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    start: async () => await programs("pg_ctl", "-D", data, "-w", "-l", join(home, "log"), "-o", flags, "start"),
    stop: async (mode = "fast") => await programs("pg_ctl", "-D", data, "-w", "-m", mode, "stop"),
    remove: async () => {
      await programs("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop").catch(() => undefined);
      await removeFolder(home);
    },
  };
  await cluster.start();
  return cluster;
}

interface ClusterOptions {
  /** Off unless asked for: this is for tests, not for measuring. */
  readonly fsync?: boolean;
  readonly settings?: Settings;
  /** The folder of another server's programs. */
  readonly programs?: string;
}

/** Starts a cluster. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const place = await makeHome(options.programs);
  const { home, programs } = place;
  const password = join(home, "password");
  await execute("sh", ["-c", `umask 022; printf '%s\\n' "$2" > "$1"`, "sh", password, cheapPassword("postgres")]);
  await programs(
    "initdb",
    "-D",
    join(home, "data"),
    "-U",
    "postgres",
    "--auth=scram-sha-256",
    `--pwfile=${password}`,
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
  );
  return await startIn(place, { ...(options.fsync === true ? { fsync: "on" } : CARELESS), ...options.settings });
}

/** Starts a hot standby of a cluster, with the settings that the cluster was given. */
export async function startStandby(of: Cluster, settings: Settings = {}): Promise<Cluster> {
  const place = await makeHome();
  const primary = `host=127.0.0.1 port=${of.port} user=postgres password=postgres application_name=standby1`;
  await place.programs("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-D", join(place.home, "data"), "-d", primary);
  return await startIn(place, { ...CARELESS, ...settings });
}

/** The URL of the superuser on the cluster that the whole test run shares. */
export function sharedClusterUrl(database = "postgres"): string {
  const port = process.env["SAVEPOINT_LAB_PGPORT"];
  if (port === undefined) throw new Error("the shared cluster is not up: run through vitest (test/lab/global.ts starts it)");
  return `postgres://postgres:postgres@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** A database of its own, with an owner who is no superuser but may create databases. */
export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  readonly owner: string;
  /** The owner's URL. */
  readonly url: string;
  /** The superuser's URL for the same database. */
  readonly superuserUrl: string;
  /** Runs SQL as the owner; returns rows. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs SQL as the superuser, in this database or in another. */
  superuser(text: string, database?: string): Promise<Record<string, unknown>[]>;
}

async function query(url: string, text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  // Not as connectionString: its parser leaves %24 and the like in a database's name.
  const { hostname, port, username, password, pathname } = new URL(url);
  const client = new pg.Client({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: decodeURIComponent(pathname.slice(1)),
  });
  await client.connect();
  try {
    const result = await client.query(text, [...values]);
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

let counter = 0;

export async function freshDatabase(named?: string): Promise<FreshDatabase> {
  counter += 1;
  const unique = `${process.pid}_${Date.now().toString(36)}_${counter}`;
  const name = named ?? `app_${unique}`;
  const owner = `owner_${unique}`;
  const admin = sharedClusterUrl();
  await query(admin, `CREATE ROLE ${quoted(owner)} LOGIN CREATEDB PASSWORD '${cheapPassword("secret")}'`);
  await query(admin, `CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`);
  return databaseOf({ name, owner });
}

/** A database of the shared cluster that `freshDatabase` made. */
export function databaseOf({ name, owner }: Pick<FreshDatabase, "name" | "owner">): FreshDatabase {
  const admin = sharedClusterUrl();
  const host = new URL(admin).host;
  // The quote too, so that it can stand between quotes in a `.env`.
  const url = `postgres://${owner}:secret@${host}/${encodeURIComponent(name).replaceAll("'", "%27")}`;
  return {
    name,
    owner,
    url,
    superuserUrl: sharedClusterUrl(name),
    sql: async (text, values) => await query(url, text, values),
    superuser: async (text, database) => await query(sharedClusterUrl(database ?? name), text),
    [Symbol.asyncDispose]: async () => {
      const mine = await query(
        admin,
        `SELECT datname FROM pg_database WHERE datname = '${name.replaceAll("'", "''")}' OR datdba = (SELECT oid FROM pg_roles WHERE rolname = '${owner}')`,
      );
      for (const row of mine) await query(admin, `DROP DATABASE IF EXISTS ${quoted(String(row["datname"]))} WITH (FORCE)`);
      await query(admin, `DROP OWNED BY ${quoted(owner)}`);
      await query(admin, `DROP ROLE ${quoted(owner)}`);
    },
  };
}
