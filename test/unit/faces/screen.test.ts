import { expect, test } from "vitest";
import { MovingLine } from "../../../src/faces/terminal/moving-line.ts";
import { mayMove, wantsColour } from "../../../src/faces/terminal/screen.ts";
import { columns, cut } from "../../../src/faces/width.ts";

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [false, { CLICOLOR_FORCE: "1" }, true],
  [false, { CLICOLOR_FORCE: "0" }, false],
  [true, { CLICOLOR: "0" }, false],
  [true, { TERM: "dumb" }, false],
])("colour at a terminal (%s) with %o: %s", (isTTY, env, wanted) => expect(wantsColour({ isTTY }, env)).toBe(wanted));

test.each([
  [true, {}, true],
  [true, { NO_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "1" }, false],
  [true, { TERM: "dumb" }, false],
  [true, { CI: "true" }, false],
  [true, { CI: "false" }, true],
])("a line that moves at a terminal (%s) with %o: %s", (isTTY, env, moves) => expect(mayMove({ isTTY }, env)).toBe(moves));

test.each([
  ["as it is", 8, "as it is"],
  ["too long for it", 8, "too lon…"],
  ["店店店店", 8, "店店店店"],
  ["店店店店店", 8, "店店店…"],
  ["👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5, "👩‍👩‍👧👩‍👩‍👧…"],
  ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ["x", 0, ""],
])("%s fits into %i columns as %s", (text, most, shown) => {
  expect(cut(text, most)).toBe(shown);
  expect(columns(cut(text, most))).toBeLessThanOrEqual(most);
});

test("a terminal that is narrow, or does not know its width, is not written past", () => {
  for (const wide of [undefined, 0, 1, 5, 12, 40]) {
    const written: string[] = [];
    let now = 0;
    using line = new MovingLine({ write: (text) => written.push(text), columns: wide }, () => now);
    line.show({
      title: "Dump",
      at: "\u001B[31m12 MB\nof 店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店店",
      since: 0,
    });
    now = 65_000;
    line.draw();
    const [drawn = ""] = written;
    expect(drawn.startsWith("\r\u001B[2K")).toBe(true);
    expect(columns(drawn.slice(5))).toBeLessThan(Math.max(wide ?? 80, 1));
  }
});
