import { describe, expect, test } from "vitest";
import { assembleMigrations } from "../../../src/migration/assemble.ts";
import { type Comparison, compareWithHistory, refuseChanged, refuseUnfinished } from "../../../src/migration/compare.ts";
import { differenceOf } from "../../../src/migration/diff.ts";
import { planDown } from "../../../src/migration/down.ts";
import type { HistoryRow } from "../../../src/migration/history.ts";
import { checksumOf, type Migration } from "../../../src/migration/migration.ts";
import type { Histories } from "../../../src/migration/recorded.ts";
import { entriesOf, standingNeeds, type Standing, standingOutputs } from "../../../src/migration/standing.ts";
import { standingBlocks, standingHeadline } from "../../../src/migration/standing-block.ts";
import { outputsOf } from "../../../src/migration/status.ts";

function files(texts: Readonly<Record<string, string>>): readonly Migration[] {
  return assembleMigrations(Object.entries(texts).map(([name, text]) => ({ name, path: name, bytes: Buffer.from(text) }))).migrations;
}

function row(version: string, upSql: string, more: Partial<HistoryRow> = {}): HistoryRow {
  return {
    version,
    description: "x",
    checksum: checksumOf(upSql),
    state: "applied",
    startedAt: new Date("2026-11-20T14:30:22Z"),
    durationMs: 12,
    appliedBy: "me",
    deployId: undefined,
    upSql,
    downSql: undefined,
    irreversible: false,
    progress: undefined,
    ...more,
  };
}

const A = "CREATE TABLE a ();";

function standing(comparison: Comparison, more: Partial<Histories> = {}, withFiles = true): Standing {
  return { comparison, files: withFiles, histories: { place: undefined, rows: [], others: [], ...more } };
}

const PRISMA = {
  table: "public._prisma_migrations",
  tool: "prisma",
  entries: [
    { version: "1_init", state: "applied", at: new Date("2026-11-20T14:30:22Z"), tookMs: 40, by: undefined },
    { version: "2_half", state: "failed", at: undefined, tookMs: undefined, by: undefined },
  ],
} as const;

const half = (direction: "up" | "down") => row("1", A, { state: "failed", progress: { direction, done: 1, of: 2 } });

describe("a person is needed", () => {
  test.each([
    ["nowhere: all is applied, or pending, or late", ["1_a.sql", "2_b.sql", "3_c.sql"], [row("1", A), row("3", A)], {}, []],
    ["where a file changed", ["1_a.sql"], [row("1", "SELECT 1;")], {}, ["1_a.sql changed after it was applied: put it back"]],
    ["where a half-applied one waits", ["1_a.sql"], [half("up")], {}, ["`migrate` goes on with it"]],
    ["where a DOWN stopped", ["1_a.sql"], [half("down")], {}, ["`migrate down` with `steps: 1` goes on with it"]],
    ["where a half-applied one has no file", ["2_b.sql"], [half("up")], {}, ["its file is not here: apply from the commit that has it"]],
    ["where an applied one has no file", ["1_a.sql"], [row("1", A), row("2", A)], {}, ["2 (x) is applied, and its file is not here"]],
    ["where another tool left one unfinished", [], [], { others: [PRISMA] }, ["2_half is unfinished in public._prisma_migrations"]],
    [
      "where our table's name is another tool's",
      ["1_a.sql"],
      [],
      { place: { state: "foreign", table: "public.schema_migrations", tool: "dbmate or Rails" } },
      ["public.schema_migrations belongs to dbmate or Rails"],
    ],
  ] as const)("%s", (_where, names, rows, more, expected) => {
    const comparison = compareWithHistory(files(Object.fromEntries(names.map((name) => [name, `-- UP\n${A}`]))), rows);
    const needs = standingNeeds(standing(comparison, more));
    expect(needs).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) expect(needs[index]).toContain(text);
  });
});

test("of another tool's history all is told that it keeps, and what is pending is not known", () => {
  const told = standing(compareWithHistory([], []), { others: [PRISMA] }, false);
  expect(standingOutputs(told)).toEqual({ applied: ["1_init"], current: "1_init" });
  expect(standingHeadline(told)).toBe("1 migration applied and 1 unfinished in public._prisma_migrations");
  expect(standingBlocks(told).at(-1)).toMatchObject({
    head: ["version", "state", "when", "took"],
    rows: [
      ["1_init", "applied", "2026-11-20 14:30:22 UTC", "40 ms"],
      ["2_half", "unfinished", "", ""],
    ],
  });
});

test("of many applied ones the newest are shown, whatever is wrong with an older one too, and how many are left out", () => {
  const rows = Array.from({ length: 200 }, (_, index) => row(String(index + 1), A));
  const all = files(Object.fromEntries(rows.slice(1).map(({ version }) => [`${version}_a.sql`, `-- UP\n${A}`])));
  const comparison = compareWithHistory(all, rows);
  const [, table, left] = standingBlocks(standing(comparison));
  expect(entriesOf(comparison)).toHaveLength(200);
  expect(table?.kind === "table" && table.rows.map(([version]) => version).slice(0, 2)).toEqual(["1", "151"]);
  expect(left).toMatchObject({ text: "149 earlier ones more, applied and as they were, in `--json`." });
});

