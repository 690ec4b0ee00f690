import { describe, expect, test } from "vitest";
import { decideJobEnd, type JobEndFacts, untilWhen } from "../../../src/deploy/back/job-end.ts";
import type { Owner } from "../../../src/deploy/call/owner.ts";
import { A, B, NOON, Tale } from "./records.ts";

const me: Owner = { id: "100.1", terminal: false, run: undefined, actor: undefined, job: "deploy" };

/** A deploy of this run, opened in a job, with steps that were done in it or in another one. */
function opened({ job = "deploy", owner = "100.1" }: { readonly job?: string | null; readonly owner?: string } = {}): Tale {
  return new Tale(owner).confirmed("d0", B).opened("d1", A, { from: B, ...(job !== null && { job }) });
}

function did(tale: Tale, steps: readonly ("prepare" | "backup" | "migrate" | "switch" | "health")[], job: string | null = "deploy"): Tale {
  for (const step of steps) {
    tale.tell({ kind: "step.started", step, intent: {}, ...(job !== null && { job }) }, { deploy: "d1" });
    tale.tell({ kind: "step.done", step, result: {} }, { deploy: "d1" });
  }
  return tale;
}

const switched = () => did(opened(), ["prepare", "backup", "migrate", "switch"]);
const began = (tale: Tale, step: "health" | "rollback") =>
  tale.tell({ kind: "step.started", step, intent: {}, job: "deploy" }, { deploy: "d1" });
const failed = (tale: Tale, step: "health" | "rollback", cancelled = false) =>
  began(tale, step).tell({ kind: "step.failed", step, message: "no", ...(cancelled && { cancelled }) }, { deploy: "d1" });
const closedAsFailed = (tale: Tale) =>
  tale.tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" });

function decide(tale: Tale, more: Partial<JobEndFacts> = {}): string {
  const end = decideJobEnd({ open: tale.ledger.open, me, automatic: true, until: undefined, now: NOON, ...more });
  return "why" in end ? `${end.do}: ${end.why}` : end.do;
}

describe("at the end of a job that failed or was cancelled", () => {
  test.each<[string, () => Tale, string]>([
    ["nothing open", () => new Tale().confirmed("d0", B), "nothing: no deploy is open"],
    ["taken back by a step of the user's", () => switched().rolledBack("d1", B), "nothing: no deploy is open"],
    ["another run's", () => did(opened({ owner: "99.1" }), ["switch"]), "nothing: the open deploy is another run's"],
    ["another attempt's", () => did(opened({ owner: "100.2" }), ["switch"]), "nothing: the open deploy is another run's"],
    [
      "opened in another job",
      () => did(opened({ job: "prepare" }), ["switch"]),
      "leave: `prepare`, another job of this run, had a part in it",
    ],
    [
      "switched in another job",
      () => did(did(opened(), ["backup"]), ["switch"], "rollout"),
      "leave: `rollout`, another job of this run, had a part in it",
    ],
    [
      "of an earlier Savepoint",
      () => did(opened({ job: null }), ["switch"], null),
      "leave: the journal does not say of each step which job's it is",
    ],
    [
      "with a step of an earlier Savepoint",
      () => did(opened(), ["switch"], null),
      "leave: the journal does not say of each step which job's it is",
    ],
    [
      "a rollback by hand",
      () => new Tale().confirmed("d0", B).opened("d1", B, { goingBack: true, job: "deploy" }),
      "leave: it is a rollback by hand",
    ],
    ["nothing changed", () => did(opened(), ["prepare", "backup"]), "close"],
    ["switched", switched, "back"],
    ["unhealthy", () => failed(switched(), "health"), "back"],
    // The rest of the job said no, or nobody asked: nothing was confirmed.
    ["healthy, and not confirmed", () => did(switched(), ["health"]), "back"],
    ["its rollback step killed", () => began(switched(), "rollback"), "back"],
    ["its rollback step cancelled", () => failed(switched(), "rollback", true), "back"],
    ["its rollback step failed", () => failed(switched(), "rollback"), "leave: what failed is not tried again unasked"],
    ["failed and left to a person", () => closedAsFailed(failed(switched(), "health")), "leave: what failed is not tried again unasked"],
  ])("%s", (_what, tale, end) => {
    expect(decide(tale())).toBe(end);
  });

  test("with `automatic: false` a person is asked; what changed nothing is closed all the same", () => {
    expect(decide(switched(), { automatic: false })).toBe("ask");
    expect(decide(did(opened(), ["backup"]), { automatic: false })).toBe("close");
  });

  test("where GitHub's five minutes are used up nothing is begun any more; closing takes no time", () => {
    expect(decide(switched(), { until: NOON + 1 })).toBe("back");
    expect(decide(switched(), { until: NOON })).toBe("late: the five minutes that GitHub gives a cancelled job are used up");
    expect(decide(did(opened(), ["backup"]), { until: NOON })).toBe("close");
  });

  test("outside of a job nothing is anybody's", () => {
    const { job: _, ...nobody } = me;
    expect(decide(switched(), { me: nobody })).toBe("leave: the journal does not say of each step which job's it is");
  });
});

describe("the five minutes", () => {
  const held = (silentMs: number) =>
    ({
      state: "held",
      holder: { id: "x", fence: 1, owner: "100.1", since: "2026-11-20T12:00:00.000Z" },
      beat: undefined,
      silentMs,
    }) as const;
  const now = NOON + 3_600_000;

  test("begin with the cancellation: the ten seconds of that step, and half a minute to stop, are off", () => {
    const tale = failed(switched(), "health", true);
    const at = Date.parse(tale.ledger.open?.lastAt ?? "");
    expect(untilWhen(tale.ledger.open, { state: "free" }, now)).toBe(at + 260_000);
    // A way back that ran out of time begins no new five minutes.
    expect(untilWhen(failed(tale.after(600), "rollback", true).ledger.open, { state: "free" }, now)).toBe(at + 260_000);
  });

  test("begin with the last sign of life of a step that was killed", () => {
    expect(untilWhen(began(switched(), "health").ledger.open, held(12_000), now)).toBe(now - 12_000 + 260_000);
  });

  test("are no matter of a job that failed by itself", () => {
    expect(untilWhen(failed(switched(), "health").ledger.open, held(12_000), now)).toBeUndefined();
    expect(untilWhen(switched().ledger.open, held(12_000), now)).toBeUndefined();
    expect(untilWhen(undefined, { state: "free" }, now)).toBeUndefined();
  });
});
