import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { quietMoment } from "../../../src/core/quiet-moment.ts";

test("what is put off begins when this process waits, not while it works, and in the end all the same", async () => {
  const began = performance.now();
  const over = new AbortController();
  const put = quietMoment().then(() => over.abort());
  while (!over.signal.aborted && performance.now() - began < 30_000) {
    const until = performance.now() + 15;
    while (performance.now() < until);
    await turn();
  }
  await put;
  expect(performance.now() - began).toBeGreaterThan(300);
});
