import { describe, expect, test } from "vitest";
import { targetByHand, targetOfDeploy, type TargetChoice } from "../../../src/deploy/back/target.ts";
import { A, B, C, Tale, view } from "./records.ts";

const one = view("one", "001");
const two = view("two", "001", "002");

function ofOpen(tale: Tale): TargetChoice {
  const { ledger } = tale;
  if (ledger.open === undefined) throw new Error("nothing is open in this tale");
  return targetOfDeploy(ledger, ledger.open);
}

describe("a deploy goes back to", () => {
  test("latest-stable, when it was opened on it", () => {
    const choice = ofOpen(new Tale().confirmed("d1", A, { schema: one }).opened("d2", B, { from: A, live: one }));
    expect(choice).toMatchObject({ found: true, target: { commit: A, schema: one, stable: true } });
  });

  test("latest-stable, when another version ran, on its schema", () => {
    const choice = ofOpen(new Tale().confirmed("d1", A, { schema: one }).opened("d2", C, { from: B, live: one }));
    expect(choice).toMatchObject({ found: true, target: { commit: A, stable: true } });
    expect(why(choice)).toBe("it is latest-stable, and this deploy was opened on its schema (bbbbbbb ran)");
  });

  test("what ran, said aloud, when that was deployed by hand on another schema", () => {
    const choice = ofOpen(new Tale().confirmed("d1", A, { schema: one }).opened("d2", C, { from: B, live: two }));
    expect(choice).toMatchObject({ found: true, target: { commit: B, schema: two, stable: false } });
    expect(why(choice)).toBe("it was checked out when this deploy opened, deployed by hand over latest-stable");
  });

  test("what ran, when nothing is stable yet", () => {
    const choice = ofOpen(new Tale().opened("d1", B, { from: A, live: one, ran: "healthy" }));
    expect(choice).toMatchObject({ found: true, target: { commit: A, schema: one, stable: false } });
    expect(why(choice)).toBe("it ran when this deploy opened, and no version is marked stable yet");
  });

  test.each([
    ["nameless", "it ran when this deploy opened, and no version is marked stable yet"],
    ["unhealthy", "it was there when this deploy opened, though its health check did not pass then, and no version is marked stable yet"],
    [undefined, "it was checked out when this deploy opened, and no version is marked stable yet"],
  ] as const)("what was there, said as it was seen: %s", (ran, words) => {
    expect(why(ofOpen(new Tale().opened("d1", B, { from: A, live: one, ...(ran && { ran }) })))).toBe(words);
  });

  test("nothing, and its schema, when nothing ran", () => {
    const tale = new Tale().opened("d1", A, { ran: "nothing", checkedOut: A, live: one });
    const target = { commit: undefined, schema: one, stable: false, why: "nothing ran when this deploy opened" };
    expect(ofOpen(tale)).toEqual({ found: true, target });
    // What such a rollback by hand was opened on is what it leaves.
    expect(ofOpen(new Tale().opened("d2", A, { goingBack: true, toNothing: true, from: A, live: two }))).toMatchObject({
      found: true,
      target: { commit: undefined, schema: undefined },
    });
  });

  test("latest-stable, when nothing ran, on its schema alone", () => {
    const stable = (): Tale => new Tale().confirmed("d1", A, { schema: one });
    expect(ofOpen(stable().opened("d2", B, { ran: "nothing", checkedOut: C, live: one }))).toMatchObject({ target: { commit: A } });
    expect(ofOpen(stable().opened("d2", B, { ran: "nothing", checkedOut: C, live: two }))).toMatchObject({ target: { commit: undefined } });
  });

  test("nothing, when what ran is known to have failed", () => {
    const choice = ofOpen(new Tale().opened("d1", B, { from: A, live: one }).rolledBack("d1", A).opened("d2", C, { from: B, live: two }));
    expect(choice).toEqual({ found: false, why: "bbbbbbb ran when this deploy opened, and it is known to have failed" });
  });

  test("no version, and its schema, when what ran is not known and nothing is stable", () => {
    const choice = ofOpen(new Tale().opened("d1", B, { live: one }));
    expect(choice).toMatchObject({ found: true, target: { commit: undefined, schema: one, stable: false } });
    expect(why(choice)).toBe("what ran before this deploy is not known, and without `app-dir` the code is not ours to move");
  });

  test("latest-stable, where there is no clone that could say what ran", () => {
    expect(ofOpen(new Tale().confirmed("d1", A).opened("d2", B))).toMatchObject({ found: true, target: { commit: A } });
  });

  test("the stable one after any number of failures", () => {
    const tale = new Tale().confirmed("d1", A, { schema: one });
    for (const deploy of ["d2", "d3", "d4"]) tale.opened(deploy, B, { from: A, live: one }).rolledBack(deploy, A);
    expect(ofOpen(tale.opened("d5", C, { from: A, live: one }))).toMatchObject({ found: true, target: { commit: A } });
  });

  test("what was stable when it opened, not what another run marked since", () => {
    const tale = new Tale().confirmed("d1", A, { schema: one }).opened("d2", C, { from: A, live: one }).stable(B, two);
    expect(ofOpen(tale)).toMatchObject({ found: true, target: { commit: A } });
  });

  test("what was stable when it opened, by the journal's order, though the clock of the run that marked it was ahead", () => {
    const tale = new Tale().confirmed("d1", A, { schema: one }).after(600).confirmed("d2", B, { schema: one });
    expect(ofOpen(tale.after(-300).opened("d3", C, { from: B, live: one }))).toMatchObject({ found: true, target: { commit: B } });
  });

  test("where it was going, when it is itself a rollback that was not finished", () => {
    const tale = new Tale()
      .confirmed("d1", A, { schema: one })
      .confirmed("d2", B, { schema: two })
      .opened("d3", A, { from: B, live: two, goingBack: true });
    expect(ofOpen(tale)).toMatchObject({
      found: true,
      target: { commit: A, schema: one, stable: true, why: "it is where the rollback that is open was going" },
    });
  });

  test("a version with the newest schema that was seen on it", () => {
    const tale = new Tale().confirmed("d1", A, { schema: one }).opened("d2", B, { from: A, live: two });
    expect(ofOpen(tale)).toMatchObject({ found: true, target: { commit: A, schema: two } });
  });
});

