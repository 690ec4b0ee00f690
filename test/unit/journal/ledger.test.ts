import { describe, expect, test } from "vitest";
import { changedSomething, fold, gatePassed, knownAsFailed } from "../../../src/journal/ledger.ts";
import { A, B, C, Tale, view } from "../deploy/records.ts";

describe("entries", () => {
  test("of a holder whose lock was taken over are void, once the next one has written", () => {
    const tale = new Tale()
      .tell({ kind: "deploy.opened", deploy: "d1", commit: A, settings: {} }, { deploy: "d1", fence: 1 })
      .tell({ kind: "lock.taken", from: "100.1", why: "gone" }, { fence: 2, owner: "ada@desk" })
      .tell({ kind: "deploy.closed", deploy: "d1", as: "confirmed", why: "late", on: A }, { deploy: "d1", fence: 1 });
    expect(tale.ledger.open?.id).toBe("d1");
    expect(tale.ledger.on).toBeUndefined();
    expect(tale.ledger.entries).toHaveLength(2);
    expect(tale.ledger.highestFence).toBe(2);
  });

  test("about tags, which need no lock, count whatever the lock's number is", () => {
    const tale = new Tale()
      .tell({ kind: "lock.taken", why: "gone" }, { fence: 9 })
      .tell({ kind: "tags.pending", commit: A, tag: "t", why: "refused" });
    expect(tale.ledger.pendingTags).toEqual([{ commit: A, tag: "t", why: "refused" }]);
  });

  test("of a deploy that nobody opened change nothing", () => {
    expect(new Tale().did("ghost", "migrate").ledger).toMatchObject({ deploys: [], open: undefined });
  });

  test("none at all are an environment on which nothing ever happened", () => {
    expect(fold([])).toMatchObject({ open: undefined, stable: [], on: undefined, wentBack: undefined, highestFence: 0 });
  });
});

test("the user's commands are a deploy's own, also where an earlier version wrote them among its settings", () => {
  const hooks = { "after-rollout": ["./flush", "./tell it"] };
  const opened = { kind: "deploy.opened", commit: A } as const;
  const tale = new Tale()
    .tell({ ...opened, deploy: "d1", settings: { hooks: { "after-rollout": JSON.stringify(hooks["after-rollout"]) } } }, { deploy: "d1" })
    .tell({ kind: "deploy.closed", deploy: "d1", as: "confirmed", why: "", on: A }, { deploy: "d1" })
    .tell({ ...opened, deploy: "d2", settings: {}, hooks }, { deploy: "d2" });
  expect(tale.ledger.deploys.map((deploy) => deploy.hooks)).toEqual([hooks, hooks]);
});

describe("a deploy's steps", () => {
  test("are running until they say otherwise; a killed one runs for ever", () => {
    const tale = new Tale()
      .opened("d1", A)
      .did("d1", "backup")
      .failed("d1", "migrate")
      .tell({ kind: "step.started", step: "switch", intent: {} }, { deploy: "d1" });
    expect(tale.ledger.open?.steps.map(({ step, state }) => [step, state])).toEqual([
      ["backup", "done"],
      ["migrate", "failed"],
      ["switch", "running"],
    ]);
  });

  test("that were cancelled are told from those that failed", () => {
    const tale = new Tale()
      .opened("d1", A)
      .tell({ kind: "step.started", step: "backup", intent: {} }, { deploy: "d1" })
      .tell({ kind: "step.failed", step: "backup", message: "cancelled", cancelled: true }, { deploy: "d1" });
    expect(tale.ledger.open?.steps[0]?.state).toBe("cancelled");
  });

  test("an ending belongs to the newest step of its name that still runs", () => {
    const tale = new Tale().opened("d1", A).did("d1", "backup").did("d1", "backup");
    expect(tale.ledger.open?.steps.map((step) => step.state)).toEqual(["done", "done"]);
  });

  test.each([
    ["prepare, backup, health", ["prepare", "backup", "health"] as const, false],
    ["migrate", ["migrate"] as const, true],
    ["switch", ["switch"] as const, true],
    ["rollback", ["rollback"] as const, true],
  ])("%s: whether they may have changed something is %s → %s", (_, steps, changed) => {
    expect(changedSomething(new Tale().opened("d1", A).did("d1", ...steps).ledger.open!)).toBe(changed);
  });

  test("a migration that began and never ended counts as a change", () => {
    expect(
      changedSomething(
        new Tale().opened("d1", A).tell({ kind: "step.started", step: "migrate", intent: {} }, { deploy: "d1" }).ledger.open!,
      ),
    ).toBe(true);
  });
});

