import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Damage } from "../../../src/journal/lines.ts";
import { parseLines } from "../../../src/journal/lines.ts";
import { FORMAT, sealLine } from "../../../src/journal/seal.ts";
import { anyText } from "../any-text.ts";

const text = anyText({ maxLength: 12 });
/** What an intent or a result may hold, braces, quotes and names of ours among it. */
const held = fc.dictionary(fc.constantFrom("a", "sum", 'q"', "é", "}"), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const fact = fc.oneof(
  fc.record({ kind: fc.constant("step.started"), step: fc.constantFrom("migrate", "switch"), intent: held }),
  fc.record({ kind: fc.constant("step.done"), step: fc.constantFrom("migrate", "switch"), result: held }),
  fc.record({ kind: fc.constant("step.failed"), step: fc.constant("health"), message: text }),
  fc.record({ kind: fc.constant("lock.taken"), why: text }),
);
/** A journal: no two entries of one are the same. */
const journal = fc
  .array(fact, { minLength: 1, maxLength: 5 })
  .map((facts) =>
    facts.map((one, index) =>
      sealLine(
        JSON.stringify({
          v: FORMAT,
          at: new Date(Date.UTC(2026, 10, 20, 12, 0, index)).toISOString(),
          owner: "100.1",
          fence: 3,
          deploy: "d",
          ...one,
        }),
      ),
    ),
  );
const parse = (content: Buffer | string) => parseLines(content.toString(), "/state/journal.jsonl");
const whole = (lines: readonly string[]): string => `${lines.join("\n")}\n`;
/** Of each line the entry, as JSON. */
const entriesOf = (content: Buffer | string): readonly string[] => parse(content).entries.map((entry) => JSON.stringify(entry));
const unsettled = (damaged: readonly Damage[]): readonly number[] => damaged.filter(({ settled }) => !settled).map(({ line }) => line);

describe("a journal that was damaged anywhere", () => {
  test("cut short at any byte, keeps each entry before that, and stops nobody", () => {
    fc.assert(
      fc.property(journal, fc.nat(), (lines, seed) => {
        const bytes = Buffer.from(whole(lines));
        const cut = bytes.subarray(0, seed % bytes.length);
        const before = cut.toString("latin1").split("\n").length - 1;
        const { damaged } = parse(cut);
        expect(unsettled(damaged)).toEqual([]);
        for (const { line, kind } of damaged) expect([line, kind]).toEqual([before + 1, "cut"]);
        // The last line counts where nothing of it is missing but what ends it.
        const kept = entriesOf(cut);
        expect(kept).toEqual(entriesOf(whole(lines)).slice(0, kept.length));
        expect(kept.length - before).toBeLessThanOrEqual(1);
        expect(kept.length + damaged.length).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test("cut behind a brace that a text holds, is cut like any other, and stops nobody", () => {
    const entry = { v: FORMAT, at: "2026-11-20T12:00:00.000Z", owner: "100.1", fence: 3, kind: "lock.taken", why: "free} at last" };
    const line = sealLine(JSON.stringify(entry));
    expect(parse(line.slice(0, line.indexOf("}") + 1)).damaged).toMatchObject([{ line: 1, kind: "cut", settled: true }]);
  });

  test("with any byte another one, never says what was not written, and names the line of whatever it lost", () => {
    fc.assert(
      fc.property(journal, fc.nat(), fc.integer({ min: 0, max: 255 }), (lines, seed, byte) => {
        const bytes = Buffer.from(whole(lines));
        const at = seed % bytes.length;
        const line = bytes.subarray(0, at).toString("latin1").split("\n").length;
        bytes[at] = byte;
        const written = entriesOf(whole(lines));
        const kept = entriesOf(bytes);
        expect(kept.filter((entry) => !written.includes(entry))).toEqual([]);
        // Where a line's end is gone, two of them are lost, and one is left to be named.
        const near = new Set([line, line + 1]);
        for (const number of unsettled(parse(bytes).damaged)) expect(near).toContain(number);
        if (kept.length < written.length) expect(unsettled(parse(bytes).damaged).length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("with any line twice, says the same, and names the second", () => {
    fc.assert(
      fc.property(journal, fc.nat(), fc.nat(), (lines, first, second) => {
        const doubled = first % lines.length;
        const place = doubled + 1 + (second % (lines.length - doubled));
        const twice = lines.toSpliced(place, 0, lines[doubled] ?? "");
        expect(parse(whole(twice)).damaged).toEqual([{ line: place + 1, why: "it is there twice", kind: "double", settled: true }]);
        expect(entriesOf(whole(twice))).toEqual(entriesOf(whole(lines)));
      }),
    );
  });
});

test("an entry that somebody edited, made one of an earlier format, or robbed of its checksum is named", () => {
  const line = sealLine(JSON.stringify({ v: FORMAT, at: "2026-11-20T12:00:00.000Z", owner: "100.1", kind: "lock.taken", why: "gone" }));
  expect(parse(line)).toMatchObject({ entries: [{ why: "gone" }], damaged: [] });
  const changed = "its checksum is not that of what it says: it was changed";
  for (const [edited, why] of [
    [line.replace("gone", "lost"), changed],
    [line.replace('"v":2', '"v":1'), changed],
    [line.replace('"v":2', '"v":3'), changed],
    [line.replace(/,"sum":"\w+"/, ""), "its checksum is missing"],
    [line.replace('"sum"', '"son"'), "its checksum is missing"],
    [line.replace(/\}$/, ","), changed],
  ] as const)
    expect(parse(edited)).toMatchObject({ entries: [], damaged: [{ line: 1, why, settled: false }] });
});

test("a line that lacks nothing but its last brace is whole, also where it was written once more", () => {
  const line = sealLine(JSON.stringify({ v: FORMAT, at: "2026-11-20T12:00:00.000Z", owner: "100.1", kind: "lock.taken", why: "gone" }));
  expect(parse(`${line.slice(0, -1)}\n${line}\n`)).toMatchObject({ entries: [{ why: "gone" }], damaged: [{ line: 2, kind: "double" }] });
});

test("a host's own tools make the checksum of a line as we do", () => {
  const entry = JSON.stringify({ v: FORMAT, kind: "lock.taken", why: "é % \\ '" });
  const sum = execFileSync("sh", ["-c", `printf '%s' "$1" | sha256sum | cut -c1-16`, "sh", entry], { encoding: "utf8" }).trim();
  expect(sealLine(entry)).toBe(`${entry.slice(0, -1)},"sum":"${sum}"}`);
});
