import { expect, test } from "vitest";
import type { HistoryEntry, HistoryTable } from "../../../src/core/history.ts";
import { compareHistories, sameHistory } from "../../../src/migration/history-difference.ts";

const table = (entries: readonly (string | HistoryEntry)[], name = "public.schema_migrations"): HistoryTable => ({
  table: name,
  tool: "dbmate",
  entries: entries.map((entry) => (typeof entry === "string" ? { version: entry, state: "applied" } : entry)),
});

test.each<[string, boolean, readonly HistoryTable[], readonly HistoryTable[]]>([
  ["the same versions, in any order", true, [table(["1", "2"])], [table(["2", "1"])]],
  ["an empty table and none", true, [table([])], []],
  ["a row marked as rolled back", true, [table(["1"])], [table(["1", { version: "2", state: "rolled-back" }])]],
  ["one version more", false, [table(["1"])], [table(["1", "2"])]],
  ["an unfinished one", false, [table(["1"])], [table(["1", { version: "2", state: "failed" }])]],
  [
    "another checksum",
    false,
    [table([{ version: "1", checksum: "a", state: "applied" }])],
    [table([{ version: "1", checksum: "b", state: "applied" }])],
  ],
  ["another state", false, [table(["1"])], [table([{ version: "1", state: "failed" }])]],
  ["another table", false, [table(["1"])], [table(["1"], "other.schema_migrations")]],
])("%s: same is %s", (_, same, a, b) => {
  expect(sameHistory(a, b)).toBe(same);
  expect(sameHistory(b, a)).toBe(same);
});

test("the difference names versions, and the table where there are several", () => {
  expect(compareHistories([table(["1", "2"])], [table(["1", { version: "3", state: "failed" }])])).toEqual({
    onlyFirst: ["2"],
    onlySecond: ["3 (unfinished)"],
    changed: [],
  });
  expect(compareHistories([table(["1"]), table(["x"], "app.knex_migrations")], [table([{ version: "1", state: "failed" }])])).toEqual({
    onlyFirst: ["app.knex_migrations: x"],
    onlySecond: [],
    changed: ["public.schema_migrations: 1"],
  });
});
