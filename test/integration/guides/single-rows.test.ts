import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { pasting, type ShellBlock, shellOf, withValues } from "../../lab/page.ts";
import { databaseOf, type FreshDatabase, freshDatabase } from "../../lab/postgres.ts";
import { ended } from "../../lab/shop.ts";

const PAGE = "docs/single-rows.md";

async function blocksFor(live: FreshDatabase, old: string): Promise<readonly ShellBlock[]> {
  const [yours, container, ...rest] = await shellOf(PAGE);
  expect(container?.text).toContain("docker compose");
  const { hostname, port } = new URL(live.url);
  const values = { PGHOST: hostname, PGPORT: port, PGUSER: live.owner, db: live.name, old, table: "public.orders", rows: "'id > 1'" };
  return [withValues(yours!, values), ...rest];
}

async function paste(script: string) {
  const env = { PATH: process.env["PATH"], PGPASSWORD: "secret", LC_ALL: "C.UTF-8" };
  return await ended(spawn("sh", ["-c", script], { env, stdio: ["ignore", "pipe", "pipe"] }));
}

const ORDERS = "SELECT id, body, total FROM orders ORDER BY id";

test("the page's commands bring missing rows back first, then changed values, and neither more nor less", async () => {
  await using live = await freshDatabase();
  const twin = `${live.name}_old`;
  await live.sql(`CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, total int NOT NULL, later text DEFAULT 'new', twice int GENERATED ALWAYS AS (total * 2) STORED);
    INSERT INTO orders (body, total) VALUES ('one', 1), ('changed since', 20)`);
  await live.superuser(`CREATE DATABASE "${twin}" OWNER "${live.owner}"`, "postgres");
  const old = databaseOf({ name: twin, owner: live.owner });
  try {
    await old.sql(`CREATE TABLE orders (id int PRIMARY KEY, total int, body text, gone int);
      INSERT INTO orders (id, body, total) VALUES (1, 'not asked for', 9), (2, 'two', 2), (3, E'tab\\t and\\nline \\\\ ä', 3), (7, NULL, 7)`);
    const blocks = await blocksFor(live, twin);
    const until = (step: string) => blocks.filter(({ heading }) => heading < step);

    const first = await paste(pasting(until("5")));
    expect(first.stderr).toBe("");
    expect(first.stdout).toContain("taken: body,id,total\nnot taken: gone later \n3 rows\n");
    expect(first.stdout).toContain("INSERT 0 2\n");
    expect(await live.sql(ORDERS)).toEqual([
      { id: 1, body: "one", total: 1 },
      { id: 2, body: "changed since", total: 20 },
      { id: 3, body: "tab\t and\nline \\ ä", total: 3 },
      { id: 7, body: null, total: 7 },
    ]);
    expect(await live.sql("INSERT INTO orders (body, total) VALUES ('next', 8) RETURNING id, later, twice")).toEqual([
      { id: 8, later: "new", twice: 16 },
    ]);

    const all = await paste(pasting(blocks));
    expect(all.stderr).toBe("");
    expect(all.stdout).toContain("INSERT 0 0\n");
    expect(all.stdout).toContain("UPDATE 3\n");
    expect(all.stdout).toContain("== all of it");
    expect((await live.sql(ORDERS))[1]).toEqual({ id: 2, body: "two", total: 2 });
    expect((await live.sql(ORDERS))[0]).toEqual({ id: 1, body: "one", total: 1 });
  } finally {
    await live.superuser(`DROP DATABASE "${twin}" WITH (FORCE)`, "postgres");
  }
});

test("a row that breaks a rule of the live table leaves all of them out", async () => {
  await using live = await freshDatabase();
  const twin = `${live.name}_old`;
  await live.sql("CREATE TABLE orders (id int PRIMARY KEY, body text NOT NULL)");
  await live.superuser(`CREATE DATABASE "${twin}" OWNER "${live.owner}"`, "postgres");
  try {
    await databaseOf({ name: twin, owner: live.owner }).sql(
      "CREATE TABLE orders (id int, body text); INSERT INTO orders VALUES (2, 'two'), (3, NULL)",
    );
    const run = await paste(pasting((await blocksFor(live, twin)).filter(({ heading }) => heading < "5")));
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain("violates not-null constraint");
    expect(await live.sql("SELECT * FROM orders")).toEqual([]);
  } finally {
    await live.superuser(`DROP DATABASE "${twin}" WITH (FORCE)`, "postgres");
  }
});
