import { stepNames } from "../../../src/journal/steps.ts";
import { describe, expect, test } from "vitest";
import { parseLines } from "../../../src/journal/lines.ts";

const stamp = '"v":1,"at":"2026-11-20T12:00:00.000Z","owner":"100.1"';
const whole = `{${stamp},"kind":"lock.taken","why":"gone"}`;
const other = `{${stamp},"kind":"lock.taken","why":"gone too"}`;
const opened = (deploy: string, commit = "a") =>
  `{${stamp},"kind":"deploy.opened","deploy":"${deploy}","commit":"${commit}","settings":{}}`;
const closed = (deploy: string, as: string, on = "a") =>
  `{${stamp},"kind":"deploy.closed","deploy":"${deploy}","as":"${as}","why":"-","on":"${on}"}`;
const parse = (...lines: readonly string[]) => parseLines(`${lines.join("\n")}\n`, "/state/journal.jsonl");

test("an opening is read in the form in which earlier versions kept the user's commands", () => {
  const earlier = opened("d1").replace(
    '"settings":{}',
    String.raw`"settings":{"rollout":{"strategy":"compose"},"hooks":{"after-rollout":"[\"./flush\"]"}}`,
  );
  expect(parse(earlier)).toMatchObject({ entries: [{ deploy: "d1", settings: { rollout: { strategy: "compose" } } }], damaged: [] });
});

test("a line that a crash cut short is passed over and named, and the ones around it count", () => {
  for (let length = 1; length < whole.length; length += 1) {
    const { entries, damaged } = parse(other, whole.slice(0, length), whole);
    expect(entries).toHaveLength(2);
    expect(damaged).toEqual([{ line: 2, why: "it was cut short", kind: "cut", settled: true }]);
  }
});

test("a line that was cut inside of what it holds is known as such wherever that was", () => {
  const long = opened("d1", 'a\\"} é').replace('"settings":{}', '"settings":{"health":{"url":"http://x/{id}"},"n":-1.5,"t":[true,null]}');
  for (let length = 1; length < long.length; length += 1)
    expect(parse(other, long.slice(0, length), whole).damaged).toMatchObject([{ kind: "cut" }]);
});

test("a last line without its end is passed over", () => {
  expect(parseLines(`${whole}\n{"v":1,"at"`, "journal.jsonl").entries).toHaveLength(1);
});

test("zero bytes, which a machine that lost its power leaves behind, hide no entry that was written after them", () => {
  expect(parse(whole, `\0\0\0${other}`)).toMatchObject({ entries: [{ why: "gone" }, { why: "gone too" }], damaged: [] });
});

test("what editors add at the beginning and at the ends of lines changes nothing", () => {
  expect(parse(`\uFEFF${whole}\r`, `${other}\r`, "", "\r")).toMatchObject({ entries: [{}, {}], damaged: [] });
});

test("a line that is there twice counts once", () => {
  const { entries, damaged } = parse(opened("d1"), closed("d1", "confirmed"), opened("d1"));
  expect(entries).toHaveLength(2);
  expect(damaged).toEqual([{ line: 3, why: "it is there twice", kind: "double", settled: true }]);
});

