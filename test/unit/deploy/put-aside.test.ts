import { expect, test } from "vitest";
import { putAsideBy, putAsideIn } from "../../../src/deploy/steps/thin-replaced.ts";
import type { Entry } from "../../../src/journal/entries.ts";
import { fold } from "../../../src/journal/ledger.ts";
import { A, Tale } from "./records.ts";

test("a database was put aside not before what the journal says before it, but for what ran ahead", () => {
  const at = (hour: string, replaced: string): Entry => ({
    v: 1,
    at: `2026-11-${hour}:00:00.000Z`,
    owner: "o",
    kind: "database.replaced",
    database: "app",
    replaced,
    backup: "b",
  });
  const ledger = fold([at("20T10", "a"), at("30T10", "ahead"), at("19T10", "behind"), at("20T11", "c"), at("20T11", "a")]);
  const found = putAsideIn(ledger, new Date("2026-11-20T12:00:00Z"));
  expect([...found].map(([name, time]) => `${name} ${time.toISOString()}`)).toEqual([
    "ahead 2026-11-20T10:00:00.000Z",
    "behind 2026-11-20T10:00:00.000Z",
    "c 2026-11-20T11:00:00.000Z",
    "a 2026-11-20T11:00:00.000Z",
  ]);
});

test("a replaced database that is just being brought back is not dropped by a backup that runs meanwhile", () => {
  const owner = { id: "nightly", terminal: false, run: undefined, actor: undefined };
  const tale = new Tale("ada@desk").opened("d1", A, { goingBack: true, from: A });
  tale.tell({ kind: "step.started", step: "restore", intent: { backup: "app_failed_1", side: "app_failed_1" } }, { deploy: "d1" });
  expect([...putAsideBy({ owner }, tale.ledger)]).toEqual(["app_failed_1"]);
  tale.tell({ kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "done", on: A }, { deploy: "d1" });
  expect([...putAsideBy({ owner }, tale.ledger)]).toEqual([]);
});
