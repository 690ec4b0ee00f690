import { expect, test } from "vitest";
import { leftSides } from "../../../src/deploy/steps/left-sides.ts";
import { A, B, NOON, Tale } from "./records.ts";

const NEW = "shop_warm_20261120T113000Z_000001";
const OLD = "shop_warm_20261118T113000Z_000002";
const VERIFY = "shop_verify_20261118T113000Z_000003";

const left = (tale: Tale, ...there: readonly string[]) => leftSides(tale.ledger, { database: "shop", there, now: new Date(NOON) });
const noting = (side: string) =>
  new Tale().confirmed("d1", A).opened("d2", B).tell({ kind: "step.started", step: "backup", intent: { side } }, { deploy: "d2" });

test("what a step noted is left, but for what an open deploy keeps warm", () => {
  expect(left(noting(VERIFY), VERIFY, NEW, "shop_failed_20261120T113000Z")).toEqual([VERIFY]);
  const kept = noting(NEW).tell(
    { kind: "step.done", step: "backup", result: { backup: "b", warm: { name: NEW, oid: "1", row: "1" } } },
    { deploy: "d2" },
  );
  expect(left(kept, NEW)).toEqual([]);
  expect(left(kept.rolledBack("d2", A), NEW)).toEqual([NEW]);
});

test("a warm copy that no line of the journal names is left after a day; another database's never is", () => {
  const nothing = new Tale().confirmed("d1", A);
  expect(left(nothing, NEW, OLD, VERIFY, `other_${OLD}`, "shop_warm_house")).toEqual([OLD]);
});
