import { setTimeout as sleep } from "node:timers/promises";
import type { Ports } from "../../src/core/ports.ts";

/** Ports that say nothing and are never cancelled, with the real clock. */
export function quietPorts(): Pick<Ports, "report" | "signal" | "clock"> {
  const nothing = (): void => undefined;
  return {
    signal: new AbortController().signal,
    clock: { now: () => new Date(), sleep: async (ms) => await sleep(ms) },
    report: {
      step: async <T>(_: string, body: () => Promise<T>) => await body(),
      say: nothing,
      detail: nothing,
      notice: nothing,
      warning: nothing,
      mask: nothing,
    },
  };
}