describe("the gate", () => {
  test("is passed by a health check with nothing changed after it", () => {
    expect(gatePassed(new Tale().opened("d1", A).did("d1", "switch", "health", "backup").ledger.open!)).toBe(true);
  });
  test.each([
    ["no health check", new Tale().opened("d1", A).did("d1", "switch")],
    ["a failed one", new Tale().opened("d1", A).did("d1", "switch").failed("d1", "health")],
    ["a failed one after a passed one", new Tale().opened("d1", A).did("d1", "switch", "health").failed("d1", "health")],
    ["a switch after it", new Tale().opened("d1", A).did("d1", "health", "switch")],
    ["a migration after it", new Tale().opened("d1", A).did("d1", "switch", "health", "migrate")],
    [
      "one that was killed",
      new Tale().opened("d1", A).did("d1", "switch").tell({ kind: "step.started", step: "health", intent: {} }, { deploy: "d1" }),
    ],
  ])("is not passed with %s", (_, tale) => expect(gatePassed(tale.ledger.open!)).toBe(false));
});

describe("one command runs all of a deploy", () => {
  const whole = (): Tale =>
    new Tale().tell({ kind: "deploy.opened", deploy: "d1", commit: A, settings: {}, whole: true }, { deploy: "d1", fence: 3 });
  const health = (tale: Tale, fence: number): Tale =>
    tale.tell({ kind: "step.started", step: "health", intent: {} }, { deploy: "d1", fence });

  test("until a step goes on with it under a lock of its own, as after it was cancelled", () => {
    expect(health(whole(), 3).ledger.open?.whole).toBe(true);
    expect(health(whole(), 4).ledger.open?.whole).toBe(false);
  });

  test("also where it is taken back by somebody else", () => {
    const back = whole().tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d1", fence: 4 });
    expect(back.ledger.open?.whole).toBe(true);
  });
});

describe("what is open", () => {
  test("is a deploy that was not closed", () => expect(new Tale().confirmed("d1", A).opened("d2", B).ledger.open?.id).toBe("d2"));
  test("is none that another was opened after: what it ended with is on a line that cannot be read", () => {
    const tale = new Tale().opened("d1", A).did("d1", "switch", "health");
    expect(tale.opened("d2", B).ledger.open?.id).toBe("d2");
    expect(
      tale.tell({ kind: "deploy.closed", deploy: "d2", as: "confirmed", why: "", on: B }, { deploy: "d2" }).ledger.open,
    ).toBeUndefined();
  });
  test("is a failed one that blocks", () => {
    const tale = new Tale()
      .opened("d1", A)
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" });
    expect(tale.ledger.open?.id).toBe("d1");
  });
  test("is nothing once a failed one released the lock, or was rolled back after all", () => {
    const failed = new Tale()
      .opened("d1", A)
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: false }, { deploy: "d1" });
    expect(failed.ledger.open).toBeUndefined();
    const finished = new Tale()
      .opened("d1", A)
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no", blocks: true }, { deploy: "d1" })
      .rolledBack("d1", B);
    expect(finished.ledger.open).toBeUndefined();
  });
});

describe("stable versions", () => {
  test("hold what was confirmed also where the line of its mark cannot be read; its tag is not known, and waits for nobody", () => {
    const tale = new Tale().confirmed("d1", A).opened("d2", B, { from: A }).did("d2", "switch", "health");
    tale.tell({ kind: "deploy.closed", deploy: "d2", as: "confirmed", why: "marked stable", on: B }, { deploy: "d2" });
    tale.tell({ kind: "tags.moved", commit: A, tag: "stable-of-aaa" });
    expect(tale.ledger.stable.map(({ commit, tag }) => [commit, tag])).toEqual([
      [A, "stable-of-aaa"],
      [B, ""],
    ]);
    expect(tale.ledger.pendingTags).toEqual([]);
    expect(tale.ledger.on).toBe(B);
  });

  test("stand in the journal's order: what was marked again is the newest", () => {
    expect(
      new Tale()
        .stable(A)
        .stable(B)
        .stable(A)
        .ledger.stable.map((one) => one.commit),
    ).toEqual([B, A]);
  });
  test("are no longer stable once withdrawn", () => {
    expect(
      new Tale()
        .stable(A)
        .stable(B)
        .tell({ kind: "stable.withdrawn", commit: B })
        .ledger.stable.map((one) => one.commit),
    ).toEqual([A]);
  });
});

