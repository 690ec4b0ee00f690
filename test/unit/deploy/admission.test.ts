import { describe, expect, test } from "vitest";
import { admit, type Admission, type AdmissionRequest } from "../../../src/deploy/lock/admission.ts";
import type { Owner } from "../../../src/deploy/call/owner.ts";
import type { Holder, LockStatus } from "../../../src/journal/lock.ts";
import { A, B, NOON, Tale } from "./records.ts";

const LEASE = 30 * 60_000;

function workflow(id: string): Owner {
  return { id, terminal: false, run: undefined, actor: undefined };
}
function person(id: string): Owner {
  return { id, terminal: true, run: undefined, actor: undefined };
}

/** A lock as it is found: whose, what its process does, and since when it is silent. */
function held(
  owner: string,
  silentSeconds: number,
  beat: { readonly running: boolean; readonly step?: string } | undefined = { running: false },
): LockStatus {
  const holder: Holder = { id: "0", fence: 1, owner, since: new Date(NOON).toISOString() };
  return { state: "held", holder, beat: beat && { step: "backup", process: "", ...beat }, silentMs: silentSeconds * 1000 };
}

function ask(tale: Tale, changed: Partial<AdmissionRequest> & { readonly silent?: number } = {}): Admission {
  const { silent = 5, ...rest } = changed;
  return admit({
    title: "shop/production",
    ledger: tale.ledger,
    lock: tale.ledger.open === undefined ? { state: "free" } : held(tale.ledger.open.owner, silent),
    me: workflow("100.1"),
    commit: A,
    wants: "open",
    leaseMs: LEASE,
    now: tale.later(silent),
    ownerCompleted: undefined,
    beaterDead: false,
    ...rest,
  });
}

const nothing = new Tale().confirmed("d0", B);
const prepared = new Tale().opened("d1", A).did("d1", "prepare", "backup");
const changed = new Tale().opened("d1", A).did("d1", "prepare", "backup", "migrate");
const failed = new Tale()
  .opened("d1", A)
  .did("d1", "backup", "migrate")
  .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" });

describe("with nothing open", () => {
  test("an opener opens", () => expect(ask(nothing).do).toBe("open"));
  test("a step that only joins takes the lock alone", () => expect(ask(nothing, { wants: "join" }).do).toBe("lock"));
  test("a rollback by hand takes the lock and decides itself", () => expect(ask(nothing, { wants: "end" }).do).toBe("lock"));
  test("a step that runs under the bare lock is waited for", () => {
    expect(ask(nothing, { lock: held("7.1", 5, { running: true, step: "restore" }) })).toEqual({
      do: "wait",
      why: "7.1 is running restore on shop/production",
    });
  });
  test("a lock whose step has not beaten for 60 s does not hold anybody up", () => {
    expect(ask(nothing, { lock: held("7.1", 59, { running: true }) }).do).toBe("wait");
    expect(ask(nothing, { lock: held("7.1", 60, { running: true }) }).do).toBe("open");
  });
  test("a lock whose process is known to be dead does not hold anybody up", () => {
    expect(ask(nothing, { lock: held("7.1", 1, { running: true }), beaterDead: true }).do).toBe("open");
  });
  test("a lock that was just taken and has not beaten yet is waited for", () => {
    const lock: LockStatus = { state: "held", holder: { id: "0", fence: 1, owner: "7.1", since: "" }, beat: undefined, silentMs: 1000 };
    expect(ask(nothing, { lock }).do).toBe("wait");
  });
});

