import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { type Cluster, startCluster } from "../lab/postgres.ts";
import { succeeds } from "./processes.ts";
import { SHOP } from "./shop-database.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A small server's settings. Without autovacuum, which would begin when it likes. */
const SETTINGS = { shared_buffers: "1GB", max_wal_size: "4GB", autovacuum: "off" } as const;

/** What the benches of backup and restore share: a cluster that keeps its promises to the disk, a database, a folder. */
export interface Site extends AsyncDisposable {
  readonly folder: string;
  /** The environment of every program that is measured. */
  readonly env: Readonly<Record<string, string>>;
  /** The shop's database, as its owner, who may create databases and is no superuser. */
  readonly url: string;
  /** What is measured on, for the page. */
  readonly about: readonly string[];
  /** Rows that superuser SQL gives, in this database of the cluster. */
  sql(database: string, text: string): Promise<Record<string, unknown>[]>;
  /** Runs a shell command as the script's author would: PostgreSQL's programs on PATH, PG* set. Milliseconds. */
  shell(command: string): Promise<number>;
  /** Runs the committed command line on the shop. Milliseconds. */
  savepoint(...words: readonly string[]): Promise<number>;
  /** Makes every round begin alike: nothing left to be written by what came before. */
  settle(): Promise<void>;
}

/** Starts the cluster and fills the database: about 1 GB with 3,100,000 events. */
export async function openSite(rows: number, say: (text: string) => void): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-bench-"));
  const cluster = await startCluster({ fsync: true, settings: SETTINGS });
  try {
    return await fill(cluster, folder, rows, say);
  } catch (error) {
    await cluster.remove();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fill(cluster: Cluster, folder: string, rows: number, say: (text: string) => void): Promise<Site> {
  const sql: Site["sql"] = async (database, text) => {
    const client = new pg.Client({ connectionString: cluster.url(database) });
    await client.connect();
    try {
      const result = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  say(`making the database (${rows.toLocaleString("en-US")} events)`);
  await sql("postgres", "CREATE ROLE shop LOGIN CREATEDB PASSWORD 'shop'");
  await sql("postgres", "CREATE DATABASE shop OWNER shop");
  await sql("shop", `SET ROLE shop; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; ${SHOP(rows)}`);
  await sql("shop", "VACUUM ANALYZE");
  const [facts] = await sql("shop", "SELECT pg_database_size('shop') AS size, current_setting('server_version') AS version");
  const url = `postgres://shop:shop@127.0.0.1:${cluster.port}/shop`;
  const env = { PATH: [cluster.bin, process.env["PATH"]].join(":"), HOME: folder, LC_ALL: "C.UTF-8" };
  const libpq = { PGHOST: "127.0.0.1", PGPORT: String(cluster.port), PGUSER: "shop", PGPASSWORD: "shop" };
  const settle = async (): Promise<void> => {
    await sql("postgres", "CHECKPOINT");
    await succeeds(["sync"], { env, cwd: folder });
  };
  return {
    folder,
    env,
    url,
    about: [
      `PostgreSQL ${String(facts?.["version"]).split(" ")[0]} with fsync=on, ${Object.entries(SETTINGS)
        .map(([name, value]) => `${name}=${value}`)
        .join(", ")}`,
      `a database of ${(Number(facts?.["size"]) / 1e9).toFixed(2)} GB`,
    ],
    sql,
    shell: async (command) => await succeeds(["bash", "-o", "pipefail", "-c", command], { env: { ...env, ...libpq }, cwd: folder }),
    savepoint: async (...words) =>
      await succeeds(
        [
          process.execPath,
          join(ROOT, "dist/cli.js"),
          ...words,
          "--app",
          "shop",
          "--environment",
          "production",
          "--state-dir",
          join(folder, "state"),
        ],
        { env: { ...env, SAVEPOINT_DATABASE_URL: url, SAVEPOINT_RUN: "bench" }, cwd: folder },
      ),
    settle,
    [Symbol.asyncDispose]: async () => {
      await cluster.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
