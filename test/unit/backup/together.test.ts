import { expect, test } from "vitest";
import { together } from "../../../src/backup/together.ts";
import { Cancelled } from "../../../src/core/failure.ts";

const untilAborted = async (signal: AbortSignal): Promise<never> =>
  await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Cancelled()), { once: true }));

test("all results come back in their order", async () => {
  expect(await together(new AbortController().signal, [async () => 1, async () => "two"])).toEqual([1, "two"]);
});

test("the first failure ends the others and is the one that is told", async () => {
  const cause = new Error("the cause");
  await expect(together(new AbortController().signal, [untilAborted, async () => await Promise.reject(cause), untilAborted])).rejects.toBe(
    cause,
  );
});

test("a cancelled run is cancelled, whatever the parts made of it", async () => {
  const run = new AbortController();
  const odd = async (signal: AbortSignal): Promise<never> =>
    await untilAborted(signal).catch(() => Promise.reject(new Error("connection lost")));
  const result = together(run.signal, [odd, untilAborted]);
  run.abort();
  await expect(result).rejects.toBeInstanceOf(Cancelled);
});