describe("the owner's own deploy", () => {
  test.each([
    ["prepared", prepared],
    ["changed", changed],
  ] as const)("%s: the owner's next step continues it", (_, tale) => {
    expect(ask(tale)).toMatchObject({ do: "continue", deploy: { id: "d1" } });
  });
  test("a workflow's step continues it however long the one before took", () => {
    expect(ask(changed, { silent: 5 * 3600 })).toMatchObject({ do: "continue", deploy: { id: "d1" } });
  });
  test("a step that says no commit goes with what is open", () =>
    expect(ask(changed, { commit: undefined, wants: "join" }).do).toBe("continue"));
  test("another commit is refused, and both are named", () => {
    const answer = ask(changed, { commit: B });
    expect(answer).toMatchObject({ do: "refuse", failure: { exit: 2 } });
    expect(messageOf(answer)).toBe("This run's open deploy d1 is of aaaaaaa, and this step is about bbbbbbb.");
  });
  test("only one of its steps runs at a time", () => {
    expect(ask(changed, { lock: held("100.1", 1, { running: true }) })).toEqual({
      do: "wait",
      why: "another step of this run is running backup on shop/production",
    });
  });
  test("goes nowhere but back once that was begun: neither on, nor to be marked stable after a passed check", () => {
    const begun = new Tale()
      .opened("d1", A)
      .did("d1", "backup", "migrate", "switch", "health")
      .failed("d1", "rollback")
      .did("d1", "health");
    for (const wants of ["open", "join", "mark"] as const) {
      const answer = ask(begun, { wants });
      expect(answer).toMatchObject({ do: "refuse", failure: { exit: 2, code: "blocked" } });
      expect(messageOf(answer)).toContain("is being taken back, and that did not end");
    }
    expect(ask(begun, { wants: "end", commit: undefined }).do).toBe("continue");
  });
  test("at a terminal it is continued within the lease only", () => {
    const tale = new Tale("ada@desk").opened("d1", A).did("d1", "migrate");
    expect(ask(tale, { me: person("ada@desk"), silent: 29 * 60 }).do).toBe("continue");
    expect(ask(tale, { me: person("ada@desk"), silent: 31 * 60 })).toMatchObject({ do: "refuse", failure: { code: "blocked" } });
  });
  test("at a terminal a deploy that changed nothing gives way at once to another commit; one that did does not", () => {
    const terminal = { id: "ada@desk", terminal: true, run: undefined, actor: undefined };
    const begun = new Tale().opened("d1", A, { owner: "ada@desk" }).did("d1", "backup");
    expect(ask(begun, { me: terminal, commit: B }).do).toBe("abandon");
    expect(ask(begun.did("d1", "migrate"), { me: terminal, commit: B }).do).toBe("refuse");
  });

  test("at a terminal a deploy that changed nothing is closed after the lease, and a new one opened", () => {
    const tale = new Tale("ada@desk").opened("d1", A).did("d1", "prepare");
    expect(ask(tale, { me: person("ada@desk"), silent: 31 * 60 }).do).toBe("abandon");
  });
});

describe("another owner's deploy that changed nothing", () => {
  const me = workflow("200.1");
  test("is waited for while its owner may be alive", () => {
    expect(ask(prepared, { me, silent: 119 })).toEqual({ do: "wait", why: "100.1 has opened d1 (aaaaaaa) on shop/production" });
  });
  test("is closed as abandoned after two silent minutes", () =>
    expect(ask(prepared, { me, silent: 120 })).toMatchObject({ do: "abandon", deploy: { id: "d1" } }));
  test("is closed at once where GitHub says that its owner is gone", () =>
    expect(ask(prepared, { me, ownerCompleted: true }).do).toBe("abandon"));
  test("is closed at once where a later attempt of its run exists", () =>
    expect(ask(prepared, { me: workflow("100.2") }).do).toBe("abandon"));
  test("is silent as long as the host's clock says, though its runner's was an hour ahead", () =>
    expect(ask(prepared, { me, silent: 120, now: prepared.later(-3600) }).do).toBe("abandon"));
  test("does not hold up a step that opens nothing", () => expect(ask(prepared, { me, silent: 120, wants: "join" }).do).toBe("lock"));
  test("a running step of it is waited for, however long", () => {
    expect(ask(prepared, { me, now: prepared.later(5 * 3600), lock: held("100.1", 10, { running: true }) }).do).toBe("wait");
  });
});

describe("a run whose deploy is over", () => {
  const ends = [
    { as: "abandoned", why: "100.1 is gone and had changed nothing" },
    { as: "rolled-back", why: "orders fail" },
    { as: "failed", why: "unlocked by hand" },
  ] as const;
  const over = (end: (typeof ends)[number]): Tale =>
    new Tale()
      .opened("d1", A)
      .did("d1", "prepare", "backup")
      .tell({ kind: "deploy.closed", deploy: "d1", ...end }, { deploy: "d1" });

  test.each(ends)("$as: neither migrates without its savepoint nor is marked stable", (end) => {
    for (const wants of ["join", "mark"] as const) {
      const answer = ask(over(end), { wants });
      expect(answer).toMatchObject({ do: "refuse", failure: { exit: 2, code: "deploy-over" } });
      expect(messageOf(answer)).toBe(
        `This run's deploy d1 is over (${end.as}: ${end.why}; by 100.1), and this step would go on without it.`,
      );
      expect(ask(over(end).opened("d2", B, { owner: "200.1" }), { wants, silent: 200 })).toMatchObject({
        failure: { code: "deploy-over" },
      });
    }
  });
  test("may open another one, and does not stop the steps of others", () => {
    expect(ask(over(ends[0])).do).toBe("open");
    expect(ask(over(ends[0]), { wants: "join", me: workflow("200.1") }).do).toBe("lock");
    expect(ask(new Tale("ada@desk").opened("d1", A).rolledBack("d1", B), { wants: "join", me: person("ada@desk") }).do).toBe("lock");
  });
  test("as confirmed, goes on: its tags may wait", () => expect(ask(nothing, { wants: "mark" }).do).toBe("lock"));
});

