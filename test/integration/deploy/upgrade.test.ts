import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withoutSeals } from "../../lab/sealed.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import type { Shop } from "../../lab/shop.ts";

const WIDER = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n" };

/** The state as the first versions of Savepoint wrote it: fingerprints without a number, made in another way. */
async function asWrittenEarlier(shop: Shop): Promise<void> {
  const earlier = async (path: string): Promise<void> => {
    const text = await readFile(path, "utf8");
    const changed = text
      .replaceAll(
        /("fingerprint": ?)"[0-9.]+:([0-9a-f]{64})"/g,
        (_, name: string, sum: string) => `${name}"${sum.slice(32) + sum.slice(0, 32)}"`,
      )
      .replaceAll(/,"schema":"proven"/g, "");
    await writeFile(path, withoutSeals(changed).replaceAll(/,"undo":"[^"]*"/g, ""));
  };
  await earlier(join(shop.stateDir, "journal.jsonl"));
  const backups = join(shop.stateDir, "backups");
  for (const file of await readdir(backups)) if (file.endsWith(".json")) await earlier(join(backups, file));
}

async function back(shop: Shop, flags: Record<string, string> = {}) {
  return await shop.run("rollback", { confirm: "production", reason: "orders fail", ...flags });
}

/** A step of one workflow's run. */
async function step(shop: Shop, operation: string) {
  const run = await shop.run(operation, {}, { workflow: "100.1" });
  expect(run.code, run.stderr).toBe(0);
  return run;
}

async function schemas(shop: Shop): Promise<readonly unknown[]> {
  const fingerprints = (await shop.journal()).flatMap((entry) => [entry.live?.fingerprint, entry.schema?.fingerprint] as unknown[]);
  return fingerprints.filter((one) => one !== undefined);
}

test("after an upgrade deploys go on, and the first one sees the running version anew", async () => {
  await using shop = await settledShop();
  const first = shop.first;
  await asWrittenEarlier(shop);
  expect(await schemas(shop)).toEqual(expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{64}$/)]));
  await shop.commit({ migrations: WIDER, behaviour: { broken: "no" }, timeout: "1s" });
  const failed = await shop.run("deploy");
  expect(failed.json.outputs).toMatchObject({ "rolled-back": true, "database-action": "restored", commit: first.commit });
  await shop.commit({ behaviour: {} });
  expect((await shop.run("deploy")).code).toBe(0);
});

test("a deploy that was opened before an upgrade is taken back after it: its savepoint's copy tells what the schema was", async () => {
  await using shop = await settledShop();
  const first = shop.first;
  await shop.database.sql("INSERT INTO notes (body) VALUES ('kept')");
  // Opened, backed up and switched, and left there.
  await shop.commit({ behaviour: { broken: "no" }, timeout: "1s" });
  await step(shop, "backup");
  await step(shop, "rollout");
  await shop.database.sql("INSERT INTO notes (body) VALUES ('kept too')");
  await asWrittenEarlier(shop);
  const kept = await step(shop, "rollback");
  expect(kept.stderr).toContain("cannot be compared");
  expect(kept.stderr).toContain("Compared with the savepoint's copy: kept");
  expect(kept.json.outputs).toMatchObject({ commit: first.commit, "database-action": "kept" });
  expect(await shop.database.sql("SELECT body FROM notes ORDER BY id")).toEqual([{ body: "kept" }, { body: "kept too" }]);
  const sides = await shop.database.superuser(`SELECT datname FROM pg_database WHERE datname LIKE '${shop.database.name}\\_%'`);
  expect(sides).toEqual([]);
});

test("where the copy is on another schema than the live database, it is swapped in", async () => {
  await using shop = await settledShop();
  const first = shop.first;
  await shop.commit({ behaviour: { broken: "no" }, timeout: "1s" });
  await step(shop, "backup");
  await step(shop, "rollout");
  await shop.database.sql("ALTER TABLE notes ADD by_hand int");
  await asWrittenEarlier(shop);
  const done = await step(shop, "rollback");
  expect(done.json.outputs).toMatchObject({ commit: first.commit, "database-action": "restored" });
  expect(await shop.database.sql("SELECT count(*)::int AS columns FROM information_schema.columns WHERE table_name = 'notes'")).toEqual([
    { columns: 2 },
  ]);
});

test("by hand, what the copy tells decides whether a restore has to be said; without a savepoint a person says it", async () => {
  await using shop = await settledShop();
  const first = shop.first;
  const second = await shop.deployed({ message: "Another text" });
  await asWrittenEarlier(shop);
  const dry = await back(shop, { "dry-run": "true" });
  expect(dry.stdout).toContain("cannot be compared");
  const kept = await back(shop);
  expect(kept.code, kept.stderr).toBe(0);
  expect(kept.json.outputs).toMatchObject({ commit: first.commit, "database-action": "kept" });

  await shop.database.sql("ALTER TABLE notes ADD by_hand int");
  await asWrittenEarlier(shop);
  const asked = await back(shop, { to: first.commit });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("that was not said");

  for (const file of await readdir(join(shop.stateDir, "backups"))) await writeFile(join(shop.stateDir, "backups", file), "");
  const none = await back(shop, { to: second.commit });
  expect(none.code).toBe(2);
  expect(none.stderr).toContain("cannot be compared");
  expect((await back(shop, { to: second.commit, database: "keep" })).code).toBe(0);
});
