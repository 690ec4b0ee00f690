import { expect, test } from "vitest";
import { equalsText, jsonExpectations, parsePath, showValue, valueAt } from "../../../src/health/json.ts";

const DOCUMENT = {
  status: "ok",
  checks: { db: { ok: true }, "cache.local": { hits: 3 } },
  items: [{ id: 7 }, { id: 8 }],
  version: "1.4.0",
  nothing: null,
  ação: "sim",
};

test.each([
  ["status", "ok"],
  ["$.status", "ok"],
  ["checks.db.ok", true],
  ['checks["cache.local"].hits', 3],
  ["items[1].id", 8],
  ["items.0.id", 7],
  ["nothing", null],
  ["ação", "sim"],
])("the path %s finds %j", (path, value) => {
  expect(valueAt(DOCUMENT, parsePath(path))).toEqual({ found: true, value });
});

test.each([
  "missing",
  "status.length",
  "items.length",
  "items[2]",
  "constructor",
  "__proto__",
  "checks.db.ok.x",
  "nothing.x",
  "checks.cache.local",
])("the path %s finds nothing", (path) => {
  expect(valueAt(DOCUMENT, parsePath(path))).toEqual({ found: false });
});

test.each(["", "$", "[x]", "a..b", "a[", "a[-1]", "a b", 'a["x]'])("%j is no path", (path) => {
  expect(() => parsePath(path)).toThrow();
});

test("each line is a path and a value; the value may hold an equals sign", () => {
  expect(
    jsonExpectations.parse('status=ok\r\n\n items[0].id = 7\nquery=a=b\nname="x"').map(({ path, value }) => [path.text, value]),
  ).toEqual([
    ["status", "ok"],
    ["items[0].id", "7"],
    ["query", "a=b"],
    ["name", '"x"'],
  ]);
});

test.each(["status", "=ok", "a b=c"])("%j is not path=value", (line) => {
  expect(() => jsonExpectations.parse(line)).toThrow();
});

test.each([
  ["ok", "ok", true],
  ["ok", '"ok"', true],
  ["ok", "OK", false],
  [true, "true", true],
  ["true", "true", true],
  ["true", '"true"', true],
  [true, '"true"', false],
  [false, "true", false],
  [3, "3", true],
  [3, "3.0", true],
  [3, "4", false],
  ["3", "3", true],
  [null, "null", true],
  [null, "", false],
  ["", "", true],
  [0, "false", false],
  [["a", 1], '["a", 1]', true],
  [["a"], '["a","b"]', false],
  [{ a: 1, b: { c: [] } }, '{"b":{"c":[]},"a":1}', true],
  [{ a: 1 }, '{"a":1,"b":2}', false],
  [[], "{}", false],
])("%j against %s: %s", (value, text, same) => {
  expect(equalsText(value, text)).toBe(same);
});

test("a long value is shown in part", () => {
  expect(showValue("x".repeat(200))).toHaveLength(80);
  expect(showValue(undefined)).toBe("undefined");
});
