import { expect, test } from "vitest";
import { withoutRepeats } from "../../../src/core/repeated.ts";

const thirty = <T>(make: (at: number) => T): T[] => Array.from({ length: 30 }, (_, at) => make(at));

test.each([
  ["nothing", [], []],
  ["lines that differ", ["a", "b", "a", "b"], ["a", "b", "a", "b"]],
  ["twice is told as it is", ["a", "a"], ["a", "a"]],
  ["one line thirty times", ["before", ...thirty(() => "refused"), "after"], ["before", "refused (× 30)", "after"]],
  [
    "one line thirty times, each with its own time before it",
    thirty((at) => `web-1  | 2026-11-27T12:00:${String(at).padStart(2, "0")}.123Z refused`),
    ["web-1  | 2026-11-27T12:00:00.123Z refused (× 30)"],
  ],
  [
    "an error with its stack",
    thirty(() => ["Error: no", "  at a", "  at b"]).flat(),
    ["Error: no", "  at a", "  at b", "(these 3 lines × 30)"],
  ],
  ["the one line in front of it stays apart", ["x", ...thirty(() => ["a", "b"]).flat(), "y"], ["x", "a", "b", "(these 2 lines × 30)", "y"]],
])("a line that comes again and again is told once: %s", (_, lines, told) => {
  expect(withoutRepeats(lines)).toEqual(told);
});
