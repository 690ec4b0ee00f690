import { expect, test } from "vitest";
import { nearest } from "../../../src/core/nearest.ts";

const KNOWN = ["app-dir", "health-timeout", "migrate-lock-timeout", "mark-stable-keep-tags", "url", "pool"];

test.each([
  ["app-dri", "app-dir"],
  ["APP_DIR", "app-dir"],
  ["keep-tags", "mark-stable-keep-tags"],
  ["KEEP_TAGS", "mark-stable-keep-tags"],
  ["timeout", "health-timeout"],
  ["health-url", "url"],
  ["foo", undefined],
  ["ul", "url"],
  ["colour", undefined],
  ["", undefined],
])("%j is nearest to %j", (word, expected) => {
  expect(nearest(word, KNOWN)).toBe(expected);
});
