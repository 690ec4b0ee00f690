import { describe, expect, test } from "vitest";
import { CASES } from "../faults/matrix/cases.ts";
import { optionsFrom } from "../faults/matrix/options.ts";

describe("the cases of the matrix of faults", () => {
  test("are more than two hundred, each with a name that no other has", () => {
    expect(CASES.length).toBeGreaterThanOrEqual(200);
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  });

  test("are all played by all parts together, and none twice", () => {
    const parts = [1, 2, 3].flatMap((part) => optionsFrom(["--shard", `${part}/3`], 2).cases.map(({ name }) => name));
    expect(parts.toSorted()).toEqual(CASES.map(({ name }) => name).toSorted());
  });

  test.each([2, 3, 4, 6, 7, 8])("of each kind are some in every part of %i", (parts) => {
    for (let part = 1; part <= parts; part += 1) {
      const { cases } = optionsFrom(["--shard", `${part}/${parts}`], 2);
      for (const kind of ["situation", "fault", "ground"] as const)
        expect(new Set(cases.map((one) => one[kind])), `${part}/${parts}`).toEqual(new Set(CASES.map((one) => one[kind])));
    }
  });

  test("are chosen by name, with a star for anything", () => {
    const chosen = optionsFrom(["--case", "good/*/kill", "--case", "rollback/went-back/cut"], 2).cases.map(({ name }) => name);
    expect(chosen).toContain("good/switch.started/kill");
    expect(chosen).toContain("rollback/went-back/cut");
    expect(chosen.every((name) => /^good\/.*\/kill$/.test(name) || name === "rollback/went-back/cut")).toBe(true);
  });

  test.each([
    [["--case", "god/*"], /no case is called god\/\*/],
    [["--shard", "5/4"], /part of a whole/],
    [["--seed", "x"], /whole number/],
    [["--jobs", "0"], /whole number from 1/],
  ])("%j is refused with a sentence", (words, says) => {
    expect(() => optionsFrom(words, 2)).toThrow(says);
  });
});
