import { describe, expect, test } from "vitest";
import { Settings } from "../../../src/core/settings.ts";
import { migrateSection } from "../../../src/migration/inputs.ts";
import { limitsOf } from "../../../src/migration/limits.ts";
import { nextName } from "../../../src/migration/scaffold.ts";

function given(raw: Readonly<Record<string, string>>): Settings {
  return new Settings([{ source: "with:", raw: { migrate: raw } }], "migrate");
}

const read = (raw: Readonly<Record<string, string>>) => given(raw).section(migrateSection);
const problems = (raw: Readonly<Record<string, string>>) => given(raw).problems({ migrate: migrateSection });

test("what is not given has its default", () => {
  expect(read({})).toEqual({
    command: "apply",
    directory: "migrations",
    drift: false,
    test: undefined,
    to: undefined,
    steps: undefined,
    run: undefined,
    since: undefined,
    "fail-on": ["destructive", "irreversible", "incompatible", "blocking", "secret", "house"],
    "house-rules": [],
    "required-columns": [],
    approvers: [],
    "lock-timeout": 5000,
    "statement-timeout": 0,
  });
  expect(limitsOf(read({}))).toEqual({ lockTimeoutMs: 5000, statementTimeoutMs: 0 });
});

test("a limit that is more milliseconds than PostgreSQL counts is refused before it is asked", () => {
  expect(problems({ "lock-timeout": "24d", "statement-timeout": "25d" }).map(({ input }) => input)).toEqual(["statement-timeout"]);
});

test("a folder is meant in the checkout, a version may be pasted as file name", () => {
  expect(read({ directory: "./db/migrations/", to: "202611201430__add_orders.sql" })).toMatchObject({
    directory: "db/migrations",
    to: "202611201430",
  });
  expect(read({ directory: "." }).directory).toBe(".");
});

test("all that is wrong is told at once, with the right form", () => {
  const wrong = problems({
    command: "up",
    directory: "../else",
    to: "latest",
    steps: "0",
    "lock-timeout": "soon",
    "statement-timeout": "-1",
  });
  expect(wrong.map(({ input }) => input)).toEqual(["command", "directory", "to", "steps", "lock-timeout", "statement-timeout"]);
  expect(problems({ directory: "/srv/x" })[0]?.message).toBe("is not relative to the checkout");
});

describe("a new file's name", () => {
  const now = new Date("2026-11-20T14:30:22Z");
  test.each<[string, readonly string[], "timestamp" | "number" | undefined, string]>([
    ["in an empty folder", [], undefined, "202611201430__x.sql"],
    ["numbers where asked", [], "number", "001_x.sql"],
    ["goes on with numbers, as wide as they are", ["0001_a.sql", "0009_b.sql", "readme.md"], undefined, "0010_x.sql"],
    ["goes on with times", ["202601010000__a.sql"], undefined, "202611201430__x.sql"],
    ["twice in a minute", ["202611201430__a.sql"], undefined, "202611201431__x.sql"],
    ["beyond 999", ["999_a.sql"], undefined, "1000_x.sql"],
  ])("%s", (_, names, style, expected) => {
    expect(nextName(names, { words: "x", style, now })).toBe(expected);
  });
});
