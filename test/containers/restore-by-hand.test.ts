import { expect, test } from "vitest";
import { openComposeShop } from "../lab/compose-shop.ts";
import { startHost } from "../lab/host.ts";
import { needs } from "../lab/needs.ts";
import { inlineOf, pasting, shellOf, withValues } from "../lab/page.ts";

await needs("engine", "host");

const PAGE = "docs/restore-by-hand.md";

test("on a host without PostgreSQL's programs, the same page brings a compose project's database back, by its container's", async () => {
  await using host = await startHost();
  await using shop = await openComposeShop(host);
  const deployed = await shop.run("deploy");
  expect(deployed.stderr + deployed.code).toMatch(/0$/);
  await shop.sql("INSERT INTO notes (body) SELECT 'note ' || n FROM generate_series(1, 50) n; ALTER DATABASE shop SET work_mem = '7MB'");
  expect((await shop.run("backup", { purpose: "manual" })).code).toBe(0);
  const before = await shop.sql("SELECT * FROM notes ORDER BY id");
  await shop.sql("DELETE FROM notes WHERE id % 2 = 0; ALTER TABLE notes ADD later int");

  const [yours, ...rest] = await shellOf(PAGE);
  const stop = await inlineOf(PAGE, 'docker compose --project-directory "$app" stop web');
  const start = await inlineOf(PAGE, 'docker compose --project-directory "$app" up --detach --build');
  const swap = rest.findIndex(({ heading }) => heading.startsWith("6."));
  const blocks = [
    withValues(yours!, { PGHOST: "nowhere.invalid", state: shop.stateDir, app: shop.appDir }),
    ...rest.slice(0, swap),
    { heading: "by compose", text: stop },
    ...rest.slice(swap),
    { heading: "by compose", text: start },
  ];
  const said = await host.run(`exec 2>&1 </dev/null; ${pasting(blocks)}`);
  expect(said).toContain("== 5. Compare it\n== 5. Compare it\nthe schema is the same\n");
  expect(said).toContain("== all of it");
  expect(await shop.sql("SELECT * FROM notes ORDER BY id")).toEqual(before);
  expect(await shop.sql("SHOW work_mem")).toEqual([{ work_mem: "7MB" }]);
  const old = /the database that was replaced is (\S+)/.exec(said)?.[1] ?? "";
  expect(await shop.sql("SELECT count(*)::int AS n FROM notes", old)).toEqual([{ n: 25 }]);
  await expect.poll(async () => (await shop.health())?.status, { timeout: 60_000 }).toBe(200);
  // Savepoint finds code and schema together.
  expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", schema: "one" });
});
