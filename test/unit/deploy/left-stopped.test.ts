import { expect, test } from "vitest";
import { leftStopped } from "../../../src/deploy/steps/downtime.ts";
import { Parts } from "../../../src/deploy/back/parts.ts";
import type { DeployRecord } from "../../../src/journal/ledger.ts";
import { A, Tale } from "./records.ts";

const SINCE = "2026-11-20T12:00:05.123Z";

function after(tell: (tale: Tale) => Tale): string | undefined {
  const { open } = tell(new Tale().opened("r1", A, { from: A, goingBack: true })).ledger;
  return leftStopped(open as DeployRecord);
}

const failed = (tale: Tale, stopped?: unknown) =>
  tale
    .tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "r1" })
    .tell({ kind: "step.failed", step: "rollback", message: "no", ...(stopped !== undefined && { stopped }) }, { deploy: "r1" });

test("since when a failed rollback left the app stopped is known to the next one, and to whoever asks how things stand", () => {
  expect(after((tale) => tale)).toBeUndefined();
  expect(after((tale) => failed(tale))).toBeUndefined();
  expect(after((tale) => failed(tale, { since: SINCE, parts: [] }))).toBe(SINCE);
  expect(after((tale) => failed(tale, "a line that is none"))).toBeUndefined();
  // A later one started it.
  expect(after((tale) => failed(failed(tale, { since: SINCE, parts: [] })))).toBeUndefined();
});

test("a rollback that touches nothing says that the app stands still since the one before it, and leaves that to the next", () => {
  const parts = new Parts(SINCE);
  expect(parts.lines()).toContain("app: stopped at 2026-11-20 12:00:05 UTC, by a rollback that failed");
  expect(parts.leftStopped).toBe(SINCE);
  parts.app = "started";
  expect(parts.leftStopped).toBeUndefined();
  expect(new Parts(undefined).lines()).toContain("app: not touched");
});
