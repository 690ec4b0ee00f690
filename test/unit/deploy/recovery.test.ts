import { describe, expect, test } from "vitest";
import { decideRecovery, type RecoveryFacts } from "../../../src/deploy/back/recovery.ts";
import { A, B, Tale } from "./records.ts";

const opened = () => new Tale().confirmed("d0", B).opened("d1", A, { from: B });
const whole = () => new Tale().confirmed("d0", B).opened("d1", A, { from: B, whole: true });
const STEPS = ["prepare", "backup", "migrate", "switch"] as const;

/** How far the journal says that the deploy came. */
const JOURNAL = {
  "nothing changed": () => whole().did("d1", "prepare", "backup"),
  migrating: () => whole().did("d1", "prepare", "backup").tell({ kind: "step.started", step: "migrate", intent: {} }, { deploy: "d1" }),
  switched: () => whole().did("d1", ...STEPS),
  unhealthy: () =>
    whole()
      .did("d1", ...STEPS)
      .failed("d1", "health"),
  "gate passed": () => whole().did("d1", ...STEPS, "health"),
  "gate passed, marked, not closed": () =>
    whole()
      .did("d1", ...STEPS, "health")
      .stable(A),
  "gate passed, step by step": () => opened().did("d1", ...STEPS, "health"),
  "a rollback begun": () =>
    whole()
      .did("d1", ...STEPS, "health")
      .tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d1" }),
  "a rollback failed": () =>
    whole()
      .did("d1", ...STEPS)
      .failed("d1", "rollback")
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" }),
  "a rollback failed, and its end could not be written": () =>
    whole()
      .did("d1", ...STEPS)
      .failed("d1", "rollback"),
  "a rollback by hand begun": () =>
    new Tale()
      .confirmed("d0", B)
      .opened("d1", B, { goingBack: true })
      .tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d1" }),
} as const;

const SEEN = {
  kept: { action: "kept" },
  down: { action: "down" },
  "no database": { action: "none" },
  restore: { action: "restore" },
  "no way back": { action: "impossible", why: "there is no savepoint" },
} as const satisfies Readonly<Record<string, RecoveryFacts["database"]>>;

function decide(journal: keyof typeof JOURNAL, more: Partial<RecoveryFacts> = {}): string {
  const { open } = JOURNAL[journal]().ledger;
  if (open === undefined) throw new Error("nothing is open");
  return decideRecovery({ open, lives: undefined, said: false, automatic: true, runs: "another", database: { action: "kept" }, ...more })
    .do;
}

