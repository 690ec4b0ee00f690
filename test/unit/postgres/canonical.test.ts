import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalExpression } from "../../../src/postgres/canonical.ts";
import { flattenConditions } from "../../../src/postgres/conditions.ts";

test("an array's cast is read as its elements' casts, as a dump brings it back", () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    [
      "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
      "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
    ],
    ["(ARRAY['it''s, ]'::bpchar, ')'::bpchar])::text[]", "ARRAY[('it''s, ]'::bpchar)::text, (')'::bpchar)::text]"],
    [`(ARRAY["my col", f(x, y)])::"My Type"[]`, `ARRAY[("my col")::"My Type", (f(x, y))::"My Type"]`],
    ["(ARRAY[a, (ARRAY[b])::text[]])::shop.kind[]", "ARRAY[(a)::shop.kind, (ARRAY[(b)::text])::shop.kind]"],
    ["(ARRAY[E'\\'], '::text])::character varying(20)[]", "ARRAY[(E'\\'], '::text)::character varying(20)]"],
    ["(ARRAY[now()])::timestamp without time zone[]", "ARRAY[(now())::timestamp without time zone]"],
  ];
  for (const [before, after] of cases) expect(canonicalExpression(before)).toBe(after);
});

test("a cast gives its column no name, as in what is read for the first time", () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    ["(SELECT NULL::text AS text)", "(SELECT NULL::text)"],
    [
      "SELECT '-1'::integer AS int4, 'a'::character varying(3) AS \"varchar\"",
      "SELECT '-1'::integer, 'a'::character varying(3) AS \"varchar\"",
    ],
    ["'x'::character varying AS varchar, '{1}'::integer[] AS int4", "'x'::character varying, '{1}'::integer[]"],
    [
      "'1'::numeric(5,2) AS \"numeric\", now()::timestamp(3) with time zone AS timestamptz",
      "'1'::numeric(5,2), now()::timestamp(3) with time zone",
    ],
    ["'10:00'::time without time zone AS \"time\", 'ok'::l.mood AS mood", "'10:00'::time without time zone, 'ok'::l.mood"],
    ['\'a\'::"My T" AS "My T"', "'a'::\"My T\""],
    ["'x'::text AS texts, 'x'::text AS \"text\", x::text AS t", "'x'::text AS texts, 'x'::text AS \"text\", x::text AS t"],
    ["'''x''::text AS text' \"::text AS text\"", "'''x''::text AS text' \"::text AS text\""],
  ];
  for (const [before, after] of cases) expect(canonicalExpression(before)).toBe(after);
});

test("everything else stays as it is", () => {
  for (const text of ["f((ARRAY[1, 2])[1])", "(ARRAY[1, 2", "'(ARRAY[x])::text[", "ARRAY['a'::text]", "(ARRAY[a] || b)::text[]"])
    expect(canonicalExpression(text)).toBe(text);
});

test("lists of one operator inside each other are one list; mixed ones keep their parentheses", () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    ["((((x = a) OR (x = b)) OR (x = c)))", "(((x = a) OR (x = b) OR (x = c)))"],
    ["(a AND (b AND (c AND d)))", "(a AND b AND c AND d)"],
    ["((a OR b) AND c)", "((a OR b) AND c)"],
    ["(a OR (b AND c))", "(a OR (b AND c))"],
    ["(NOT (a OR b) OR c)", "(NOT (a OR b) OR c)"],
    ["(f(a OR b) OR c)", "(f(a OR b) OR c)"],
    ["((' OR (x' OR \"a) OR b\") OR 'c''(')", "(' OR (x' OR \"a) OR b\" OR 'c''(')"],
    ["CHECK (((a OR b) OR c)) NOT VALID", "CHECK ((a OR b OR c)) NOT VALID"],
    ["no expression :-) OR (never closed", "no expression :-) OR (never closed"],
  ];
  for (const [before, after] of cases) expect(canonicalExpression(before)).toBe(after);
});

test("whatever the text, nothing but parentheses is ever taken away, and a second look changes nothing", () => {
  const pieces = fc.array(fc.constantFrom("(", ")", " OR ", " AND ", "a", "'", '"', "E'", "\\", "[", "]", ",", " ", "--", "\n"), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(pieces, (words) => {
      const text = words.join("");
      const flat = flattenConditions(text);
      expect(flat.replaceAll(/[()]/gu, "")).toBe(text.replaceAll(/[()]/gu, ""));
      expect(flattenConditions(flat)).toBe(flat);
    }),
    { numRuns: 3000 },
  );
});
