import { expect, test } from "vitest";
import { account } from "../../scripts/demo/account.ts";
import type { Stage } from "../../scripts/demo/stage.ts";

type Order = { readonly version: string; readonly id: string };

/** A stage that holds these rows, and an app that confirmed these orders. */
const stageOf = (confirmed: readonly Order[], rows: Readonly<Record<string, readonly string[]>>): Stage =>
  ({
    confirmedOrders: async () => confirmed,
    databases: async () => Object.keys(rows),
    query: async (database: string, sql: string) =>
      sql.includes("information_schema") ? [{ column_name: "what" }] : (rows[database] ?? []).map((text) => ({ text })),
  }) as unknown as Stage;

test("the demo's account finds each confirmed order, in the live database or in one that was replaced", async () => {
  const confirmed = [
    { version: "1.0", id: "a" },
    { version: "1.1", id: "b" },
    { version: "1.1", id: "c" },
  ];
  const rows = { shop: ["order of 1.0 a"], shop_failed_1: ["order of 1.0 a", "order of 1.1 b"] };
  expect((await account(stageOf(confirmed, rows))).missing).toBe(1);
});

test("in the demo's account one row answers for one confirmed order", async () => {
  const twice = { version: "1.0", id: "7" };
  expect((await account(stageOf([twice, twice], { shop: ["order of 1.0 7"] }))).missing).toBe(1);
});
