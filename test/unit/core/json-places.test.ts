import { describe, expect, test } from "vitest";
import { findJson, placeIn } from "../../../src/core/json-places.ts";

const text = '{\n  "a": [1, {"b\\"\\u00e9": true}],\n  "c": {},\n  "d": -1.5e3\n}\n';

test("each value of a text is found, and said by line and column", () => {
  expect(findJson(text).wrong).toBeUndefined();
  const at = (...path: readonly (string | number)[]) => placeIn(text, findJson(text).at(path));
  expect(at()).toBe("line 1, column 1");
  expect(at("a", 1, 'b"é')).toBe("line 2, column 26");
  expect(at("d")).toBe("line 4, column 8");
  // What is missing is said where it should be.
  expect(at("c", "missing", "deep")).toBe("line 3, column 8");
});

test("a text that ends too early is told from one that is wrong", () => {
  for (let length = 0; length < text.trimEnd().length; length += 1)
    expect(findJson(text.slice(0, length)).wrong, text.slice(0, length)).toMatchObject({ ends: true });
  for (const number of ["-", "1.", "1e", "1e+", "tru", "n"]) expect(findJson(`[${number}`).wrong).toMatchObject({ ends: true });
});

describe("a text that is wrong is so where nothing that follows could mend it", () => {
  test.each([
    ["{a: 1}", 1],
    ["[1,]", 3],
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['{"a": 1 "b": 2}', 8],
    ["[1] [2]", 4],
    ['["a\nb"]', 1],
    ["[01]", 1],
    ['["\\x"]', 1],
    ["[nul]", 1],
    ["[1}", 2],
    ["soon", 0],
    ['"a\nb', 0],
  ])("%j", (wrong, at) => {
    expect(() => JSON.parse(wrong) as unknown).toThrow(SyntaxError);
    expect(findJson(wrong).wrong).toEqual({ at, ends: false });
  });
});
