import { describe, expect, test } from "vitest";
import { floorOf, type Validated } from "../../../src/migration/validate/validate.ts";
import { migrationsOf } from "../../../src/migration/validate/from-history.ts";
import { schemaDifferences } from "../../../src/migration/validate/schema-differences.ts";
import { differing, validatedBlocks } from "../../../src/migration/validate/validate-block.ts";
import { assembleMigrations } from "../../../src/migration/assemble.ts";
import type { HistoryRow } from "../../../src/migration/history.ts";

test("each object that two schemas do not share is named once, whichever side lacks it", () => {
  const first = ["table public.a: (x int)", "grant public.a: r", "grant public.a: w", "index public.i: btree", "odd"];
  const second = ["grant public.a: w", "grant public.a: r", "table public.a: (x bigint)", "view public.v: SELECT 1", "odd"];
  const differences = schemaDifferences(first, second);
  expect(differences).toEqual([
    { object: "index public.i", first: "btree", second: undefined },
    { object: "table public.a", first: "(x int)", second: "(x bigint)" },
    { object: "view public.v", first: undefined, second: "SELECT 1" },
  ]);
  expect(schemaDifferences(first, first.toReversed())).toEqual([]);
  expect(differing(differences)).toBe("3 objects (index public.i, table public.a, view public.v)");
  const many = Array.from({ length: 7 }, (_, index) => ({ object: `t${index}`, first: undefined, second: "" }));
  expect(differing(many)).toBe("7 objects (t0, t1, t2, t3, t4 and 2 more)");
});

describe("how far down it goes", () => {
  test.each([
    ["all the way", ["-- DOWN\nSELECT 1;", "-- DOWN\nSELECT 1;"], undefined],
    ["to the last one without a DOWN", ["", "-- DOWN\nSELECT 1;"], { version: "1", why: "it has no DOWN" }],
    [
      "to the last one that is irreversible",
      ["", "-- irreversible: sold", "-- DOWN\nSELECT 1;"],
      { version: "2", why: "it is irreversible (sold)" },
    ],
  ])("%s", (_what, downs, floor) => {
    const files = downs.map((down, index) => ({ name: `${index + 1}_a.sql`, path: "a", bytes: Buffer.from(`-- UP\nSELECT 1;\n${down}`) }));
    expect(floorOf(assembleMigrations(files).migrations)).toEqual(floor);
  });
});

test("what a history says is made again by its own texts, in its own order, and only what was applied", () => {
  const row = (version: string, upSql: string, state: HistoryRow["state"] = "applied") =>
    ({ version, upSql, state, description: "x", checksum: "" }) as HistoryRow;
  const made = migrationsOf([
    row("3", "CREATE TABLE a (); CREATE TABLE b ();"),
    row("1", "CREATE INDEX CONCURRENTLY i ON a (x);"),
    row("2", "-- no-transaction\nSELECT 1;"),
    row("4", "SELECT 1;", "failed"),
  ]);
  expect(made.map(({ version, up }) => [version, up.statements.length, up.transactional])).toEqual([
    ["3", 2, true],
    ["1", 1, false],
    ["2", 1, false],
  ]);
});

test("the tables say times, locks on what was there, and cut no object's name", () => {
  const validated: Validated = {
    serverVersion: 150_018,
    floor: undefined,
    afterAgain: [],
    drift: undefined,
    tested: false,
    afterDown: [{ object: "table public.a", first: undefined, second: "x".repeat(400) }],
    migrations: [
      { version: "1", description: "a", upMs: 12, downMs: 3, againMs: undefined, locks: [] },
      { version: "2", description: "b", upMs: 12, downMs: 3, againMs: 4, locks: [{ table: "a", mode: "SHARE" }] },
      { version: "3", description: "c", upMs: 12, downMs: undefined, againMs: undefined, locks: undefined },
    ],
  };
  expect(validatedBlocks(validated)).toMatchObject([
    {
      rows: [
        ["1", "a", "12 ms", "3 ms", "not run", ""],
        ["2", "b", "12 ms", "3 ms", "4 ms", "SHARE on a"],
        ["3", "c", "12 ms", "not run", "not run", "statement by statement, not seen"],
      ],
    },
    { title: "What DOWN does not take back, or takes too much of", rows: [["table public.a", "not there", `${"x".repeat(300)}…`]] },
  ]);
});
