import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
/** A test's file, with or without backquotes, and the names behind it: `unit/x.test.ts`: "one", "another". */
const CITED = /((?:unit|integration|containers|bundle|e2e|faults|walk)\/[\w/.-]+\.test\.ts)`?:\s*((?:"[^"]+"(?:, )?)+)/g;

function citedIn(page: string): readonly { readonly file: string; readonly name: string }[] {
  return [...readFileSync(join(ROOT, page), "utf8").matchAll(CITED)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ file, name })),
  );
}

test.each(["docs/contract.md", "docs/faults.md", "SECURITY.md"])("every test that %s names is there", (page) => {
  const cited = citedIn(page);
  const missing = cited.filter(({ file, name }) => {
    const path = join(ROOT, "test", file);
    return !existsSync(path) || !readFileSync(path, "utf8").replaceAll('\\"', '"').includes(name);
  });
  expect(missing).toEqual([]);
  expect(cited.length).toBeGreaterThan(0);
});

test("every rule of the contract names its test", () => {
  const rules = readFileSync(join(ROOT, "docs/contract.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("- "));
  expect(rules.length).toBeGreaterThan(40);
  expect(rules.filter((rule) => !rule.includes(".test.ts`: "))).toEqual([]);
});

test("every row of the faults names its test", () => {
  const rows = readFileSync(join(ROOT, "docs/faults.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| what went wrong") && !line.startsWith("| ---"));
  expect(rows.filter((row) => !/\.test\.ts`?: "/.test(row))).toEqual([]);
});
