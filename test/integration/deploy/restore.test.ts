import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openShop } from "../../lab/shop.ts";

test("a backup of another cluster, as on a new server, is restored by hand where that is said, and only there", async () => {
  await using shop = await openShop();
  await shop.deployed();
  await shop.database.sql("INSERT INTO notes (body) VALUES ('before')");
  const made = await shop.run("backup", { purpose: "manual" });
  const { savepoint: backup, "backup-file": file } = made.json.outputs as { savepoint: string; "backup-file": string };
  const manifest = JSON.parse(await readFile(`${file}.json`, "utf8")) as { database: { system: string } };
  manifest.database.system = "42";
  await writeFile(`${file}.json`, JSON.stringify(manifest));
  await shop.database.sql("DELETE FROM notes");

  const asked = await shop.run("restore", { backup, confirm: "production" });
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("is not of this database");
  expect(asked.json.hint).toContain("`foreign: true`");
  expect((await shop.run("status")).json.outputs.state).toBe("idle");
  expect((await shop.run("restore", { backup, drill: "true" })).code).toBe(2);
  expect((await shop.run("restore", { backup, drill: "true", foreign: "true" })).code).toBe(0);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([]);

  const done = await shop.run("restore", { backup, confirm: "production", foreign: "true" });
  expect(done.code, done.stderr).toBe(0);
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([{ body: "before" }]);
});
