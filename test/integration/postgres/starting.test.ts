import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { parseTargetUrl } from "../../../src/postgres/address.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { type Cluster, freePort, startCluster } from "../../lab/postgres.ts";
import { failureOf } from "./open.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => await cluster.remove());

function at(url: string, say: (text: string) => void) {
  const here = localMachine();
  return openDatabase({ target: parseTargetUrl(url), dialFrom: here, toolsOn: here, say });
}

test("a server that is just starting is waited for, and that is said once", async () => {
  const data = join(cluster.socketDirectory, "data");
  await cluster.stop();
  // It recovers and lets nobody in, until it is promoted.
  await writeFile(join(data, "standby.signal"), "");
  await writeFile(join(data, "postgresql.auto.conf"), "hot_standby = off\n");
  await cluster.start();
  const said: string[] = [];
  const opening = at(cluster.url(), (text) => said.push(text)).connect("check");
  await expect.poll(() => said).toHaveLength(1);
  // Long enough for another try.
  await new Promise((done) => setTimeout(done, 2500));
  const [pid = ""] = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n");
  await writeFile(join(data, "promote"), "");
  process.kill(Number(pid), "SIGUSR1");
  await using connection = await opening;
  expect(await connection.query("SELECT pg_is_in_recovery() AS standby")).toEqual([{ standby: false }]);
  expect(said).toEqual([expect.stringMatching(/^The database is just starting; waiting for it, up to 30 s/)]);
});

test("where nothing listens, and no container was just started, nothing is waited for", async () => {
  const said: string[] = [];
  expect((await failureOf(at(`postgres://u:p@127.0.0.1:${await freePort()}/d`, (text) => said.push(text)).connect("check"))).code).toBe(
    "refused",
  );
  expect(said).toEqual([]);
});