describe("a rollback by hand with nothing open goes to", () => {
  const both = (): Tale => new Tale().confirmed("d1", A).confirmed("d2", B);
  test("latest-stable, when something else runs", () =>
    expect(targetByHand(both().ledger, C)).toMatchObject({ found: true, target: { commit: B } }));
  test("the stable version before it, when latest-stable runs", () =>
    expect(targetByHand(both().ledger, B)).toMatchObject({ found: true, target: { commit: A } }));
  test("the last rollback's target, so that pressing twice goes nowhere", () => {
    const tale = both().opened("d3", A, { from: B, goingBack: true }).rolledBack("d3", A).tell({ kind: "stable.withdrawn", commit: B });
    expect(targetByHand(tale.ledger, A)).toMatchObject({ found: true, target: { commit: A, stable: true } });
  });
  test("the same after a rollback that was not finished", () => {
    const tale = both().tell({ kind: "went-back", to: A, database: "unknown", finished: false });
    expect(targetByHand(tale.ledger, B)).toMatchObject({ found: true, target: { commit: A } });
  });
  test("latest-stable, where that was taken back to nothing and is only checked out", () => {
    const back = new Tale().confirmed("d1", A, { schema: one }).opened("d2", A, { goingBack: true, toNothing: true, from: A });
    back.tell({ kind: "deploy.closed", deploy: "d2", as: "rolled-back", why: "no", nothingRuns: true }, { deploy: "d2" });
    expect(targetByHand(back.ledger, A)).toMatchObject({ found: true, target: { commit: A, stable: true } });
  });
  test("nothing, where nothing is stable, or nothing came before", () => {
    expect(targetByHand(new Tale().ledger, A)).toEqual({ found: false, why: "no version is marked stable" });
    const nothing = new Tale().opened("d1", A, { ran: "nothing" });
    nothing.tell({ kind: "deploy.closed", deploy: "d1", as: "rolled-back", why: "no", nothingRuns: true }, { deploy: "d1" });
    expect(targetByHand(nothing.ledger, A)).toEqual({ found: false, why: "nothing runs here, and nothing is open" });
    nothing.opened("d2", B, { ran: "nothing" }).did("d2", "switch");
    nothing.tell({ kind: "deploy.closed", deploy: "d2", as: "failed", why: "unlocked by hand", blocks: false }, { deploy: "d2" });
    expect(targetByHand(nothing.ledger, B)).toEqual({ found: false, why: "no version is marked stable" });
    expect(targetByHand(new Tale().confirmed("d1", A).ledger, A)).toEqual({
      found: false,
      why: "latest-stable (aaaaaaa) is what runs, and no stable version came before it",
    });
  });
});

function why(choice: TargetChoice): string {
  return choice.found ? choice.target.why : choice.why;
}
