import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackup } from "../../../src/backup/create.ts";
import { BackupStore } from "../../../src/backup/store.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { type Database, openDatabase } from "../../../src/postgres/database.ts";
import { type Cluster, startCluster } from "../../lab/postgres.ts";
import { clock, Notes } from "../postgres/open.ts";
import { machine } from "./stage.ts";
import { removeFolder } from "../../lab/folder.ts";
import { WEEKLY } from "../../lab/weekly.ts";

/** In this cluster all transactions together may hold fewer locks than counting all tables at once would take. */
const FEW_LOCKS = {
  max_locks_per_transaction: "40",
  max_connections: "10",
  max_worker_processes: "2",
  max_wal_senders: "0",
  autovacuum_max_workers: "1",
};
/**
 * `SAVEPOINT_LAB_MANY=1` tries a server as it comes with what was once found on one: minutes instead of seconds, so the
 * weekly tests alone do it. The small form meets the same limit with fewer locks.
 */
const MANY = WEEKLY;
const AS_IT_COMES = { max_locks_per_transaction: "64", max_connections: "100" };
const [TABLES, PARTITIONS] = MANY ? [5000, 2000] : [250, 30];
const LIMIT_MS = MANY ? 3_600_000 : 300_000;

let cluster: Cluster;
let directory: string;
beforeAll(async () => {
  cluster = await startCluster({ settings: MANY ? AS_IT_COMES : FEW_LOCKS });
  directory = await mkdtemp(join(tmpdir(), "savepoint backups "));
});
afterAll(async () => {
  await cluster.remove();
  await removeFolder(directory);
});

test(
  "of more tables than one transaction could count at once is as far as pg_dump goes, restored and compared",
  async () => {
    const target = parseTargetUrl(cluster.url());
    const database = openDatabase({ target, dialFrom: machine, toolsOn: machine });
    await using connection = await database.connect("make");
    for (let at = 0; at < TABLES; at += 1) {
      await connection.exec(
        `CREATE TABLE t${at} (id int PRIMARY KEY, a int UNIQUE, b int UNIQUE); INSERT INTO t${at} SELECT n, n, n FROM generate_series(1, ${at % 250}) n`,
      );
    }
    for (let at = 0; at < 20; at += 1) await connection.exec(`CREATE SEQUENCE s${at}; CREATE VIEW v${at} AS SELECT id FROM t${at}`);
    await connection.exec("CREATE TABLE parted (id int PRIMARY KEY, a int) PARTITION BY RANGE (id)");
    for (let at = 0; at < PARTITIONS; at += 1)
      await connection.exec(`CREATE TABLE part${at} PARTITION OF parted FOR VALUES FROM (${at * 10}) TO (${at * 10 + 10})`);
    await connection.exec("INSERT INTO parted SELECT n, n FROM generate_series(0, 299) n");
    if (MANY) await expect(countAtOnce(database)).rejects.toThrow("out of shared memory");
    const report = new Notes();
    const manifest = await createBackup({
      database,
      store: new BackupStore(machine, directory),
      identity: { app: "shop", environment: "production" },
      purpose: "pre-deploy",
      verify: "restore",
      readHistory: async () => [],
      ports: { clock, report, signal: new AbortController().signal },
    });
    expect(Object.keys(manifest.rows)).toHaveLength(TABLES + PARTITIONS);
    expect(manifest.rows["public.t40"]).toBe(40);
    if (MANY) expect(manifest.rows["public.t4999"]).toBe(249);
    expect(manifest.rows["public.part7"]).toBe(10);
    expect(Object.keys(manifest.sequences)).toHaveLength(20);
  },
  LIMIT_MS,
);

/** As it was done once. */
async function countAtOnce(database: Database): Promise<void> {
  await using connection = await database.connect("check");
  await connection.transaction(async () => {
    for (let at = 0; at < TABLES; at += 1) await connection.exec(`SELECT count(*) FROM t${at}`);
    await connection.exec("SELECT count(*) FROM parted");
  });
}
