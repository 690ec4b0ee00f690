import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { endingOf } from "../../../src/faces/ending.ts";
import { sentence } from "../../../src/faces/sentence.ts";

test.each([
  ["the disk is full", "The disk is full."],
  ["The disk is full.", "The disk is full."],
  ["pg_dump failed (exit 1)", "pg_dump failed (exit 1)."],
  ["deploy@shop.example does not accept the key", "deploy@shop.example does not accept the key."],
  ["Choose one of these:", "Choose one of these:"],
  ["git://shop.example/shop.git has no commit abc1234", "git://shop.example/shop.git has no commit abc1234."],
  ["error: it is gone", "Error: it is gone."],
  ["/srv/shop is no folder", "/srv/shop is no folder."],
  ["and so on …", "And so on …"],
  ["Did it run?", "Did it run?"],
  ["", ""],
])("%j is told as %j", (text, told) => {
  expect(sentence(text)).toBe(told);
  expect(sentence(told)).toBe(told);
});

test("whatever others say is told as a sentence, and a hint that is a command stays as it can be pasted", () => {
  expect(endingOf(new Failure('relation "x" does not exist (SQLSTATE 42P01)', { hint: "ALTER ROLE app CREATEDB" }))).toMatchObject({
    message: 'Relation "x" does not exist (SQLSTATE 42P01).',
    hint: "ALTER ROLE app CREATEDB",
  });
  expect(endingOf(new Error("boom"))).toMatchObject({ message: "Boom." });
});
