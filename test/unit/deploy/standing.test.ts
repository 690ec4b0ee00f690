import { describe, expect, test } from "vitest";
import type { LockStatus } from "../../../src/journal/lock.ts";
import { isGone, isLeft, schemaStanding, type Signs } from "../../../src/deploy/lock/standing.ts";
import { A, B, Tale } from "./records.ts";

const view = (fingerprint: string) => ({ fingerprint, history: [] });
const seen = new Tale()
  .tell({ kind: "version.seen", commit: A, schema: view("one"), during: "stable" })
  .tell({ kind: "version.seen", commit: B, schema: view("two"), during: "stable" }).ledger;

test.each([
  { running: A, live: view("one"), is: "one", says: "code and schema are one version's" },
  { running: A, live: view("two"), is: "apart", says: "not aaaaaaa's: the database's is that of bbbbbbb" },
  { running: A, live: view("other"), is: "apart", says: "of no version that was seen" },
  {
    running: "c".repeat(40),
    live: view("two"),
    is: "unknown",
    says: "which one ccccccc has is not known before it is confirmed; the database's is that of bbbbbbb",
  },
  { running: undefined, live: view("two"), is: "unknown", says: "what runs is not known" },
  { running: A, live: undefined, is: "unknown", says: "no database is configured" },
])("of $running the schema $live.fingerprint is $is", ({ running, live, is, says }) => {
  const standing = schemaStanding(seen, { running, live });
  expect(standing.is).toBe(is);
  expect(standing.text).toContain(says);
});

test("where nothing runs, it is not said that what runs is not known", () => {
  const { ledger } = new Tale()
    .opened("d1", A, { toNothing: true })
    .did("d1", "backup")
    .failed("d1", "switch")
    .tell(
      { kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "nothing ran when this deploy opened", nothingRuns: true },
      { deploy: "d1" },
    );
  expect(ledger.nothingRuns).toBe(true);
  const { text } = schemaStanding(ledger, { running: undefined, live: view("one") });
  expect(text).toContain("nothing runs that it would belong to");
  expect(text).not.toContain("not known");
});

describe("an open deploy is left to a person", () => {
  const holder = { id: "x", fence: 1, owner: "100.1", since: "2026-11-20T12:00:00Z" };
  const held = (running: boolean, seconds: number): LockStatus => ({
    state: "held",
    holder,
    beat: { running, step: "switch", process: "" },
    silentMs: seconds * 1000,
  });
  const signs = (lock: LockStatus, more: Partial<Signs> = {}): Signs => ({
    lock,
    leaseMs: 1_800_000,
    ownerCompleted: undefined,
    beaterDead: false,
    ...more,
  });
  const run = "https://github.com/example/shop/actions/runs/100";
  const prepared = new Tale().opened("d1", A, { run }).did("d1", "prepare", "backup").ledger.open;
  const changed = new Tale().opened("d1", A, { run }).did("d1", "backup", "migrate").ledger.open;
  const failed = new Tale().opened("d1", A, { run }).did("d1", "backup").failed("d1", "migrate").ledger.open;
  const atDesk = new Tale("ada@desk").opened("d1", A).did("d1", "backup").failed("d1", "migrate").ledger.open;

  test.each([
    { when: "it changed nothing", open: prepared, at: signs(held(false, 9_000)), left: false },
    { when: "a step of it runs", open: changed, at: signs(held(true, 10)), left: false },
    { when: "its step has not beaten for a minute", open: changed, at: signs(held(true, 61)), left: true },
    { when: "the process of its step is dead", open: changed, at: signs(held(true, 1), { beaterDead: true }), left: true },
    { when: "its workflow goes on between two steps", open: changed, at: signs(held(false, 600)), left: false },
    { when: "a step of its workflow failed, and the rollback step is still to come", open: failed, at: signs(held(false, 5)), left: false },
    { when: "GitHub says that its run is over", open: changed, at: signs(held(false, 5), { ownerCompleted: true }), left: true },
    { when: "nothing is heard of it for the lease", open: changed, at: signs(held(false, 1_801)), left: true },
    { when: "its step failed at a terminal, where nothing comes after", open: atDesk, at: signs(held(false, 5)), left: true },
    { when: "nobody holds the lock", open: changed, at: signs({ state: "free" }), left: true },
    {
      when: "its lock was taken away, and GitHub says that its run goes on",
      open: changed,
      at: signs({ state: "free" }, { ownerCompleted: false }),
      left: false,
    },
  ])("$left, where $when", ({ open, at, left }) => expect(open && isLeft(open, at)).toBe(left));

  test.each([
    {
      when: "its lock was taken away, and GitHub says that its run goes on",
      at: signs({ state: "free" }, { ownerCompleted: false }),
      gone: false,
    },
    {
      when: "its lock was taken away, and GitHub says that its run is over",
      at: signs({ state: "free" }, { ownerCompleted: true }),
      gone: true,
    },
    { when: "nobody holds the lock", at: signs({ state: "free" }), gone: true },
    {
      when: "GitHub says that its run goes on, and nothing is heard of it",
      at: signs(held(false, 9_999), { ownerCompleted: false }),
      gone: false,
    },
  ])("its owner is gone: $gone, where $when", ({ at, gone }) => expect(changed && isGone(changed, at)).toBe(gone));
});
