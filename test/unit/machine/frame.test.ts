import fc from "fast-check";
import { expect, test } from "vitest";
import { Frame } from "../../../src/machine/shell/frame.ts";

const BOUNDARY = "savepoint-0123";

/** What a frame makes of a stream that arrives in pieces of these sizes. */
async function cut(
  stream: Buffer,
  sizes: readonly number[],
): Promise<{ text: string; begun: string | undefined; ended: string | undefined }> {
  const taken: Buffer[] = [];
  const frame = new Frame(BOUNDARY, (chunk) => taken.push(Buffer.from(chunk)));
  let at = 0;
  for (const size of sizes) {
    frame.push(stream.subarray(at, at + size));
    at += size;
  }
  frame.push(stream.subarray(at));
  frame.close();
  return { text: Buffer.concat(taken).toString("latin1"), begun: await frame.begun, ended: await frame.ended };
}

test("a command's output is cut out byte by byte, however the stream arrives", async () => {
  // Pieces of the boundary itself are the hardest output.
  const piece = fc.oneof(fc.string(), fc.constantFrom("\n", "savepoint-", "savepoint-012", " end 0\n", "s", "\0", "é"));
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.array(piece), fc.array(fc.integer({ min: 1, max: 9 })), async (before, within, sizes) => {
      const output = Buffer.from(within.join("")).toString("latin1");
      fc.pre(!`${before.join("")}${within.join("")}`.includes(BOUNDARY));
      const stream = Buffer.from(`${before.join("")}${BOUNDARY} started 42\n${within.join("")}${BOUNDARY} end 7\nthe next one's`);
      expect(await cut(stream, sizes)).toEqual({ text: output, begun: " started 42", ended: "7" });
    }),
  );
});

test("a command that never began has no output, and a stream that ends has no end", async () => {
  expect(await cut(Buffer.from(`noise ${BOUNDARY} end 2\n`), [3])).toEqual({ text: "", begun: undefined, ended: "2" });
  expect(await cut(Buffer.from(`${BOUNDARY} started 1\nhalf savepoint-`), [5])).toEqual({
    text: "half savepoint-",
    begun: " started 1",
    ended: undefined,
  });
  expect(await cut(Buffer.from("nothing"), [])).toEqual({ text: "", begun: undefined, ended: undefined });
});
