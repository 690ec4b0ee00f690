import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import pg from "pg";
import { expect, test } from "vitest";
import { labFolder, removeFolder } from "../lab/folder.ts";
import { freshDatabase } from "../lab/postgres.ts";

test("the lab gives a database whose owner is no superuser", async () => {
  await using database = await freshDatabase();
  expect(await database.sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).toEqual([{ rolsuper: false }]);
});

test("the lab's passwords are asked for, though they are hashed once", async () => {
  await using database = await freshDatabase();
  const wrong = new pg.Client({ connectionString: database.url.replace(":secret@", ":wrong@") });
  await expect(wrong.connect()).rejects.toThrow("password authentication failed");
  expect(
    await database.superuser(`SELECT split_part(rolpassword, ':', 1) AS kept FROM pg_authid WHERE rolname = '${database.owner}'`),
  ).toEqual([{ kept: "SCRAM-SHA-256$1" }]);
});

test("a folder in which a process still writes is removed, and the process ended", async () => {
  const folder = await labFolder("savepoint-lab-");
  const writes = 'echo ready; while :; do turn=$((turn + 1)); : >"file-$turn"; done';
  const writer = spawn("sh", ["-c", writes], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(writer, "exit");
  await once(writer.stdout, "data");
  await removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
  expect(await ended).toEqual([null, "SIGKILL"]);
});
