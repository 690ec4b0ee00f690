import { describe, expect, test } from "vitest";
import { expectedText, timesRows } from "../../../src/deploy/steps/times.ts";
import { backTimes, expectedBack, stepTimes } from "../../../src/journal/times.ts";
import { A, B, Tale } from "../deploy/records.ts";

const proven = (tale: Tale, restoreMs: number, sizeBytes: number): Tale =>
  tale.tell({ kind: "restore.proven", backup: "b1", fingerprint: "1", server: 15, sizeBytes, restoreMs });

/** A step with a result, a second long. */
const did = (tale: Tale, deploy: string, step: "backup" | "health" | "rollback", result: Readonly<Record<string, unknown>>): Tale =>
  tale.tell({ kind: "step.started", step, intent: {} }, { deploy }).tell({ kind: "step.done", step, result }, { deploy });

const deployed = (): Tale =>
  did(new Tale().opened("d1", A).did("d1", "prepare", "switch"), "d1", "health", { downtime: { ms: 2000, parts: [] } });
const TIMES = { decision: 300, restore: 4000, stop: 200, swap: 100, start: 1000, health: 700 };

describe("what a rollback now is expected to take", () => {
  test("is not known where nothing was timed", () => {
    expect(expectedBack(new Tale().ledger)).toBeUndefined();
    expect(expectedBack(new Tale().confirmed("d1", A).ledger)).toBeUndefined();
    expect(timesRows(new Tale().ledger)).toEqual([]);
  });

  test("is told by the last deploy's stop, start and health, where there was no rollback", () => {
    expect(expectedBack(deployed().ledger)).toEqual({ kept: 3000, restored: undefined, away: 2000, by: "deploy", deploy: "d1" });
    expect(expectedText(deployed().ledger)).toBe(
      "about 3.0 s with the database kept; 2.0 s of it without the app (as stop, start and health took in d1; none was done yet)",
    );
  });

  test("is told by the last rollback, and what restoring takes by the last proof", () => {
    const tale = did(proven(deployed(), 4000, 1000).opened("d2", B, { from: A }), "d2", "rollback", { times: TIMES });
    expect(expectedBack(tale.ledger)).toEqual({ kept: 2200, restored: 6300, away: 1900, by: "rollback", deploy: "d2" });
    expect(timesRows(tale.ledger).map(([name, text]) => `${name}: ${text}`)).toEqual([
      "last deploy took: prepare 1.0 s, switch 1.0 s, health 1.0 s; without the app 2.0 s",
      "last rollback took: 6.3 s: decision 300 ms, restore 4.0 s, stop 200 ms, swap 100 ms, start 1.0 s, health 700 ms",
      "a rollback now: about 2.2 s with the database kept, about 6.3 s where the savepoint is restored; 1.9 s of it without the app (as the last one took, d2)",
    ]);
  });

  test("grows with the newest savepoint, and never shrinks below what was seen", () => {
    const at = (sizeBytes: number): number | undefined =>
      expectedBack(did(proven(deployed(), 4000, 1000), "d1", "backup", { sizeBytes }).ledger)?.restored;
    expect(at(3000)).toBe(1000 + 12_000 + 2000 + 500);
    expect(at(10)).toBe(1000 + 4000 + 2000 + 500);
  });
});

test("what is no number in the journal is none, and what failed noted nothing", () => {
  expect(
    backTimes(did(new Tale().opened("d1", A), "d1", "rollback", { times: { stop: "x", start: -1, swap: 5 } }).ledger.open!),
  ).toMatchObject({ stop: 0, start: 0, swap: 5 });
  expect(backTimes(did(new Tale().opened("d1", A), "d1", "rollback", {}).ledger.open!)).toBeUndefined();
  expect(backTimes(new Tale().opened("d1", A).failed("d1", "rollback").ledger.open!)).toBeUndefined();
});

test("a step that runs has no time yet, and of one that was done twice the last counts", () => {
  const tale = new Tale().opened("d1", A).did("d1", "backup").tell({ kind: "step.started", step: "backup", intent: {} }, { deploy: "d1" });
  tale
    .after(3)
    .tell({ kind: "step.done", step: "backup", result: {} }, { deploy: "d1" })
    .tell({ kind: "step.started", step: "switch", intent: {} }, { deploy: "d1" });
  expect(stepTimes(tale.ledger.open!)).toEqual([{ step: "backup", ms: 3000 }]);
});
