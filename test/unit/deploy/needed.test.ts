import { expect, test } from "vitest";
import { neededByStable } from "../../../src/deploy/steps/retention.ts";
import { manifest } from "../backup/manifests.ts";
import { A, B, C, Tale } from "./records.ts";

test("what a rollback by hand would restore unnamed is needed, and no scheduled backup stands in for it", () => {
  const { ledger } = new Tale().confirmed("d1", A).confirmed("d2", B, { from: A }).opened("d3", C, { from: B }).rolledBack("d3", B);
  const [toA, toB, scheduled, before] = [
    manifest({ startedAt: "2026-11-20T10:00:00Z", deploy: "d2", from: A }),
    manifest({ startedAt: "2026-11-20T11:00:00Z", deploy: "d3", from: B }),
    manifest({ startedAt: "2026-11-20T12:00:00Z", purpose: "scheduled", from: B }),
    manifest({ startedAt: "2026-11-20T09:00:00Z", deploy: "d0", from: C }),
  ];
  expect(neededByStable([scheduled, toB, toA, before], ledger)).toEqual([toA.id, toB.id]);
  expect(neededByStable([scheduled], ledger)).toEqual([]);
});