describe("a version's schema is the newest seen on it:", () => {
  test("at its stable mark", () => expect(new Tale().stable(A, view("one")).ledger.schemas.get(A)).toEqual(view("one")));
  test("at the opening of a deploy over it", () => {
    expect(
      new Tale()
        .stable(A, view("one"))
        .opened("d1", B, { from: A, live: view("two") })
        .ledger.schemas.get(A),
    ).toEqual(view("two"));
  });
  test("at the end of a rollback to it", () => {
    const tale = new Tale().stable(A, view("one")).tell({ kind: "version.seen", commit: A, schema: view("three"), during: "rollback" });
    expect(tale.ledger.schemas.get(A)).toEqual(view("three"));
  });
});

describe("tags that wait", () => {
  test("are moved by whoever comes next: what moved later overtakes them", () => {
    const tale = new Tale().tell({ kind: "tags.pending", commit: A, tag: "t", why: "refused" });
    expect(tale.ledger.pendingTags).toHaveLength(1);
    expect(tale.tell({ kind: "tags.moved", commit: B, tag: "u" }).ledger.pendingTags).toEqual([]);
  });
  test("wait on when an older version's were moved late: newer is what is later in the journal", () => {
    const tale = new Tale().confirmed("d1", A).confirmed("d2", B).tell({ kind: "tags.moved", commit: A, tag: "t" });
    expect(tale.ledger.pendingTags.map((one) => one.commit)).toEqual([B]);
    expect(tale.tell({ kind: "tags.moved", commit: B, tag: "u" }).ledger.pendingTags).toEqual([]);
  });
});

describe("where the last rollback went", () => {
  test("is remembered, finished or not", () => {
    expect(new Tale().tell({ kind: "went-back", to: A, from: B, database: "kept", finished: false }).ledger.wentBack).toEqual({
      to: A,
      from: B,
      finished: false,
    });
  });
  test("is forgotten with the next confirmed deploy", () =>
    expect(new Tale().opened("d1", B).rolledBack("d1", A).confirmed("d2", C).ledger.wentBack).toBeUndefined());
  test("is forgotten when another version is marked stable by hand", () => {
    expect(new Tale().opened("d1", B).rolledBack("d1", A).stable(C).ledger.wentBack).toBeUndefined();
  });
  test("is remembered when its own target is marked, as the rollback itself does", () => {
    expect(new Tale().opened("d1", B).rolledBack("d1", A).stable(A).ledger.wentBack?.to).toBe(A);
  });
});

describe("a version is known as failed", () => {
  test("when its last deploy was rolled back or failed", () => {
    expect(knownAsFailed(new Tale().opened("d1", B).rolledBack("d1", A).ledger, B)).toBe(true);
    expect(
      knownAsFailed(
        new Tale().opened("d1", B).tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "no" }, { deploy: "d1" }).ledger,
        B,
      ),
    ).toBe(true);
  });
  test("not when it was confirmed before or since", () => {
    expect(knownAsFailed(new Tale().confirmed("d1", B).opened("d2", B).rolledBack("d2", A).ledger, B)).toBe(false);
    expect(knownAsFailed(new Tale().opened("d1", B).rolledBack("d1", A).confirmed("d2", B).ledger, B)).toBe(false);
  });
  test("not when its deploy was abandoned, or never was", () => {
    const tale = new Tale().opened("d1", B).tell({ kind: "deploy.closed", deploy: "d1", as: "abandoned", why: "gone" }, { deploy: "d1" });
    expect(knownAsFailed(tale.ledger, B)).toBe(false);
    expect(knownAsFailed(tale.ledger, C)).toBe(false);
  });
  test("not when it was taken back to itself and proven: it ran before, and it runs again", () => {
    expect(knownAsFailed(new Tale().opened("d1", B, { from: B }).rolledBack("d1", B).ledger, B)).toBe(false);
  });
});

