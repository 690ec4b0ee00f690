import { describe, expect, test } from "vitest";
import { watchdogText } from "../../../../src/deploy/lock/watchdog-text.ts";
import type { DeployRecord } from "../../../../src/journal/ledger.ts";
import type { LockStatus } from "../../../../src/journal/lock.ts";
import { A, B, Tale } from "../records.ts";

const armed = (more: (tale: Tale) => Tale = (tale) => tale): DeployRecord => {
  const tale = new Tale()
    .opened("d1", A, { from: B })
    .tell({ kind: "watchdog.armed", folder: "/state/watchdog/d1", silentMs: 600_000 }, { deploy: "d1" });
  return more(tale.did("d1", "migrate")).ledger.deploys.at(-1) as DeployRecord;
};
const heldBy = (owner: string, running: boolean): LockStatus => ({
  state: "held",
  holder: { id: "i", fence: 2, owner, deploy: "d1", since: "2026-11-20T12:00:00.000Z" },
  beat: { running, step: "rollback", process: "" },
  silentMs: 0,
});

describe("of an open deploy it is told", () => {
  test("that its watchdog is armed, and when it fires", () => {
    expect(watchdogText(armed(), heldBy("100.1", true))).toContain("armed: without a sign of life for 10");
  });

  test("that it fired and is at work, or ended half-way, and where it says more", () => {
    expect(watchdogText(armed(), heldBy("watchdog", true))).toMatch(/fired and is at work.*\/state\/watchdog\/d1\/log/);
    expect(watchdogText(armed(), heldBy("watchdog", false))).toMatch(/ended half-way.*\/state\/watchdog\/d1\/log/);
  });

  test("that it stands back once the health check passed", () => {
    const passed = armed((tale) => tale.did("d1", "migrate", "switch", "health"));
    expect(watchdogText(passed, heldBy("100.1", false))).toContain("stands back");
    const again = armed((tale) => tale.did("d1", "migrate", "switch", "health", "migrate"));
    expect(watchdogText(again, heldBy("100.1", false))).toContain("without a sign of life");
  });

  test("nothing where none is armed, where its run takes it back, or where it is over", () => {
    const none = new Tale().opened("d1", A, { from: B }).ledger.deploys.at(-1) as DeployRecord;
    const back = armed((tale) => tale.tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d1" }));
    const over = armed((tale) =>
      tale.tell({ kind: "deploy.closed", deploy: "d1", as: "confirmed", why: "marked stable" }, { deploy: "d1" }),
    );
    expect([none, back, over].map((deploy) => watchdogText(deploy, heldBy("100.1", true)))).toEqual([undefined, undefined, undefined]);
  });
});
