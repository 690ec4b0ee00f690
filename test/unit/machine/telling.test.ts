import { expect, test } from "vitest";
import { tellingLines } from "../../../src/machine/telling.ts";

const BANNER = [
  "Environment variables loaded from .env",
  "Prisma schema loaded from prisma/schema.prisma",
  'Datasource "db": PostgreSQL database',
];
const UPDATE = ["┌─────────────────┐", "│                 │", "└─────────────────┘"];

test("a tool's own cause comes first, however often its banner stands before it", () => {
  const told = tellingLines(
    [
      ...BANNER,
      ...BANNER,
      ...BANNER,
      "3 migrations found",
      "Applying migration `20260101_init`",
      "Error: P3018",
      "Database error code: 42703",
      'ERROR: column "nope" does not exist',
      ...UPDATE,
    ],
    20,
  );
  expect(told).toEqual([
    "3 migrations found",
    "Applying migration `20260101_init`",
    "Error: P3018",
    "Database error code: 42703",
    'ERROR: column "nope" does not exist',
  ]);
});

test("of a long output the cause and the end are kept", () => {
  const told = tellingLines(["ok", "TypeError: x is not a function", ...Array.from({ length: 100 }, (_, at) => `frame ${at}`)], 6);
  expect(told).toEqual(["ok", "TypeError: x is not a function", "frame 0", "… 96 more lines", "frame 97", "frame 98", "frame 99"]);
});

test("where nothing names a cause, the last lines are shown", () => {
  expect(tellingLines(["one", "two", "three"], 2)).toEqual(["two", "three"]);
});
