import { expect, test } from "vitest";
import { ALGORITHM, compareFingerprints, restoredFingerprint, writeFingerprint } from "../../../src/postgres/likeness.ts";

const [one, two] = ["1".repeat(64), "2".repeat(64)];

test.each([
  [`2:${one}`, `2:${one}`, "same"],
  [`2:${one}`, `2:${two}`, "different"],
  // Written by the first versions of Savepoint: without a number.
  [one, one, "same"],
  [one, two, "different"],
  [one, `2:${one}`, "unknown"],
  [`3:${one}`, `2:${one}`, "unknown"],
  [`3.15:${one}`, `3.15:${two}`, "different"],
  [`3.15:${one}`, `3.17:${one}`, "unknown"],
  [`2:${one}`, `2:${one}+${two}`, "different"],
  [`2:${one}+${one}`, `2:${one}+${two}`, "different"],
] as const)("%s and %s are %s", (a, b, expected) => {
  expect(compareFingerprints(a, b)).toBe(expected);
  expect(compareFingerprints(b, a)).toBe(expected);
});

test("what a restore does not bring back stands behind a plus", () => {
  expect(restoredFingerprint(`2:${one}+${two}`)).toBe(`2:${one}`);
  expect(restoredFingerprint(`2:${one}`)).toBe(`2:${one}`);
  expect(restoredFingerprint(one)).toBe(one);
});

test("the number of this version's algorithm is written, and the server's major version", () => {
  expect(ALGORITHM).toBe(4);
  expect(writeFingerprint({ serverVersion: 170_010, restored: one, beyond: undefined })).toBe(`4.17:${one}`);
  expect(writeFingerprint({ serverVersion: 150_018, restored: one, beyond: two })).toBe(`4.15:${one}+${two}`);
});
