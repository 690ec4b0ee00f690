import { inUnits, median, type Series } from "./rounds.ts";

/** A target, and how what was measured stands to it. */
export interface Judgement {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** What one bench found out. */
export interface Findings {
  readonly series: readonly Series[];
  readonly judgements: readonly Judgement[];
  /** What one must know to read the figures, a sentence or two each. */
  readonly notes: readonly string[];
}

/** The medians' ratio must be at least so much: `slow` takes so many times as long as `fast`. */
export function atLeast(times: number, slow: Series, fast: Series): Judgement {
  const ratio = median(slow.samples) / median(fast.samples);
  return {
    target: `${fast.what}: at least ${times} times faster than ${slow.what}`,
    measured: `${ratio.toFixed(2)} times`,
    met: ratio >= times,
  };
}

/** The medians' ratio must be at most so much. */
export function atMost(times: number, ours: Series, other: Series): Judgement {
  const ratio = median(ours.samples) / median(other.samples);
  return { target: `${ours.what}: at most ${times} times ${other.what}`, measured: `${ratio.toFixed(2)} times`, met: ratio <= times };
}

/** Every sample must stay below. */
export function always(limitMs: number, series: Series): Judgement {
  const worst = Math.max(...series.samples);
  return { target: `${series.what}: always under ${inUnits(limitMs)}`, measured: `at worst ${inUnits(worst)}`, met: worst < limitMs };
}

/** The median must not be above. */
export function usually(limitMs: number, series: Series): Judgement {
  const middle = median(series.samples);
  return { target: `${series.what}: at most ${inUnits(limitMs)}`, measured: `median ${inUnits(middle)}`, met: middle <= limitMs };
}
