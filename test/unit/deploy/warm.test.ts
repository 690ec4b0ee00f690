import { describe, expect, test } from "vitest";
import { refuseUnrestoredWarm, warmOf } from "../../../src/deploy/steps/warm.ts";
import { A, B, Tale } from "./records.ts";

const warm = { name: "shop_warm_20261128T100000Z_abcdef", oid: "5", row: "7" };

describe("the copy that a deploy keeps", () => {
  test.each([
    { where: "its backup noted one", result: { backup: "b", warm }, is: { backup: "b", copy: warm } },
    { where: "its backup noted none", result: { backup: "b" }, is: undefined },
    { where: "what was noted is no copy", result: { backup: "b", warm: { name: 1 } }, is: undefined },
  ])("is known where $where: $is", ({ result, is }) => {
    const { ledger } = new Tale()
      .opened("d", B, { from: A })
      .tell({ kind: "step.started", step: "backup", intent: {} }, { deploy: "d" })
      .tell({ kind: "step.done", step: "backup", result }, { deploy: "d" });
    expect(warmOf(ledger.open)).toEqual(is);
  });

  test.each([
    { as: "confirmed", blocks: false, is: undefined },
    { as: "failed", blocks: false, is: undefined },
    { as: "failed", blocks: true, is: warm },
  ] as const)("of one that is $as (and blocks: $blocks) is $is", ({ as, blocks, is }) => {
    const { ledger } = new Tale()
      .opened("d", B, { from: A })
      .tell({ kind: "step.started", step: "backup", intent: {} }, { deploy: "d" })
      .tell({ kind: "step.done", step: "backup", result: { backup: "b", warm } }, { deploy: "d" })
      .tell({ kind: "deploy.closed", deploy: "d", as, blocks, why: "" }, { deploy: "d" });
    expect(warmOf(ledger.deploys[0])?.copy).toEqual(is);
  });
});

test("where the backup is only read, there is no copy to keep, and that is refused", () => {
  expect(() => refuseUnrestoredWarm({ warm: true, verify: "read" })).toThrow("`warm` keeps the copy that a restore made");
  for (const verify of ["auto", "restore"] as const) refuseUnrestoredWarm({ warm: true, verify });
  refuseUnrestoredWarm({ warm: false, verify: "read" });
});
