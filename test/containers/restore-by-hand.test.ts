import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComposeShop, openComposeShop } from "../lab/compose-shop.ts";
import { type Host, startHost } from "../lab/host.ts";
import { needs } from "../lab/needs.ts";
import { inlineOf, pasting, shellOf, withValues } from "../lab/page.ts";

await needs("engine", "host");

/** What the pages say to whoever is logged in on a host with a compose project, and without PostgreSQL's programs. In order: the second page begins with what the first one left. */
const PAGE = "docs/restore-by-hand.md";
const stack = new AsyncDisposableStack();
let host: Host;
let shop: ComposeShop;
let old: string;

beforeAll(async () => {
  host = stack.use(await startHost());
  shop = stack.use(await openComposeShop(host));
  const deployed = await shop.run("deploy");
  expect(deployed.stderr + deployed.code).toMatch(/0$/);
}, 120_000);
afterAll(async () => await stack.disposeAsync());

test("on a host without PostgreSQL's programs, the same page brings a compose project's database back, by its container's", async () => {
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
  old = /the database that was replaced is (\S+)/.exec(said)?.[1] ?? "";
  expect(await shop.sql("SELECT count(*)::int AS n FROM notes", old)).toEqual([{ n: 25 }]);
  await expect.poll(async () => (await shop.health())?.status).toBe(200);
  // Savepoint finds code and schema together.
  expect((await shop.run("status")).json.outputs).toMatchObject({ state: "idle", schema: "one" });
});

test("rows that only the replaced database has are brought into the live one, by the container's own psql", async () => {
  await shop.sql("DELETE FROM notes WHERE id <= 10");
  const [yours, container, ...rest] = await shellOf("docs/single-rows.md");
  const blocks = [
    withValues(yours!, { PGHOST: "nowhere.invalid", db: "shop", old, table: "public.notes", rows: "'id<=10'" }),
    withValues(container!, { app: shop.appDir }),
    ...rest,
  ];
  const said = await host.run(`exec 2>&1 </dev/null; ${pasting(blocks)}`);
  // The page restored all fifty; the database that it replaced had the odd ones.
  expect(said).toContain("taken: body,id\nnot taken: later \n5 rows\n");
  expect(said).toContain("INSERT 0 5\n");
  expect(said).toContain("UPDATE 5\n");
  expect(said).toContain("== all of it");
  expect(await shop.sql("SELECT id FROM notes WHERE id <= 11 ORDER BY id")).toEqual([1, 3, 5, 7, 9, 11].map((id) => ({ id })));
});

test("what the runbook says to look at first shows a container that has ended, what each service said last, and the host's disk and memory", async () => {
  await shop.compose("stop", "web");
  const blocks = (await shellOf("docs/runbook.md")).filter(({ heading }) => heading.startsWith("5."));
  expect(blocks).toHaveLength(1);
  const said = await host.run(`exec 2>&1 </dev/null; sudo() { "$@"; }; ${pasting(blocks, `cd '${shop.appDir}'`)}`);
  expect(said).toMatch(/web\S* .*Exited/);
  expect(said).toMatch(/postgres\S* .*\(healthy\)/);
  expect(said).toMatch(/postgres-1\s+\| .*ready to accept connections/);
  expect(said).toMatch(/^Filesystem[^]*^Mem:/m);
  expect(said).toContain("== all of it");
});
