import fc from "fast-check";
import { expect, test } from "vitest";
import { Output } from "../../../src/machine/process/output.ts";

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const output = new Output((line) => lines.push(line));
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return lines;
}

test.each([
  ["one\ntwo\n", ["one", "two"]],
  ["one\r\ntwo", ["one", "two"]],
  ["10%\r20%\r30%, done.\nend", ["10%", "20%", "30%, done.", "end"]],
  ["10%\r", ["10%"]],
  ["\n\n", ["", ""]],
  ["no break", ["no break"]],
  ["", []],
])("the lines of %j", (text, lines) => {
  expect(linesOf([Buffer.from(text)])).toEqual(lines);
});

test("lines are whole however the bytes are cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "☃", "😀", "\n", "\r\n", "\r") });
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const chunks: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(linesOf(chunks)).toEqual(linesOf([bytes]));
      const output = new Output();
      for (const chunk of chunks) output.push(chunk);
      expect(output.text()).toBe(whole);
    }),
  );
});

test("only the last bytes are kept, and no half character", () => {
  const output = new Output(undefined, 10);
  for (let turn = 0; turn < 100; turn += 1) output.push(Buffer.from(`é${turn} `));
  expect(output.text()).toBe("é98 é99 ");
  expect(Buffer.byteLength(output.text())).toBeLessThanOrEqual(10);
});

test("output without line breaks is handed on in pieces and does not pile up", () => {
  const pieces = linesOf(Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, "x")));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join("").length).toBe(40 * 64 * 1024);
});
