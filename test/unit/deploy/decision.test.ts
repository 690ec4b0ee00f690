import { describe, expect, test } from "vitest";
import { decide, type DecisionFacts } from "../../../src/deploy/back/decision.ts";
import { history, view } from "./records.ts";

const target = view("one", "001");
const migrated = view("two", "001", "002");
const savepoint = { id: "d2", file: "pre-deploy.dump", schema: target };
const noDown = { possible: false, keep: [], why: "002 has no DOWN" } as const;
const facts: DecisionFacts = { live: migrated, target, wish: "auto", preferDown: false, down: noDown, savepoint, others: ["d1"] };

function decided(changed: Partial<DecisionFacts>) {
  return decide({ ...facts, ...changed });
}

describe("1. kept", () => {
  test("when fingerprint and history are the target's", () =>
    expect(decided({ live: target })).toMatchObject({ action: "kept", proven: true }));
  test("not when only the fingerprint is: a migration of data alone shows in its history", () => {
    expect(decided({ live: view("one", "001", "002") })).toMatchObject({
      action: "restore",
      why: "1 migration entry changed (002 came since)",
    });
  });
  test("not when only the history is: somebody changed the schema by hand", () => {
    expect(decided({ live: view("two", "001") })).toMatchObject({
      action: "restore",
      why: "the schema changed, and no migration history says how",
    });
  });
  test("not when another tool's history moved", () => {
    expect(decided({ live: { fingerprint: "one", history: [...target.history, history("dbmate", ["1"], "public.dbmate")] } }).action).toBe(
      "restore",
    );
  });
  test("not when a migration of the target's is marked as failed now", () => {
    expect(decided({ live: { fingerprint: "one", history: [history("savepoint", [{ version: "001", state: "failed" }])] } }).action).toBe(
      "restore",
    );
  });
  test("not when the target's schema was never seen", () =>
    expect(decided({ target: undefined, live: target })).toMatchObject({
      action: "restore",
      why: "the target version's schema is not known",
    }));
});

describe("2. down", () => {
  const down = { possible: true, keep: ["002"], stays: [], losses: [] } as const;
  const partial = { ...down, stays: ["the DOWN of 002 (x) does not undo line 1 of its UP: it does not name x"] };
  test("with prefer-down, when every migration since has one", () =>
    expect(decided({ preferDown: true, down })).toMatchObject({ action: "down", keep: ["002"] }));
  test("not without prefer-down", () => expect(decided({ down }).action).toBe("restore"));
  test("not when it is impossible: then the savepoint", () => expect(decided({ preferDown: true }).action).toBe("restore"));
  test("unasked, not where it is known not to undo all: then the savepoint, and why is said", () => {
    const restored = decided({ preferDown: true, down: partial });
    expect(restored).toMatchObject({ action: "restore", why: expect.stringContaining(partial.stays[0] ?? "none") as unknown });
    expect(decided({ preferDown: true, down: partial, savepoint: undefined }).action).toBe("impossible");
    // Who says it, is told and gets it.
    const said = decided({ wish: "down", down: partial });
    expect(said).toMatchObject({ action: "down", why: expect.stringContaining(partial.stays[0] ?? "none") as unknown });
  });
  test("not when nothing changed", () => expect(decided({ preferDown: true, down, live: target }).action).toBe("kept"));
  test("said by hand, it goes down or stops: no restore in its place", () => {
    expect(decided({ wish: "down", down }).action).toBe("down");
    expect(decided({ wish: "down" })).toEqual({
      action: "impossible",
      why: "`database: down` was said, and 002 has no DOWN",
      others: ["d1"],
    });
  });
  test("never to a version whose schema was not seen: every migration there is would be taken back", () => {
    const everything = { possible: true, keep: [], stays: [], losses: [] } as const;
    for (const changed of [{ wish: "down" }, { preferDown: true }] as const) {
      expect(decided({ ...changed, target: undefined, savepoint: undefined, down: everything })).toMatchObject({
        action: "impossible",
        why: expect.stringContaining("the target version's schema is not known") as unknown,
      });
    }
    expect(decided({ preferDown: true, target: undefined, down: everything }).action).toBe("restore");
  });
});

describe("3. restore", () => {
  test("of the deploy's own savepoint, when neither fits", () =>
    expect(decided({})).toMatchObject({ action: "restore", savepoint: { id: "d2" } }));
  test("also of an equal schema, when it was said by hand", () =>
    expect(decided({ wish: "restore", live: target }).action).toBe("restore"));
});

describe("4. nothing", () => {
  test("when there is no savepoint: what there is, is listed", () => {
    expect(decided({ savepoint: undefined })).toEqual({
      action: "impossible",
      why: "1 migration entry changed (002 came since), and there is no savepoint to restore",
      others: ["d1"],
    });
  });
  test("where a restore was said of an equal schema, and there is no savepoint: no change is made up", () => {
    expect(decided({ wish: "restore", live: target, savepoint: undefined })).toMatchObject({
      action: "impossible",
      why: "its schema and migration history are the target's already, `database: restore` was said, and there is no savepoint to restore",
    });
  });
});

test("a savepoint of another schema is not restored: it would not lead to the target", () => {
  for (const wish of ["auto", "restore"] as const) {
    expect(decided({ wish, savepoint: { ...savepoint, schema: view("three", "001") } })).toMatchObject({
      action: "impossible",
      why: "1 migration entry changed (002 came since), and the savepoint d2 is on another schema than the target's",
    });
  }
});

test("a savepoint whose copy is the target's schema is restored, whatever beyond it no restore brings back", () => {
  const beyond = { ...savepoint, schema: view("4.17:one+off", "001") };
  for (const known of ["4.17:one", "4.17:one+other"])
    expect(decided({ target: view(known, "001"), live: view("4.17:two", "001", "002"), savepoint: beyond })).toMatchObject({
      action: "restore",
    });
});

test("keep, said by hand, keeps whatever is there, and says whether that is proven", () => {
  expect(decided({ wish: "keep" })).toMatchObject({ action: "kept", proven: false });
  expect(decided({ wish: "keep", live: target })).toMatchObject({ action: "kept", proven: true });
});

test("without a database there is nothing to decide", () => expect(decided({ live: undefined })).toMatchObject({ action: "none" }));

describe("a schema that an earlier version of Savepoint recorded", () => {
  const old = view("1".repeat(64), "001");
  const now = view(`2:${"2".repeat(64)}`, "001");
  const cannot = expect.stringContaining("cannot be compared") as unknown;
  test("is neither the same nor another: the savepoint's copy tells", () => {
    expect(decided({ target: old, live: now, savepoint: { ...savepoint, schema: old } })).toMatchObject({ action: "restore", why: cannot });
  });
  test("without a savepoint a person has to say it: it is not kept in silence", () => {
    expect(decided({ target: old, live: now, savepoint: undefined })).toMatchObject({ action: "impossible", why: cannot });
    expect(decided({ target: old, live: now, wish: "keep" })).toMatchObject({ action: "kept", proven: false });
  });
  test("is another one where the histories differ", () => {
    const later = view(`2:${"2".repeat(64)}`, "001", "002");
    expect(decided({ target: old, live: later, savepoint: { ...savepoint, schema: old } }).why).toBe(
      "1 migration entry changed (002 came since)",
    );
  });
  test("and a savepoint of today go together as far as can be told", () => {
    expect(decided({ target: now, live: migrated, savepoint: { ...savepoint, schema: old } }).action).toBe("restore");
  });
});
