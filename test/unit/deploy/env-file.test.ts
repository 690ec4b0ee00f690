import { expect, test } from "vitest";
import { envVariable, outerNames } from "../../../src/deploy/database/env-file.ts";
import { LINES, OUTSIDE } from "./env-lines.ts";

function read(text: string): string | null {
  return envVariable(text, "A", (name) => OUTSIDE[name]) ?? null;
}

test.each(LINES.filter(([, value]) => value !== "refused"))("a .env is read as compose reads it: %j", (text, value) => {
  expect(read(text)).toBe(value);
});

test.each(LINES.filter(([, value]) => value === "refused"))("what compose refuses is refused with its line: %j", (text) => {
  expect(() => read(`# one\n\n${text}`)).toThrow(/^line 3 /);
});

test("the line that is named is that of the statement, and no value is repeated", () => {
  const text = 'B="1\n2"\n\nA=kN4ry${NO:?kN4ry}\n';
  expect(() => read(text)).toThrow(/^line 4 wants NO, which is not set$/);
  expect(() => read("B=1\nA='kN4ry\n")).toThrow(/^line 2 begins a ' that is not ended$/);
});

test("a variable that cannot be made is no matter where another one is asked for", () => {
  expect(read("B=${NO:?wanted}\nA=v")).toBe("v");
  expect(() => read("B=${NO:?wanted}\nA=$B")).toThrow(/^line 1 wants NO/);
});

test("what may be asked of the environment is known before", () => {
  expect(outerNames("A=$B-${C:-$D}\nE\nF='$G'\n")).toEqual(["B", "C", "D", "G", "E"]);
});
