import { expect, test } from "vitest";
import { accepts, describeStatuses, statuses } from "../../../src/health/status.ts";

test.each([
  ["200", [200], [201, 204, 404]],
  ["200-299,304", [200, 250, 299, 304], [199, 300, 303, 305]],
  ["2xx 401", [200, 299, 401], [300, 400]],
  ["503", [503], [200]],
])("%s accepts %j and not %j", (text, good, bad) => {
  const ranges = statuses.parse(text);
  expect(good.filter((status) => !accepts(ranges, status))).toEqual([]);
  expect(bad.filter((status) => accepts(ranges, status))).toEqual([]);
});

test.each(["ok", "20", "299-200", "200-", "600", "200;300", ",", "-200"])("%s is no status code", (text) => {
  expect(() => statuses.parse(text)).toThrow();
});

test("ranges read as they were written", () => {
  expect(describeStatuses(statuses.parse("200-299,304"))).toBe("200-299, 304");
});