describe("a mark", () => {
  const marked = (): Tale =>
    new Tale()
      .confirmed("d1", A)
      .tell({ kind: "tags.moved", commit: A, tag: "a" })
      .opened("d2", B, { from: A })
      .did("d2", "migrate", "switch", "health")
      .tell({ kind: "stable.marked", commit: B, settings: {}, tag: "b" }, { deploy: "d2" });

  test("counts when its deploy is closed as confirmed, not before", () => {
    const before = marked().ledger;
    expect(before.stable.map((one) => one.commit)).toEqual([A]);
    expect(before).toMatchObject({ on: A, open: { id: "d2" }, pendingTags: [] });
    const after = marked().tell({ kind: "deploy.closed", deploy: "d2", as: "confirmed", why: "", on: B }, { deploy: "d2" }).ledger;
    expect(after.stable.map((one) => one.commit)).toEqual([A, B]);
  });

  test("of a deploy that was rolled back after all never counts", () => {
    const tale = marked().tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "", on: A }, { deploy: "d2" });
    expect(tale.ledger.stable.map((one) => one.commit)).toEqual([A]);
    expect(tale.ledger.on).toBe(A);
  });

  test("waits for its tags until it is noted that they moved", () => {
    const tale = marked().tell({ kind: "deploy.closed", deploy: "d2", as: "confirmed", why: "", on: B }, { deploy: "d2" });
    expect(tale.ledger.pendingTags).toEqual([{ commit: B, tag: "b", why: "not moved yet" }]);
    expect(tale.tell({ kind: "tags.moved", commit: B, tag: "b" }).ledger.pendingTags).toEqual([]);
  });

  test("that is withdrawn leaves its tags to whoever moves the next ones", () => {
    const tale = new Tale().confirmed("d1", A).tell({ kind: "stable.withdrawn", commit: A });
    expect(tale.ledger).toMatchObject({ withdrawn: [A], pendingTags: [], stable: [] });
    expect(tale.tell({ kind: "tags.moved", commit: B, tag: "b" }).ledger.withdrawn).toEqual([]);
  });
});

describe("what a version's schema is", () => {
  const own = view("one", "001");
  const other = view("two", "001", "002");
  /** B runs on its own schema, and a restore by hand put A's in its place. */
  const restoredApart = () =>
    new Tale()
      .opened("d1", B, { from: A, live: other })
      .did("d1", "backup", "migrate", "switch", "health")
      .tell({ kind: "stable.marked", commit: B, schema: own, settings: {}, tag: "t" }, { deploy: "d1" })
      .tell({ kind: "deploy.closed", deploy: "d1", as: "confirmed", why: "", on: B }, { deploy: "d1" })
      .opened("r1", B, { from: B, live: own, goingBack: true })
      .did("r1", "restore");
  const closed = (schema?: "proven" | "apart" | "unknown") =>
    restoredApart().tell(
      { kind: "deploy.closed", deploy: "r1", as: "rolled-back", why: "", on: B, ...(schema && { schema }) },
      { deploy: "r1" },
    );

  test("is not learnt from a restore or rollback by hand that begins", () => {
    expect(closed("apart").opened("r2", B, { from: B, live: other, goingBack: true }).ledger.schemas.get(B)).toEqual(own);
  });
  test.each(["apart", "unknown", undefined] as const)("is not learnt at an opening where code and schema are apart (%s)", (schema) => {
    const tale = closed(schema).opened("d2", C, { from: B, live: other });
    expect(tale.ledger.schemas.get(B)).toEqual(own);
    expect(tale.ledger.open).toMatchObject({ apart: true, live: other });
    tale.tell({ kind: "version.seen", commit: B, schema: other, during: "opening" }, { deploy: "d2" });
    expect(tale.ledger.schemas.get(B)).toEqual(own);
  });
  test("is learnt at an opening where they are one version's", () => {
    const tale = closed("proven").opened("d2", C, { from: B, live: other });
    expect(tale.ledger.schemas.get(B)).toEqual(other);
    expect(tale.ledger.open).toMatchObject({ apart: false });
  });
  test("is learnt of another version, which was brought there meanwhile", () => {
    expect(closed("apart").opened("d2", C, { from: A, live: other }).ledger.schemas.get(A)).toEqual(other);
  });
  test("is learnt again once a version was confirmed", () => {
    const tale = closed("apart")
      .opened("d2", C, { from: B, live: other })
      .did("d2", "switch", "health")
      .tell({ kind: "stable.marked", commit: C, schema: other, settings: {}, tag: "t" }, { deploy: "d2" })
      .tell({ kind: "deploy.closed", deploy: "d2", as: "confirmed", why: "", on: C }, { deploy: "d2" });
    expect(tale.ledger.apart).toBeUndefined();
    expect(tale.opened("d3", A, { from: C, live: own }).ledger.schemas.get(C)).toEqual(own);
  });
  test("is not learnt after a deploy that was ended by hand half-way; one that changed nothing says nothing", () => {
    const ended = (...steps: ("backup" | "migrate")[]) =>
      new Tale()
        .opened("d1", B, { from: A, live: own })
        .did("d1", ...steps)
        .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "unlocked", blocks: false }, { deploy: "d1" })
        .opened("d2", C, { from: A, live: other }).ledger;
    expect(ended("backup", "migrate").schemas.get(A)).toEqual(own);
    expect(ended("backup").schemas.get(A)).toEqual(other);
  });
});