describe("files beside the history", () => {
  test("each version has one state, matched as a number", () => {
    const comparison = compareWithHistory(
      files({ "1_a.sql": `-- UP\n${A}`, "002_b.sql": "-- UP\nSELECT 2;", "03_c.sql": "-- UP\nSELECT 3;" }),
      [row("001", A), row("3", "SELECT 3;"), row("4", A)],
    );
    expect(comparison.pending.map((one) => one.version)).toEqual(["002"]);
    expect(comparison.outOfOrder.map((one) => one.version)).toEqual(["002"]);
    expect(comparison.missing.map((one) => one.version)).toEqual(["4"]);
    expect(comparison.changed).toEqual([]);
    expect(comparison.current).toBe("4");
    expect(outputsOf(comparison)).toEqual({ applied: [], pending: ["002"], current: "4" });
    expect(standingBlocks(standing(comparison)).at(-1)).toMatchObject({
      rows: [
        ["001", "x", "applied", "2026-11-20 14:30:22 UTC", "12 ms", "me"],
        ["002", "b", "pending, older than what is applied", "", "", ""],
        ["3", "x", "applied", "2026-11-20 14:30:22 UTC", "12 ms", "me"],
        ["4", "x", "applied, no file here", "2026-11-20 14:30:22 UTC", "12 ms", "me"],
      ],
    });
  });

  test("several changed files are all shown", () => {
    const comparison = compareWithHistory(files({ "1_a.sql": "-- UP\nSELECT 1;", "2_b.sql": "-- UP\nSELECT 2;" }), [
      row("1", A),
      row("2", A),
    ]);
    expect(() => refuseChanged(comparison)).toThrow("2 migrations changed after being applied: 1, 2.");
  });

  test("a half-applied one is pending; its text may change only behind what is done", () => {
    const up = "-- no-transaction\nSELECT 1;\nSELECT 2;";
    const half = row("1", up, { state: "failed", progress: { direction: "up", done: 1, of: 2 } });
    const mended = compareWithHistory(files({ "1_a.sql": "-- UP\n-- no-transaction\nSELECT 1;\nSELECT 3;\nSELECT 4;" }), [half]);
    expect(mended.changed).toEqual([]);
    expect(mended.pending).toHaveLength(1);
    expect(mended.current).toBeUndefined();
    expect(() => refuseUnfinished(mended)).not.toThrow();
    expect(compareWithHistory(files({ "1_a.sql": "-- UP\n-- no-transaction\nSELECT 0;\nSELECT 2;" }), [half]).changed).toHaveLength(1);
    expect(compareWithHistory(files({ "1_a.sql": "-- UP\nSELECT 1;\nSELECT 2;" }), [half]).changed).toHaveLength(1);
    expect(() => refuseUnfinished(compareWithHistory([], [half]))).toThrow(
      "Migration 1 (x) is half applied after statement 1 of 2, and its file is not here.",
    );
  });
});

describe("the difference shown", () => {
  test("has the changed lines with two around them", () => {
    const lines = (changed: string) => ["a", "b", "c", changed, "e", "f", "g"].join("\n");
    expect(differenceOf(lines("d"), lines("D"))).toEqual(["  b", "  c", "- d", "+ D", "  e", "  f"]);
  });

  test("names changes far apart, and stays short", () => {
    const before = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const after = before.map((line, index) => (index === 10 || index === 200 ? `${line}!` : line));
    expect(differenceOf(before.join("\n"), after.join("\n"))).toEqual([
      "  line 8",
      "  line 9",
      "- line 10",
      "+ line 10!",
      "  line 11",
      "  line 12",
      "  …",
      "  line 198",
      "  line 199",
      "- line 200",
      "+ line 200!",
      "  line 201",
      "  line 202",
    ]);
    expect(differenceOf(before.join("\n"), "").length).toBeLessThanOrEqual(41);
    expect(differenceOf("x\n".repeat(5000), "y\n".repeat(5000)).length).toBe(41);
  });

  test("of equal texts is empty", () => {
    expect(differenceOf("a\nb", "a\nb\n")).toEqual([]);
  });
});

describe("a plan to go down", () => {
  const rows = [
    row("1", A, { downSql: "DROP TABLE a;" }),
    row("2", A, { downSql: "-- no-transaction\nDROP INDEX CONCURRENTLY i;" }),
    row("3", A, { downSql: "ALTER TABLE a DROP COLUMN x, ADD y int;" }),
  ];

  test("takes the last applied back first, and knows what would be lost", () => {
    const plan = planDown(rows, { to: "1" });
    expect(plan.steps.map((step) => [step.row.version, step.script?.transactional])).toEqual([
      ["3", true],
      ["2", false],
    ]);
    expect(plan.losses).toEqual(["3 (x), line 1 of its DOWN: ALTER TABLE … DROP loses a column's values"]);
    expect(plan.problems).toEqual([]);
  });

  test("keeps a set of versions, however padded", () => {
    expect(planDown(rows, { keep: ["01", "3"] }).steps.map((step) => step.row.version)).toEqual(["2"]);
  });

  test("refuses a half-applied UP, and goes on with a half-done DOWN", () => {
    expect(
      planDown([row("1", A, { downSql: "SELECT 1", state: "failed", progress: { direction: "up", done: 1, of: 2 } })], { steps: 1 })
        .problems,
    ).toEqual(["1 (x): is half applied (statement 1 of 2); let `apply` finish it first"]);
    expect(
      planDown([row("1", A, { downSql: "SELECT 1", state: "failed", progress: { direction: "down", done: 1, of: 2 } })], { steps: 1 })
        .problems,
    ).toEqual([]);
  });
});
