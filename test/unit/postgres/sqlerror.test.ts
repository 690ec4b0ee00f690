import { expect, test } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import type { DatabaseTarget } from "../../../src/postgres/address.ts";
import { positionEvidence, sqlFailure } from "../../../src/postgres/sqlerror.ts";

const target: DatabaseTarget = {
  host: "db",
  port: 5432,
  user: "shop",
  password: new Secret("kN4ry"),
  database: "app",
  sslmode: "prefer",
  options: {},
};

test("the caret stands under the place, counted in characters", () => {
  expect(positionEvidence("SELEC 1", 1)).toEqual(["line 1: SELEC 1", "        ^"]);
  expect(positionEvidence("SELECT '🐘' FROM\r\n\tnowhere;\n-- end", 19)).toEqual(["line 2:  nowhere;", "         ^"]);
  // What stands around the place is shown, and that there is more.
  const [long = ""] = positionEvidence(`SELECT ${"a, ".repeat(25)}nope, ${"b, ".repeat(60)}`, 83);
  expect(long).toMatch(/^line 1: …(?:a, )*.*nope, (?:b, ){15,}.* …$/);
  expect(positionEvidence("SELECT (", 9)).toEqual(["line 1: SELECT (", "                ^"]);
  expect(positionEvidence("a", 7)).toEqual([]);
  expect(positionEvidence("a", Number.NaN)).toEqual([]);
});

test("of a very long line only what is around the place is shown", () => {
  const [line = "", caret = ""] = positionEvidence(`${"x".repeat(5000)}HERE${"y".repeat(5000)}`, 5001);
  expect(line.length).toBeLessThan(150);
  expect(line.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("HERE");
});

test("what a constraint's message says of people's rows is left out", () => {
  const unique = sqlFailure(
    {
      message: "duplicate key",
      code: "23505",
      detail: "Key (mail, name)=(ana@example.com, Ana (x)) already exists.",
      table: "users",
      constraint: "users_mail",
    },
    undefined,
    target,
  );
  expect(unique.evidence).toEqual(["detail: Key (mail, name)=(…) already exists.", "where: table users, constraint users_mail"]);
  const check = sqlFailure(
    {
      message: "violates check",
      code: "23514",
      detail: "Failing row contains (1, ana@example.com).",
      where: 'COPY users, line 3, column mail: "ana@example.com"',
    },
    undefined,
    target,
  );
  expect(check.evidence).toEqual(["context: COPY users, line 3, column mail"]);
});

test("a missing right comes with the statement that gives it", () => {
  expect(sqlFailure({ message: "denied", code: "42501", routine: "createdb" }, undefined, target).hint).toContain(
    'ALTER ROLE "shop" CREATEDB',
  );
  expect(sqlFailure({ message: "denied", code: "42501", routine: "pg_terminate_backend" }, undefined, target).hint).toContain(
    'GRANT pg_signal_backend TO "shop"',
  );
  expect(sqlFailure({ message: "denied", code: "42501" }, undefined, target).hint).toContain("GRANT");
});
