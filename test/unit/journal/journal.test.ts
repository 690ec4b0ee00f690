import { expect, test } from "vitest";
import { parseEntries } from "../../../src/journal/journal.ts";

const whole = '{"v":1,"at":"2026-11-20T12:00:00.000Z","owner":"100.1","kind":"lock.taken","why":"gone"}';

test("a line that a crash cut short is passed over, and the ones around it count", () => {
  const entries = parseEntries(`${whole}\n${whole.slice(0, 40)}\n${whole}\n`, "journal.jsonl");
  expect(entries).toHaveLength(2);
});

test("a last line without its end is passed over", () => {
  expect(parseEntries(`${whole}\n{"v":1,"at"`, "journal.jsonl")).toHaveLength(1);
});

test("zero bytes, which a machine that lost its power leaves behind, hide no entry that was written after them", () => {
  expect(parseEntries(`${whole}\n\0\0\0${whole}\n`, "journal.jsonl")).toHaveLength(2);
});

test("empty lines and lines that are no entries are passed over", () => {
  expect(parseEntries(`\n\n${whole}\nnull\n7\n"text"\n{"no":"kind"}\n`, "journal.jsonl")).toHaveLength(1);
});

test("a journal of a newer format is refused before anything is made of it", () => {
  expect(() => parseEntries(`${whole}\n${whole.replace('"v":1', '"v":2')}\n`, "/state/journal.jsonl")).toThrow(
    expect.objectContaining({ message: "The journal /state/journal.jsonl was written by a newer Savepoint (format 2).", exit: 2 }),
  );
});
