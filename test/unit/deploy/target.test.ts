import { describe, expect, test } from "vitest";
import { targetByHand, targetOfDeploy, type TargetChoice } from "../../../src/deploy/target.ts";
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
    expect(why(choice)).toBe("it ran when this deploy opened, deployed by hand over latest-stable");
  });

  test("what ran, when nothing is stable yet", () => {
    const choice = ofOpen(new Tale().opened("d1", B, { from: A, live: one }));
    expect(choice).toMatchObject({ found: true, target: { commit: A, schema: one, stable: false } });
    expect(why(choice)).toBe("it ran when this deploy opened, and no version is marked stable yet");
  });

  test("nothing, when what ran is known to have failed", () => {
    const choice = ofOpen(new Tale().opened("d1", B, { from: A, live: one }).rolledBack("d1", A).opened("d2", C, { from: B, live: two }));
    expect(choice).toEqual({ found: false, why: "bbbbbbb ran when this deploy opened, and it is known to have failed" });
  });

  test("nothing, when what ran is not known and nothing is stable", () => expect(ofOpen(new Tale().opened("d1", B)).found).toBe(false));

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
  test("nothing, where nothing is stable, or nothing came before", () => {
    expect(targetByHand(new Tale().ledger, A)).toEqual({ found: false, why: "no version is marked stable" });
    expect(targetByHand(new Tale().confirmed("d1", A).ledger, A)).toEqual({
      found: false,
      why: "latest-stable (aaaaaaa) is what runs, and no stable version came before it",
    });
  });
});

function why(choice: TargetChoice): string {
  return choice.found ? choice.target.why : choice.why;
}
