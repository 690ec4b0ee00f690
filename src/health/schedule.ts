/** The first pause after a failure, in milliseconds; each further one is twice as long, up to `interval`. */
export const FIRST_PAUSE_MS = 100;

/** How long one request may hang before it is given up and asked again, in milliseconds. */
export const FIRST_LIMIT_MS = 10_000;

/**
 * The pause before the next round, in milliseconds. While the app does not pass: 100, 200, 400 … up to `interval`;
 * between passes: `interval`. With the defaults (250 ms, 3 successes) the verdict stands at most 750 ms, and what
 * the requests themselves take, after the app is ready.
 */
export function pauseBefore(round: { readonly failures: number; readonly intervalMs: number }): number {
  if (round.failures === 0) return round.intervalMs;
  // Beyond 2^20 the interval is shorter anyway.
  return Math.min(round.intervalMs, FIRST_PAUSE_MS * 2 ** Math.min(round.failures - 1, 20));
}

/**
 * How long one request may take, in milliseconds: 10 s (or `max-latency`, where that is longer), and twice as long
 * after each one that was given up. So neither one lost request nor an app that needs its time turns the check red.
 */
export function requestLimit(round: { readonly givenUp: number; readonly maxLatencyMs: number; readonly remainingMs: number }): number {
  const limit = Math.max(FIRST_LIMIT_MS, round.maxLatencyMs) * 2 ** Math.min(round.givenUp, 20);
  return Math.max(1, Math.min(limit, round.remainingMs));
}
