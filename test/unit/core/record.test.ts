import * as v from "valibot";
import { expect, test } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import { readRecord, readJsonRecord } from "../../../src/core/record.ts";

const about = { what: "What docker inspect says on shop.example", hint: "Look at it.", code: "engine-answer" } as const;
const schema = v.array(v.object({ State: v.object({ Status: v.string() }) }));

test("what was read is given as the schema has it, without what nobody asked for", () => {
  expect(readJsonRecord(schema, '[{"State":{"Status":"running","Pid":7},"Id":"a"}]', about)).toEqual([{ State: { Status: "running" } }]);
});

test.each([
  ['[{"State":{"Status":"running"}},{"State":{"Status":7}}]', "`1.State.Status` is missing or wrong"],
  ['[{"State":null}]', "`0.State` is missing or wrong"],
  ["[{}]", "`0.State` is missing or wrong"],
  ['{"State":"hunter2"}', "it is something else than expected"],
  ["hunter2", "it is no JSON"],
  ['[{"State":{"Status":"hunter2"', "it is no JSON"],
  [" \n", "it is empty"],
])("what cannot be read is named, with the field, and never shown: %s", (text, why) => {
  const failure = failureOf(() => readJsonRecord(schema, text, about));
  expect(failure).toMatchObject({ message: `${about.what} cannot be read: ${why}.`, hint: "Look at it.", code: "engine-answer" });
  expect(JSON.stringify([failure.message, failure.evidence, failure.cause])).not.toContain("hunter2");
});

test("a value that is no text is read in the same way", () => {
  expect(readRecord(v.number(), 3, about)).toBe(3);
  expect(failureOf(() => readRecord(v.object({ a: v.number() }), { a: "x" }, about)).message).toContain("`a` is missing or wrong");
});

function failureOf(body: () => unknown): Failure {
  try {
    body();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
