import { expect, test } from "vitest";
import { differences, type SequenceKinds } from "../../../src/backup/compare.ts";
import type { Facts } from "../../../src/backup/facts.ts";

const facts = (changes: Partial<Facts> = {}): Facts => ({
  fingerprint: "f1",
  rows: new Map([
    ["public.users", 3],
    ["public.orders", 1000],
  ]),
  sequences: new Map([["public.users_id_seq", 3n]]),
  ...changes,
});
const plain: SequenceKinds = { descending: new Set(), cycling: new Set() };
const rows = (...entries: [string, number][]): Partial<Facts> => ({ rows: new Map(entries) });
const sequence = (value: bigint): Partial<Facts> => ({ sequences: new Map([["public.users_id_seq", value]]) });

test("equal copies differ in nothing", () => {
  expect(differences(facts(), facts(), plain)).toEqual([]);
});

test.each<[string, Partial<Facts>, string[]]>([
  ["a lost row", rows(["public.users", 3], ["public.orders", 999]), ["rows: public.orders has 999 instead of 1,000"]],
  ["a lost table", rows(["public.users", 3]), ["rows: public.orders is missing (1,000 rows)"]],
  ["a table too many", rows(["public.users", 3], ["public.orders", 1000], ["public.more", 0]), ["rows: public.more was not there before"]],
  ["another schema", { fingerprint: "f2" }, ["schema: fingerprint f2 instead of f1"]],
  ["a sequence behind", sequence(2n), ["sequence public.users_id_seq is at 2, behind 3"]],
  ["a lost sequence", { sequences: new Map() }, ["sequence public.users_id_seq is missing"]],
])("%s is told", (_, changes, expected) => {
  expect(differences(facts(), facts(changes), plain)).toEqual(expected);
});

test("a sequence that went on while the dump was made is fine", () => {
  expect(differences(facts(), facts(sequence(9n)), plain)).toEqual([]);
});

test("a sequence that counts down may be lower, one that starts again anywhere", () => {
  const name = new Set(["public.users_id_seq"]);
  expect(differences(facts(), facts(sequence(-9n)), { descending: name, cycling: new Set() })).toEqual([]);
  expect(differences(facts(), facts(sequence(9n)), { descending: name, cycling: new Set() })).toHaveLength(1);
  expect(differences(facts(), facts(sequence(0n)), { descending: new Set(), cycling: name })).toEqual([]);
});

test("where both listings are known, the lines that differ are shown", () => {
  const expected = facts({ listing: ["table public.users", "column public.users.id"] });
  const actual = facts({ fingerprint: "f2", listing: ["table public.users", "column public.users.uuid"] });
  expect(differences(expected, actual, plain)).toEqual([
    "schema: fingerprint f2 instead of f1",
    "schema, missing: column public.users.id",
    "schema, not there before: column public.users.uuid",
  ]);
});

test("of many differences the first are shown and the rest counted", () => {
  const many = facts({ rows: new Map(Array.from({ length: 15 }, (_, index) => [`public.t${index}`, 1])) });
  const found = differences(many, facts({ rows: new Map() }), plain);
  expect(found).toHaveLength(11);
  expect(found.at(-1)).toBe("and 5 more differences");
});

test("a backup that another version of Savepoint made is compared by rows and sequences", () => {
  const written = facts({ fingerprint: "1".repeat(64) });
  expect(differences(written, facts({ fingerprint: `2:${"2".repeat(64)}` }), plain)).toEqual([]);
  expect(differences(written, facts({ fingerprint: `2:${"2".repeat(64)}`, ...rows(["public.users", 3]) }), plain)).toHaveLength(1);
});

test("foreign keys that were switched off when it was made are on in a copy, and that is no difference", () => {
  expect(differences(facts({ fingerprint: "2:a+b" }), facts({ fingerprint: "2:a" }), plain)).toEqual([]);
  expect(differences(facts({ fingerprint: "2:a+b" }), facts({ fingerprint: "2:c" }), plain)).toHaveLength(1);
});
