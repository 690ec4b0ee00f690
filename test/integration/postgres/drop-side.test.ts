import pg from "pg";
import { expect, test } from "vitest";
import { createSide, dropOrWarn, sideName } from "../../../src/postgres/side.ts";
import { freshDatabase } from "../../lab/postgres.ts";
import { Notes, open } from "./open.ts";

test("a copy whose sessions need longer to end than the server waits is dropped all the same", async () => {
  await using fresh = await freshDatabase();
  const database = open(fresh);
  const side = sideName(database.name, "verify_20261120T143022Z");
  await createSide(database, side);
  const url = new URL(fresh.url);
  url.pathname = `/${side}`;
  const client = new pg.Client({ connectionString: url.href });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const pid = rows[0]?.pid ?? 0;
  // As on a machine that has no time for it.
  process.kill(pid, "SIGSTOP");
  const awake = setTimeout(() => process.kill(pid, "SIGCONT"), 6500);
  const notes = new Notes();
  try {
    await dropOrWarn(database, side, notes);
  } finally {
    clearTimeout(awake);
    if ((await fresh.superuser(`SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length > 0) process.kill(pid, "SIGCONT");
    await client.end().catch(() => undefined);
  }
  expect(notes.lines).toEqual([]);
  expect(await fresh.superuser(`SELECT FROM pg_database WHERE datname = '${side}'`)).toEqual([]);
});
