import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCount } from "../../../src/core/format.ts";

test("counts have commas where the locale puts them", () => {
  expect([0, 999, 1000, -1000, 1_234_567, 12_345_678_901_234_567_890n].map(formatCount)).toEqual([
    "0",
    "999",
    "1,000",
    "-1,000",
    "1,234,567",
    "12,345,678,901,234,567,890",
  ]);
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.bigInt(), fc.double({ noNaN: true })), (count) => {
      // A count is never less than nothing by nothing.
      fc.pre(!Object.is(count, -0));
      expect(formatCount(count)).toBe(count.toLocaleString("en-US"));
    }),
  );
});