describe("another owner's deploy that changed something", () => {
  const me = workflow("200.1");
  test("is waited for while its owner is alive", () => {
    expect(ask(changed, { me })).toEqual({ do: "wait", why: "100.1 is deploying aaaaaaa to shop/production" });
  });
  test("is waited for beyond the lease where GitHub says that its owner works", () =>
    expect(ask(changed, { me, silent: 3600, ownerCompleted: false }).do).toBe("wait"));
  test("blocks, with its name and its state, once its owner is gone", () => {
    for (const gone of [{ ownerCompleted: true }, { silent: 31 * 60 }, { me: workflow("100.2") }]) {
      const answer = ask(changed, { me, ...gone });
      expect(answer).toMatchObject({
        do: "refuse",
        failure: { exit: 2, code: "blocked", state: ["prepare: done", "backup: done", "migrate: done"] },
      });
      expect(messageOf(answer)).toContain("d1 of aaaaaaa to shop/production was left by 100.1");
    }
  });
  test("a step that was killed is shown as one that did not end", () => {
    const tale = new Tale()
      .opened("d1", A)
      .did("d1", "backup")
      .tell({ kind: "step.started", step: "migrate", intent: {} }, { deploy: "d1" });
    expect(ask(tale, { me, ownerCompleted: true })).toMatchObject({
      do: "refuse",
      failure: { state: ["backup: done", "migrate: did not end"] },
    });
  });
  test("a rollback by hand takes it over once nothing of it has beaten for 60 s", () => {
    expect(ask(changed, { me, wants: "end", commit: undefined, silent: 59 })).toMatchObject({ do: "wait" });
    expect(ask(changed, { me, wants: "end", commit: undefined, silent: 60 })).toMatchObject({ do: "continue", deploy: { id: "d1" } });
  });
  test("mark-stable is refused rather than made to wait", () => {
    const answer = ask(changed, { me, wants: "mark" });
    expect(answer).toMatchObject({ do: "refuse", failure: { exit: 2, code: "busy" } });
    expect(messageOf(answer)).toBe("Nothing can be marked stable now: 100.1 is deploying aaaaaaa to shop/production.");
  });
  test("a rollback by hand need not wait where the owner is known to be gone", () => {
    expect(ask(changed, { me, wants: "end", commit: undefined, ownerCompleted: true }).do).toBe("continue");
    expect(ask(changed, { me: workflow("100.2"), wants: "end", commit: undefined }).do).toBe("continue");
    expect(ask(changed, { me, wants: "end", commit: undefined, lock: held("100.1", 3, { running: true }), beaterDead: true }).do).toBe(
      "continue",
    );
  });
  test("the owner's own rollback step never waits for itself", () =>
    expect(ask(changed, { wants: "end", commit: undefined, silent: 0 }).do).toBe("continue"));
});

describe("a failed deploy that blocks", () => {
  test("refuses everybody, its own run too", () => {
    for (const me of [workflow("100.1"), workflow("200.1")]) {
      expect(ask(failed, { me })).toMatchObject({ do: "refuse", failure: { code: "blocked" } });
    }
  });
  test("is finished by a rollback from anywhere, at once", () => {
    expect(ask(failed, { me: workflow("200.1"), wants: "end", commit: undefined, silent: 1 })).toMatchObject({
      do: "continue",
      deploy: { id: "d1" },
    });
  });
  test("blocks no more once it was unlocked", () => {
    const tale = new Tale()
      .opened("d1", A)
      .did("d1", "migrate")
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "unlocked by hand", blocks: false }, { deploy: "d1" });
    expect(ask(tale, { me: workflow("200.1") }).do).toBe("open");
  });
});

function messageOf(answer: Admission): string {
  return answer.do === "refuse" ? answer.failure.message : "";
}
