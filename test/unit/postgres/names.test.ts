import { expect, test } from "vitest";
import { identifier, literal } from "../../../src/postgres/literal.ts";
import { newSideName, sideMadeAt } from "../../../src/postgres/side.ts";
import { joinedName, replacedAtOf, replacedName } from "../../../src/postgres/replaced.ts";

const AT = new Date("2026-11-20T14:30:22.999Z");

test("a replaced database's name says when, fits 63 bytes and splits no character", () => {
  expect(replacedName("app", AT)).toBe("app_failed_20261120143022");
  for (const name of ["x".repeat(63), "é".repeat(31), "🐘".repeat(15), `${"x".repeat(40)}🐘`, "🇵🇹".repeat(7)]) {
    const replaced = replacedName(name, AT);
    expect(Buffer.byteLength(replaced)).toBeLessThanOrEqual(63);
    expect(Buffer.byteLength(replaced)).toBeGreaterThan(59);
    expect(replaced).toBe(Buffer.from(replaced).toString());
    expect(replacedAtOf(name, replaced)).toEqual(new Date("2026-11-20T14:30:22Z"));
  }
});

test("a name belongs to exactly its database", () => {
  expect(replacedAtOf("app", "app_staging_failed_20261120143022")).toBeUndefined();
  expect(replacedAtOf("app_staging", "app_failed_20261120143022")).toBeUndefined();
  expect(replacedAtOf("app", "app_failed_20261120143022_failed_20261120143023")).toBeUndefined();
  expect(replacedAtOf("app", "app_failed_20261399143022")).toBeUndefined();
  expect(replacedAtOf("app", "app_failed_1")).toBeUndefined();
  expect(joinedName("a", "_b")).toBe("a_b");
});

test("quoting stands up to quotes, backslashes and NUL", () => {
  expect(identifier('a"b')).toBe('"a""b"');
  expect(literal("it's")).toBe("'it''s'");
  expect(literal("a\\'b")).toBe("E'a\\\\''b'");
  expect(() => identifier("a\0b")).toThrow(RangeError);
  expect(() => literal("\0")).toThrow(RangeError);
  expect(() => identifier("")).toThrow(RangeError);
});

test("two databases beside the live one that are named in the same second have two names, and both are known as ours", () => {
  for (const name of ["app", "x".repeat(63), "🐘".repeat(15)]) {
    const names = Array.from({ length: 20 }, () => newSideName(name, "drill", AT));
    expect(new Set(names).size).toBe(20);
    for (const side of names) {
      expect(Buffer.byteLength(side)).toBeLessThanOrEqual(63);
      expect(sideMadeAt(name, side, ["verify", "drill"])).toEqual(new Date("2026-11-20T14:30:22Z"));
      expect(sideMadeAt(name, side, ["restore"])).toBeUndefined();
      expect(sideMadeAt(`${name.slice(0, 2)}_`, side, ["drill"])).toBeUndefined();
    }
  }
  // As earlier versions named them.
  expect(sideMadeAt("app", "app_restore_20261120T143022Z", ["restore"])).toEqual(new Date("2026-11-20T14:30:22Z"));
  for (const other of [
    "app_restore_20261120T143022Z_mine",
    "app_restore_of_mine",
    "app_failed_20261120143022",
    "app_restore_20261399T143022Z",
  ])
    expect(sideMadeAt("app", other, ["restore"])).toBeUndefined();
});