describe("an open deploy whose owner is gone", () => {
  // Per state of the journal: with the database kept, down, none, restored, impossible; unasked, and where a person said it.
  test.each([
    ["nothing changed", ["close", "close", "close", "close", "close"], ["close", "close", "close", "close", "close"]],
    ["migrating", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["switched", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["unhealthy", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["gate passed", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["a rollback begun", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["a rollback by hand begun", ["back", "back", "back", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["a rollback failed", ["ask", "ask", "ask", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
    ["a rollback failed, and its end could not be written", ["ask", "ask", "ask", "ask", "ask"], ["back", "back", "back", "back", "ask"]],
  ] as const)("%s, another version on the host: %j unasked, %j where it was said", (journal, unasked, asked) => {
    const all = Object.values(SEEN);
    expect(all.map((database) => decide(journal, { database }))).toEqual(unasked);
    expect(all.map((database) => decide(journal, { database, said: true }))).toEqual(asked);
  });

  test.each([
    ["gate passed", "forward", "forward"],
    ["gate passed, marked, not closed", "forward", "forward"],
    // Other steps of the workflow may have been to judge it.
    ["gate passed, step by step", "ask", "forward"],
    // From its beginning on there is no way but back.
    ["a rollback begun", "back", "back"],
    ["unhealthy", "back", "back"],
    ["switched", "back", "back"],
    ["a rollback failed", "ask", "back"],
  ] as const)("%s, its version on the host: %s unasked, %s where it was said", (journal, unasked, asked) => {
    for (const runs of ["its version", "unknown"] as const)
      expect([decide(journal, { runs }), decide(journal, { runs, said: true })]).toEqual([unasked, asked]);
  });
});

/** The rows of the contract's table, each with what it does where the database is kept, goes down, would be restored, or has no way. */
describe("a chain deployed step by step, by the table of the contract", () => {
  const began = (tale: Tale, step: "migrate" | "rollback") => tale.tell({ kind: "step.started", step, intent: {} }, { deploy: "d1" });
  const columns = ["kept", "down", "restore", "no way back"] as const;
  const rows = (open: () => Tale) =>
    ({
      "nothing was changed": [open().did("d1", "prepare", "backup"), "another"],
      "something was changed, no health check passed since: at its migrations": [began(open().did("d1", "backup"), "migrate"), "another"],
      "something was changed, no health check passed since: switched": [open().did("d1", ...STEPS), "its version"],
      "something was changed, no health check passed since: unhealthy": [
        open()
          .did("d1", ...STEPS)
          .failed("d1", "health"),
        "its version",
      ],
      "something was changed, no health check passed since: changed after it": [
        open().did("d1", ...STEPS, "health", "migrate"),
        "its version",
      ],
      "a way back was begun, and did not end": [began(open().did("d1", ...STEPS, "health"), "rollback"), "its version"],
      "a rollback failed, its end not written": [
        open()
          .did("d1", ...STEPS)
          .failed("d1", "rollback"),
        "another",
      ],
      "a rollback failed, its end written": [
        open()
          .did("d1", ...STEPS)
          .failed("d1", "rollback")
          .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" }),
        "another",
      ],
      "the health check passed, and another version is on the host": [open().did("d1", ...STEPS, "health"), "another"],
      "the health check passed, and its version is on the host": [open().did("d1", ...STEPS, "health"), "its version"],
      "the health check passed, and nothing tells which version is": [open().did("d1", ...STEPS, "health"), "unknown"],
    }) as const satisfies Readonly<Record<string, readonly [Tale, RecoveryFacts["runs"]]>>;
  type Row = keyof ReturnType<typeof rows>;
  const all = (row: Row, from: () => Tale, said: boolean): string[] => {
    const [tale, runs] = rows(from)[row];
    const { open } = tale.ledger;
    if (open === undefined) throw new Error("nothing is open");
    return columns.map((seen) => decideRecovery({ open, lives: undefined, said, automatic: true, runs, database: SEEN[seen] }).do);
  };
  const BACK = [
    ["back", "back", "ask", "ask"],
    ["back", "back", "back", "ask"],
  ] as const;
  const FORWARD = [
    ["ask", "ask", "ask", "ask"],
    ["forward", "forward", "forward", "forward"],
  ] as const;
  const CLOSED = [
    ["close", "close", "close", "close"],
    ["close", "close", "close", "close"],
  ] as const;
  const FAILED = [
    ["ask", "ask", "ask", "ask"],
    ["back", "back", "back", "ask"],
  ] as const;

  test.each<readonly [Row, readonly (readonly string[])[]]>([
    ["nothing was changed", CLOSED],
    ["something was changed, no health check passed since: at its migrations", BACK],
    ["something was changed, no health check passed since: switched", BACK],
    ["something was changed, no health check passed since: unhealthy", BACK],
    ["something was changed, no health check passed since: changed after it", BACK],
    ["a way back was begun, and did not end", BACK],
    ["a rollback failed, its end not written", FAILED],
    ["a rollback failed, its end written", FAILED],
    ["the health check passed, and another version is on the host", BACK],
    ["the health check passed, and its version is on the host", FORWARD],
    ["the health check passed, and nothing tells which version is", FORWARD],
  ])("%s", (row, [unasked, asked]) => {
    expect(all(row, opened, false)).toEqual(unasked);
    expect(all(row, opened, true)).toEqual(asked);
    // One command differs in nothing but that nobody else was to judge its version.
    const alone = unasked === FORWARD[0] ? FORWARD[1] : unasked;
    expect(all(row, whole, false)).toEqual(alone);
    expect(all(row, whole, true)).toEqual(asked);
  });

  test("a cancelled `deploy` that steps went on with is one", () => {
    const tale = new Tale().confirmed("d0", B);
    tale.tell({ kind: "deploy.opened", deploy: "d1", commit: A, from: B, settings: {}, whole: true }, { deploy: "d1", fence: 1 });
    for (const step of [...STEPS, "health"] as const) {
      tale.tell({ kind: "step.started", step, intent: {} }, { deploy: "d1", fence: step === "health" ? 2 : 1 });
      tale.tell({ kind: "step.done", step, result: {} }, { deploy: "d1", fence: step === "health" ? 2 : 1 });
    }
    const { open } = tale.ledger;
    if (open === undefined) throw new Error("nothing is open");
    const facts = { open, lives: undefined, automatic: true, runs: "its version", database: SEEN.kept } as const;
    expect(decideRecovery({ ...facts, said: false }).do).toBe("ask");
    expect(decideRecovery({ ...facts, said: true }).do).toBe("forward");
  });
});

test("one on which somebody works is waited for, whatever was seen or said", () => {
  for (const journal of Object.keys(JOURNAL) as (keyof typeof JOURNAL)[])
    for (const database of Object.values(SEEN))
      for (const said of [false, true]) expect(decide(journal, { lives: "100.1 is running switch", database, said })).toBe("wait");
});

test("with `automatic: false` nothing goes back unasked; forward, closed and said by a person it goes all the same", () => {
  for (const journal of ["migrating", "switched", "a rollback begun"] as const)
    for (const database of Object.values(SEEN)) expect(decide(journal, { automatic: false, database })).toBe("ask");
  expect(decide("switched", { automatic: false, said: true })).toBe("back");
  expect(decide("gate passed", { automatic: false, runs: "its version" })).toBe("forward");
  expect(decide("nothing changed", { automatic: false })).toBe("close");
});

test("why it asks is said", () => {
  const { open } = JOURNAL.switched().ledger;
  if (open === undefined) throw new Error("nothing is open");
  const asked = decideRecovery({ open, lives: undefined, said: false, automatic: true, runs: "another", database: { action: "restore" } });
  expect(asked.why).toContain("what was written since would stay behind in the replaced database");
});
