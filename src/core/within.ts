import { setTimeout as wait } from "node:timers/promises";
import { Cancelled, stopIfCancelled } from "./failure.ts";
import type { Clock } from "./ports.ts";

interface Waiting<T> {
  /** Ends the wait with Cancelled. Where it fired already, the body does not begin. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what arrives when nobody waits any more, so that nothing stays open. */
  readonly discard?: ((late: T) => void) | undefined;
}

interface Timed<T, L> extends Waiting<T> {
  /** Milliseconds. */
  readonly ms: number;
  /** What comes instead when the time is over: what it returns, or what it throws. */
  readonly late: () => L;
  /** Where it is not the process's own that tells the time. */
  readonly clock?: Pick<Clock, "sleep"> | undefined;
}

const OWN_TIMER: Pick<Clock, "sleep"> = { sleep: async (ms, signal) => await wait(ms, undefined, signal === undefined ? {} : { signal }) };

const LATE = Symbol("late");

/**
 * Waits for the body as long as `ms` and the signal allow, and no longer; the body's own signal fires when nobody waits any
 * more. Rejects with what the body rejects with, with what `late` throws, or with Cancelled; what the body rejects with
 * after that is nobody's.
 */
export async function within<T, L = never>(
  limit: Timed<T, L> | (Waiting<T> & { readonly ms?: undefined }),
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T | L> {
  const { signal, discard } = limit;
  if (signal !== undefined) stopIfCancelled(signal);
  const settled = new AbortController();
  const leftAlone = new AbortController();
  const over = Promise.withResolvers<typeof LATE>();
  const cancel = () => over.reject(new Cancelled());
  signal?.addEventListener("abort", cancel, { once: true });
  // Rejects when the body is first: then the time does not matter.
  if (limit.ms !== undefined) {
    (limit.clock ?? OWN_TIMER).sleep(limit.ms, settled.signal).then(
      () => over.resolve(LATE),
      () => undefined,
    );
  }
  const answered = outcomeOf(body, leftAlone.signal);
  let inTime = false;
  try {
    const first = await Promise.race([answered, over.promise]);
    if (first === LATE) return (limit as Timed<T, L>).late();
    inTime = true;
    if ("error" in first) throw first.error;
    return first.value;
  } finally {
    settled.abort();
    signal?.removeEventListener("abort", cancel);
    if (!inTime) {
      leftAlone.abort();
      void answered.then((late) => ("value" in late ? discard?.(late.value) : undefined));
    }
  }
}

async function outcomeOf<T>(
  body: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await body(signal) };
  } catch (error) {
    return { error };
  }
}
