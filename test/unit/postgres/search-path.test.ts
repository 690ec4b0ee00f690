import { describe, expect, test } from "vitest";
import { namesBare } from "../../../src/postgres/names-bare.ts";

const names = { relations: new Set(["rates", "Ünïcode", "orders"]), functions: new Set(["helper"]) };

describe("a body names a table or a function without its schema", () => {
  test.each([
    "BEGIN RETURN (SELECT rate FROM rates WHERE id = i); END",
    "SELECT 1 FROM\n  rates",
    'SELECT 1 FROM "rates"',
    'SELECT 1 FROM "Ünïcode" u',
    "SELECT 1 FROM public.x JOIN RATES ON true",
    "INSERT INTO orders VALUES (1)",
    "UPDATE orders SET a = 1",
    "DECLARE r rates%ROWTYPE; BEGIN END",
    "BEGIN RETURN helper (i); END",
    'BEGIN RETURN "helper"(i) + 1; END',
    "BEGIN EXECUTE 'SELECT rate FROM rates' INTO r; RETURN r; END",
    "WITH x AS (SELECT 1) SELECT * FROM rates, x",
  ])("%s", (body) => expect(namesBare(body, names)).toBe(true));
  test.each([
    "SELECT rate FROM public.rates",
    'SELECT rate FROM "public" . rates',
    "SELECT 1 FROM pg_class",
    "-- FROM rates\nSELECT 1",
    "/* FROM rates */ SELECT 1",
    "SELECT rates.a FROM other.thing AS rates",
    "SELECT 1 FROM ratesque",
    "WITH rates AS (SELECT 1) SELECT * FROM rates",
    "WITH x AS (SELECT 1), rates (a) AS MATERIALIZED (SELECT 2) SELECT * FROM x JOIN rates ON true",
    "CREATE TEMP TABLE IF NOT EXISTS rates (a int); INSERT INTO rates VALUES (1)",
    "RETURN a IS DISTINCT FROM rates",
    "RETURN extract(year FROM orders)",
    "RETURN public.helper(i)",
    "RETURN my_helper(i) + helper",
  ])("but not: %s", (body) => expect(namesBare(body, names)).toBe(false));
});
