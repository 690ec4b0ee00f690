import { expect, test } from "vitest";
import { Audience } from "../../../src/core/audience.ts";
import type { Observer } from "../../../src/core/observer.ts";
import { VirtualClock } from "../health/virtual-clock.ts";

interface Numbered {
  readonly kind: string;
  readonly number: number;
}

/** An audience of one, which is told 1, 2, 3 and then the end. */
async function told(on: Observer<Numbered>["on"], { stopped = false } = {}) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const report = { warning: (text: string) => warnings.push(text), detail: () => undefined };
  const signal = stopped ? AbortSignal.abort() : new AbortController().signal;
  const ports = { clock, signal, report } as unknown as ConstructorParameters<typeof Audience>[1];
  const audience = new Audience<Numbered>([{ name: "it", on }], ports);
  for (const number of [1, 2, 3]) audience.tell({ kind: "count", number });
  const atOnce = warnings.length;
  await audience[Symbol.asyncDispose]();
  return { warnings, atOnce, waitedMs: clock.now().getTime() - new VirtualClock().now().getTime() };
}

test("who answers at once hears at once: what it prints stands before what is printed next", () => {
  const heard: number[] = [];
  const audience = new Audience<Numbered>([{ name: "it", on: ({ number }) => void heard.push(number) }], {} as never);
  audience.tell({ kind: "count", number: 1 });
  expect(heard).toEqual([1]);
});

test("who takes its time hears one thing after the other, and all of them before the end", async () => {
  const heard: string[] = [];
  await told(async ({ number }) => {
    heard.push(`begins ${number}`);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    heard.push(`ends ${number}`);
  });
  expect(heard).toEqual(["begins 1", "ends 1", "begins 2", "ends 2", "begins 3", "ends 3"]);
});

test("who tells while it is told hears of it afterwards", () => {
  const heard: number[] = [];
  const on = ({ number }: Numbered): void => {
    if (number < 3) audience.tell({ kind: "count", number: number + 1 });
    heard.push(number);
  };
  const audience = new Audience<Numbered>([{ name: "it", on }], {} as never);
  audience.tell({ kind: "count", number: 1 });
  expect(heard).toEqual([1, 2, 3]);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("broken");
    },
  ],
  ["rejects", async () => await Promise.reject(new Error("broken"))],
])("who %s is warned of once, and hears of the rest", async (_, fail) => {
  const heard: number[] = [];
  const { warnings } = await told(({ number }) => {
    heard.push(number);
    return fail();
  });
  expect(heard).toEqual([1, 2, 3]);
  expect(warnings).toEqual(["it could not be told what happened (broken); nothing else depends on it."]);
});

test.each([
  [false, 5000],
  [true, 1000],
])("who never answers is waited for no longer than a bound, and told that it is given up (cancelled: %s)", async (stopped, ms) => {
  const given: AbortSignal[] = [];
  const { warnings, waitedMs } = await told(
    async (_, signal) => {
      given.push(signal);
      await new Promise<never>(() => undefined);
    },
    { stopped },
  );
  expect(warnings).toEqual([
    "it could not be told what happened (it did not answer before the end, and has not heard of 2 more); nothing else depends on it.",
  ]);
  expect(given.map(({ aborted }) => aborted)).toEqual([true]);
  expect(waitedMs).toBe(ms);
});

test("a report that cannot be written changes nothing either", async () => {
  const report = {
    warning() {
      throw new Error("the log is gone");
    },
  };
  const on = (): void => {
    throw new Error("broken");
  };
  const audience = new Audience<Numbered>([{ name: "it", on }], { report } as never);
  expect(() => audience.tell({ kind: "count", number: 1 })).not.toThrow();
  await audience[Symbol.asyncDispose]();
});
