import { expect, test } from "vitest";
import { describePattern, matches, pattern } from "../../../src/health/pattern.ts";

test.each([
  ["ready", "is ready now", true],
  ["Ready", "is ready now", false],
  ["/READY/i", "is ready now", true],
  ["/^ok$/m", "a\nok\nb", true],
  ["/ok/g", "ok", true],
  ["/health", "see /health", true],
  ["a.b", "axb", false],
  ["/a.b/", "axb", true],
  [" spaced \n", "spaced", true],
])("%j on %j: %s", (text, body, found) => {
  expect(matches(pattern.parse(text), body)).toBe(found);
});

test("an expression that was used once answers the same the second time", () => {
  const wanted = pattern.parse("/ok/gy");
  expect([matches(wanted, "ok"), matches(wanted, "ok")]).toEqual([true, true]);
});

test("an expression that explodes is ended, and says so", () => {
  expect(matches(pattern.parse("/^(a+)+$/"), `${"a".repeat(40)}!`)).toBe("too slow");
});

test.each(["/(/", "/a/q", "  "])("%s is refused", (text) => {
  expect(() => pattern.parse(text)).toThrow();
});

test("patterns show as they were written", () => {
  expect([describePattern(pattern.parse("ok")), describePattern(pattern.parse("/ok/i"))]).toEqual(['"ok"', "/ok/i"]);
});
