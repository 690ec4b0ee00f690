import { expect, test } from "vitest";
import { pauseBefore, requestLimit } from "../../../src/health/schedule.ts";

const pauses = (intervalMs: number) => [1, 2, 3, 4, 5, 6, 2000].map((failures) => pauseBefore({ failures, intervalMs }));

test("the first polls follow fast, and none waits longer than the interval", () => {
  expect(pauses(250)).toEqual([100, 200, 250, 250, 250, 250, 250]);
  expect(pauses(5000)).toEqual([100, 200, 400, 800, 1600, 3200, 5000]);
  expect(pauses(50)).toEqual([50, 50, 50, 50, 50, 50, 50]);
});

test("between passes lies the interval", () => {
  expect(pauseBefore({ failures: 0, intervalMs: 3000 })).toBe(3000);
});

test("with the defaults the verdict stands within a second of ready", () => {
  const longestPause = Math.max(...pauses(250));
  expect(longestPause + 2 * pauseBefore({ failures: 0, intervalMs: 250 })).toBeLessThan(1000);
});

test("a request that hangs is given up and asked again, with more patience, within the time that is left", () => {
  const limit = (givenUp: number, maxLatencyMs = 0, remainingMs = 120_000) => requestLimit({ givenUp, maxLatencyMs, remainingMs });
  expect([limit(0), limit(1), limit(2), limit(9)]).toEqual([10_000, 20_000, 40_000, 120_000]);
  expect(limit(0, 15_000)).toBe(15_000);
  expect(limit(0, 500)).toBe(10_000);
  expect(limit(0, 0, 300)).toBe(300);
  expect(limit(0, 0, -5)).toBe(1);
});
