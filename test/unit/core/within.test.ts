import { getActiveResourcesInfo } from "node:process";
import { expect, test, vi } from "vitest";
import { Cancelled } from "../../../src/core/failure.ts";
import { within } from "../../../src/core/within.ts";
import { VirtualClock } from "../health/virtual-clock.ts";

const never = async () => await new Promise<never>(() => undefined);
const timers = () => getActiveResourcesInfo().filter((one) => one === "Timeout").length;
const tooLate = () => {
  throw new Error("too late");
};

test("what comes in time is returned, and no timer is left behind", async () => {
  const before = timers();
  expect(await within({ ms: 60_000, late: tooLate }, async () => "here")).toBe("here");
  expect(timers()).toBe(before);
});

test("what fails in time fails as it failed, and no timer is left behind", async () => {
  const before = timers();
  const broken = async () => await Promise.reject(new Error("broken"));
  await expect(within({ ms: 60_000, late: tooLate }, broken)).rejects.toThrow("broken");
  expect(timers()).toBe(before);
});

test("when the time is over, `late` says what comes instead: what it returns, or what it throws", async () => {
  expect(await within({ ms: 1, late: () => "silent" }, never)).toBe("silent");
  await expect(within({ ms: 1, late: tooLate }, never)).rejects.toThrow("too late");
});

test("the body hears that nobody waits any more, and not before", async () => {
  const heard: string[] = [];
  const listening = async (signal: AbortSignal) => {
    signal.addEventListener("abort", () => heard.push("over"));
    return await never();
  };
  await within({ ms: 1, late: () => heard.push("late") }, listening);
  expect(heard).toEqual(["late", "over"]);
  let given: AbortSignal | undefined;
  await within({ ms: 60_000, late: tooLate }, async (signal) => (given = signal));
  expect(given?.aborted).toBe(false);
});

test("a signal ends the wait with Cancelled, at once, whatever the time", async () => {
  const stop = new AbortController();
  const waiting = within({ ms: 60_000, late: tooLate, signal: stop.signal }, never);
  stop.abort();
  await expect(waiting).rejects.toThrow(Cancelled);
  const begun = vi.fn(never);
  await expect(within({ signal: stop.signal }, begun)).rejects.toThrow(Cancelled);
  expect(begun).not.toHaveBeenCalled();
});

test("what arrives too late is handed over to be closed, once; what fails too late is nobody's", async () => {
  const arrives = Promise.withResolvers<string>();
  const closed: string[] = [];
  await within({ ms: 1, late: () => undefined, discard: (late) => closed.push(late) }, async () => await arrives.promise);
  expect(closed).toEqual([]);
  arrives.resolve("a stream");
  await vi.waitFor(() => expect(closed).toEqual(["a stream"]));
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const fails = Promise.withResolvers<never>();
  await within({ ms: 1, late: () => undefined }, async () => await fails.promise);
  fails.reject(new Error("nobody hears this"));
  await new Promise((turn) => setImmediate(turn));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test("what came in time is never closed", async () => {
  const discard = vi.fn();
  await within({ ms: 60_000, late: tooLate, discard }, async () => "a stream");
  await new Promise((turn) => setImmediate(turn));
  expect(discard).not.toHaveBeenCalled();
});

test("a clock of the caller's tells the time", async () => {
  const clock = new VirtualClock();
  expect(await within({ ms: 3_600_000, late: () => "an hour", clock }, never)).toBe("an hour");
  expect(clock.now().getTime()).toBe(3_600_000);
});
