import { describe, expect, test } from "vitest";
import { namesBare } from "../../../src/postgres/search-path.ts";

const names = new Set(["rates", "Ünïcode", "orders"]);

describe("a body names a table without its schema", () => {
  test.each([
    "BEGIN RETURN (SELECT rate FROM rates WHERE id = i); END",
    "SELECT 1 FROM\n  rates",
    'SELECT 1 FROM "rates"',
    'SELECT 1 FROM "Ünïcode" u',
    "SELECT 1 FROM public.x JOIN RATES ON true",
    "INSERT INTO orders VALUES (1)",
    "UPDATE orders SET a = 1",
    "DECLARE r rates%ROWTYPE; BEGIN END",
  ])("%s", (body) => expect(namesBare(body, names)).toBe(true));
  test.each([
    "SELECT rate FROM public.rates",
    'SELECT rate FROM "public" . rates',
    "SELECT 1 FROM pg_class",
    "-- FROM rates\nSELECT 1",
    "/* FROM rates */ SELECT 1",
    "SELECT rates.a FROM other.thing AS rates",
    "SELECT 1 FROM ratesque",
  ])("but not: %s", (body) => expect(namesBare(body, names)).toBe(false));
});
