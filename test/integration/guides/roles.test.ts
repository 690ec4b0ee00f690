import { spawn } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pasting, shellOf, withValues } from "../../lab/page.ts";
import { sharedClusterUrl } from "../../lab/postgres.ts";
import { ended, openShop } from "../../lab/shop.ts";

test("with the two roles of the page on security, the app's may do nothing more, and the other backs up, proves and swaps", async () => {
  await using shop = await openShop({ profile: { "database-admin-url": "env:ADMIN_URL", backup: { verify: "restore" } } });
  const { owner, name } = shop.database;
  const deploy = `${owner}_deploy`;
  const server = new URL(sharedClusterUrl());
  const [block] = (await shellOf("docs/security.md")).map((one) => withValues(one, { app: owner, deploy }));
  const env = {
    PATH: process.env["PATH"],
    PGHOST: server.hostname,
    PGPORT: server.port,
    PGUSER: server.username,
    PGPASSWORD: server.password,
  };
  const made = await ended(spawn("sh", ["-c", pasting([block!])], { env, stdio: ["ignore", "pipe", "pipe"] }));
  expect(made.stderr + String(made.code)).toBe("0");
  try {
    await shop.database.superuser(`ALTER ROLE "${deploy}" PASSWORD 'secret'`, "postgres");
    await appendFile(join(shop.appDir, ".env"), `ADMIN_URL='${shop.database.url.replace(`${owner}:`, `${deploy}:`)}'\n`);
    await shop.deployed();
    await expect(shop.database.sql(`CREATE DATABASE "${name}_more"`)).rejects.toThrow("permission denied to create database");
    await shop.database.sql("INSERT INTO notes (body) VALUES ('good')");
    expect((await shop.run("backup", { purpose: "manual" })).code).toBe(0);
    await shop.database.sql("DELETE FROM notes");
    const back = await shop.run("restore", { backup: "latest", confirm: "production" });
    expect(back.code, back.stderr).toBe(0);
    expect(await shop.database.sql("SELECT body FROM notes")).toContainEqual({ body: "good" });
    expect(
      await shop.database.superuser(`SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = '${name}'`, "postgres"),
    ).toEqual([{ owner }]);
  } finally {
    await shop.database.superuser(`DROP OWNED BY "${deploy}"; DROP ROLE "${deploy}"`, "postgres");
  }
});