describe("the version that is on is not known to be healthy", () => {
  const failing = (tale = new Tale()) =>
    tale
      .opened("d1", B, { from: A })
      .failed("d1", "switch")
      .failed("d1", "rollback")
      .tell({ kind: "deploy.closed", deploy: "d1", as: "failed", why: "not healthy either", on: A, blocks: false }, { deploy: "d1" });
  const unlocked = (...steps: readonly ("migrate" | "switch" | "health")[]) =>
    new Tale()
      .opened("d1", B, { from: A })
      .did("d1", ...steps)
      .tell(
        { kind: "deploy.closed", deploy: "d1", as: "failed", why: "unlocked by hand: x", reason: "x", blocks: false },
        { deploy: "d1" },
      );

  test("after a rollback that failed for health alone, since the first of several", () => {
    const { unwell } = failing().ledger;
    expect(unwell).toMatchObject({ how: "unhealthy", deploy: "d1", commit: A });
    const twice = failing().opened("d2", A, { goingBack: true }).failed("d2", "rollback");
    twice.tell({ kind: "deploy.closed", deploy: "d2", as: "failed", why: "no", on: A, blocks: false }, { deploy: "d2" });
    expect(twice.ledger.unwell).toMatchObject({ deploy: "d2", since: unwell?.since });
  });

  test("after an unlock of what was switched and never passed health; not where it passed, nor where the app was left alone", () => {
    expect(unlocked("switch").ledger.unwell).toMatchObject({ how: "unasked", commit: undefined });
    expect(unlocked("switch", "health").ledger.unwell).toBeUndefined();
    expect(unlocked("migrate").ledger.unwell).toBeUndefined();
  });

  test("until a health check passed on it, a deploy was confirmed, or a rollback proved it", () => {
    expect(failing().tell({ kind: "health.passed", commit: A, after: "d1" }).ledger.unwell).toBeUndefined();
    expect(failing().confirmed("d2", B).ledger.unwell).toBeUndefined();
    expect(failing().opened("d2", A, { goingBack: true }).rolledBack("d2", A).ledger.unwell).toBeUndefined();
    expect(failing().stable(A).ledger.unwell).toBeUndefined();
  });

  test("by one that was asked before it failed again, or that is another version's, it is not ended", () => {
    expect(failing().tell({ kind: "health.passed", commit: A, after: "d0" }).ledger.unwell).toBeDefined();
    expect(failing().tell({ kind: "health.passed", commit: B, after: "d1" }).ledger.unwell).toBeDefined();
    const unasked = failing().opened("d2", B, { from: A });
    unasked.tell({ kind: "step.started", step: "rollback", intent: {} }, { deploy: "d2" });
    unasked.tell({ kind: "step.done", step: "rollback", result: { health: "not checked" } }, { deploy: "d2" });
    unasked.tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "x", on: A }, { deploy: "d2" });
    expect(unasked.ledger.unwell).toBeDefined();
    expect(
      failing().opened("d2", B).tell({ kind: "deploy.closed", deploy: "d2", as: "abandoned", why: "x" }, { deploy: "d2" }).ledger.unwell,
    ).toBeDefined();
  });
});
