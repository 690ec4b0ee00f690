import { execFile } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dropSubscription } from "../../../src/postgres/replication.ts";
import { type Cluster, startCluster, startStandby } from "../../lab/postgres.ts";
import { openShop, type Shop, STOP } from "../../lab/shop.ts";

/** The shop's database subscribes to another cluster's, and a standby follows the shop's cluster. */
const SETTINGS = { max_prepared_transactions: "5" };
let own: Cluster;
let publisher: Cluster;
let standby: Cluster;
let shop: Shop;
beforeAll(async () => {
  [own, publisher] = await Promise.all([startCluster({ settings: SETTINGS }), startCluster({ settings: { wal_level: "logical" } })]);
  process.env["SAVEPOINT_LAB_PGPORT"] = String(own.port);
  standby = await startStandby(own, SETTINGS);
  shop = await openShop({ profile: { "database-admin-url": "env:ADMIN_URL" } });
  await appendFile(join(shop.appDir, ".env"), `ADMIN_URL='${shop.database.superuserUrl}'\n`);
  await shop.deployed();
  await published("CREATE TABLE orders (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE orders; INSERT INTO orders VALUES (1)");
  await shop.database.sql("CREATE TABLE orders (id int PRIMARY KEY)");
  await shop.database.superuser(
    `CREATE SUBSCRIPTION "o'rders" CONNECTION 'host=127.0.0.1 port=${publisher.port} user=postgres password=postgres dbname=postgres' PUBLICATION p WITH (slot_name = 'orders')`,
  );
});
afterAll(async () => {
  for (const { database } of await enabled())
    for (const statement of dropSubscription("o'rders")) await shop.database.superuser(statement, String(database));
  await shop?.[Symbol.asyncDispose]();
  for (const one of [standby, own, publisher]) await one?.remove();
});

async function published(text: string): Promise<void> {
  await sql(publisher.url(), text);
}

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function orders(database = shop.database.name): Promise<readonly unknown[]> {
  return (await shop.database.superuser("SELECT id FROM orders ORDER BY id", database)).map((row) => row["id"]);
}

/** An order of the publisher's is in the live database; those before it then are too, if they come at all. */
async function arrives(id: number): Promise<void> {
  await expect.poll(async () => await orders()).toContain(id);
}

async function enabled(): Promise<readonly Record<string, unknown>[]> {
  return await shop.database.superuser(
    "SELECT d.datname AS database, subenabled AS enabled FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid ORDER BY 2 DESC",
  );
}

/** What is printed as `in psql -d NAME: …`, put into a real psql. */
async function pasteSql(cluster: Cluster, printed: string | undefined, end: RegExp): Promise<void> {
  const [, database = "", text = ""] = new RegExp(`in psql -d (\\S+): (.*?)${end.source}`, "s").exec(printed ?? "") ?? [];
  const child = promisify(execFile)(join(own.bin, "psql"), ["-X", "-v", "ON_ERROR_STOP=1", "-d", cluster.url(database)]);
  child.child.stdin?.end(`${text}\n`);
  await child;
}

test("without `detach-subscriptions` a deploy is refused before anything is touched, and says that", async () => {
  await arrives(1);
  await shop.commit({ files: { NEWS: "1" } });
  const refused = await shop.run("deploy");
  expect(refused.code, refused.stderr).toBe(2);
  expect(refused.stderr).toContain("`detach-subscriptions: true`");
  expect(await enabled()).toEqual([{ database: shop.database.name, enabled: true }]);
});

test("with it a deploy is stable while rows go on arriving, and names who follows the cluster", async () => {
  await shop.commit({ profile: { "detach-subscriptions": true } });
  const run = await shop.run("deploy");
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain("1 standby (standby1 at 127.0.0.1) follows this cluster");
  expect(await enabled()).toEqual([{ database: shop.database.name, enabled: true }]);
  await published("INSERT INTO orders VALUES (2)");
  await arrives(2);
});

test("a swap that fails behind the stop lets the subscription go on", async () => {
  const { name, superuserUrl } = shop.database;
  const hold = `${STOP}; '${join(own.bin, "psql")}' -X '${superuserUrl}' -c "BEGIN; CREATE TABLE held (); PREPARE TRANSACTION 'held'" >/dev/null`;
  await shop.commit({ profile: { rollout: { "stop-command": hold } } });
  const run = await shop.run("restore", { backup: "latest", confirm: "production" });
  await shop.database.superuser("ROLLBACK PREPARED 'held'");
  await shop.commit({ profile: { rollout: { "stop-command": STOP } } });
  expect(run.code, run.stderr).toBe(1);
  expect(run.stderr).toContain("prepared transaction (held)");
  expect(run.stderr).toContain("app: started again");
  expect(await enabled()).toEqual([{ database: name, enabled: true }]);
  await published("INSERT INTO orders VALUES (3)");
  await arrives(3);
});

test("a rollback that restores stops it, and what is printed lets it go on in the live database; sessions on the standby end", async () => {
  const { name } = shop.database;
  const reader = new pg.Client({ connectionString: standby.url(name) });
  reader.on("error", () => undefined);
  await expect.poll(async () => await reader.connect().then(() => true)).toBe(true);
  await shop.commit({
    migrations: { "002_more.sql": "-- UP\nALTER TABLE orders ADD more int;\n" },
    behaviour: { broken: "no" },
    timeout: "1s",
  });
  const run = await shop.run("deploy");
  expect(run.json.outputs, run.stderr).toMatchObject({ "rolled-back": true, "database-action": "restored" });
  const replaced = run.json.outputs["replaced-database"] as string;
  expect(await enabled()).toEqual([{ database: replaced, enabled: false }]);
  expect(run.stderr).not.toContain("password=");
  // The reader is in the replaced database without having been told.
  expect((await reader.query("SELECT more FROM orders WHERE id = 1")).rows).toEqual([{ more: null }]);
  await pasteSql(standby, /Sessions on 1 standby \(standby1.*/.exec(run.stderr)?.[0], /$/);
  await expect(reader.query("SELECT 1")).rejects.toThrow();
  await expect(sql(standby.url(name), "SELECT more FROM orders")).rejects.toThrow("more");

  const left = /The subscription o'rders stayed with .*/.exec(run.stderr)?.[0];
  await published("INSERT INTO orders VALUES (4)");
  await pasteSql(own, left, /; then/);
  await pasteSql(own, left?.slice(left.indexOf("then, in psql")), /$/);
  await arrives(4);
  expect(await orders()).toEqual([1, 2, 3, 4]);
  expect((await shop.health())?.status).toBe(200);
});