describe("a line that may have said anything is named with what is wrong, and no entry", () => {
  test.each([
    ["somebody's note", "it is no JSON"],
    [whole.replace('"kind"', "kind"), "it is no JSON"],
    [`${whole},`, "it is no JSON"],
    [whole.replace('gone"', "gone"), "a quotation mark is missing at its end"],
    [opened("d1").replace('"settings":{}', '"settings":{"health":{"url":"http://x}}'), "a quotation mark is missing at its end"],
    [whole.replace('"gone"', "gone"), "it is no JSON"],
    [whole.replace('lock.taken",', "lock.taken,"), "it is no JSON"],
    [whole.replace('"why":', '"why"'), "it is no JSON"],
    ["null", "it is no entry"],
    ["7", "it is no entry"],
    ['"text"', "it is no entry"],
    ["[]", "`v` is missing or wrong"],
    ['{"no":"kind"}', "`v` is missing or wrong"],
    [whole.replace('"v":1', '"v":"2"'), "`v` is missing or wrong"],
    [`{${stamp}}`, "`kind` is missing"],
    [whole.replace("2026-11-20", "soon"), "`at` is wrong"],
    [whole.replace('"100.1"', "100.1"), "`owner` is wrong"],
    [whole.replace('"why"', '"fence":"7","why"'), "`fence` is wrong"],
    [`{${stamp},"kind":"deploy.opened","deploy":"d1","commit":"a"}`, "`settings` is missing"],
    [opened("d1").replace('"settings":{}', '"settings":{"shared":null}'), "`settings.shared` is wrong"],
    [opened("d1").replace('"settings":{}', '"settings":{},"hooks":{"before-backup":"./sync"}'), "`hooks.before-backup` is wrong"],
    [opened("d1").replace('"settings":{}', '"settings":{"hooks":{"before-backup":"./sync"}}'), "`settings.hooks.before-backup` is wrong"],
    [opened("d1").replace('"commit":"a"', '"commit":null'), "`commit` is wrong"],
    [closed("d1", "done"), "`as` is wrong"],
    [`{${stamp},"kind":"step.started","step":"migrate"}`, "`intent` is missing"],
    [`{${stamp},"kind":"version.seen","commit":"a","schema":{"fingerprint":"f","history":null}}`, "`schema.history` is wrong"],
    [`{${stamp},"kind":"went-back","to":"a","database":"kept","finished":"yes"}`, "`finished` is wrong"],
    [`{${stamp},"kind":"database.dropped","database":"app"}`, "`replaced` is missing"],
    [`{${stamp},"kind":"restore.proven","backup":"b","fingerprint":"f","server":"15","sizeBytes":1,"restoreMs":1}`, "`server` is wrong"],
  ])("%s", (line, why) => {
    expect(parse(whole, line, other)).toMatchObject({
      entries: [{ why: "gone" }, { why: "gone too" }],
      damaged: [{ line: 2, why, kind: "unknown", settled: false }],
    });
  });

  test("that opens a deploy once more than it was", () => {
    expect(parse(opened("d1"), opened("d1", "b"))).toMatchObject({
      entries: [{ commit: "a" }],
      damaged: [{ line: 2, why: "it opens d1, which was opened before", kind: "unknown" }],
    });
  });
});

describe("what such a line said is settled", () => {
  test.each([
    ["when a deploy was opened and confirmed after it", ["?", opened("d1"), closed("d1", "confirmed")], true],
    ["when one was opened and taken back to a version that was proven", ["?", opened("d1"), closed("d1", "rolled-back")], true],
    ["not by one that was opened before it", [opened("d1"), "?", closed("d1", "confirmed")], false],
    ["not by one that is still open", ["?", opened("d1")], false],
    [
      "not by one that failed or was abandoned",
      ["?", opened("d1"), closed("d1", "abandoned"), opened("d2"), closed("d2", "failed")],
      false,
    ],
    ["by an earlier one, whatever is open now", ["?", opened("d1"), closed("d1", "confirmed"), opened("d2")], true],
  ])("%s", (_, lines, settled) => {
    expect(parse(...lines).damaged).toMatchObject([{ kind: "unknown", settled }]);
  });
});

test("an entry of a step that there is not is a damaged line, and nothing is begun on it while it may count", () => {
  const later = `{${stamp},"kind":"step.started","step":"warm","intent":{}}`;
  expect(parse(opened("d1"), later)).toMatchObject({
    entries: [{ deploy: "d1" }],
    damaged: [{ line: 2, why: 'there is no step "warm"', kind: "unknown", settled: false }],
  });
  expect(parse(later, opened("d1"), closed("d1", "confirmed")).damaged).toMatchObject([{ settled: true }]);
});

test.each(stepNames)("every step of the table is read back: %s", (step) => {
  const done = `{${stamp},"kind":"step.done","step":"${step}","result":{}}`;
  expect(parse(done)).toMatchObject({ entries: [{ step }], damaged: [] });
});

test("an entry of a kind that a later version writes is let through", () => {
  expect(parse(`{${stamp},"kind":"moon.landed","crew":3}`)).toMatchObject({ entries: [{ kind: "moon.landed" }], damaged: [] });
});

test("a journal of a newer format is refused before anything is made of it", () => {
  expect(() => parse(whole, whole.replace('"v":1', '"v":3'))).toThrow(
    expect.objectContaining({ message: "The journal /state/journal.jsonl was written by a newer Savepoint (line 2: format 3).", exit: 2 }),
  );
});
