/** One thing that is measured, and what each counted round gave. Milliseconds. */
export interface Series {
  readonly what: string;
  readonly samples: readonly number[];
}

/** One thing to measure: what it does in a round, untimed preparation apart. Resolves with milliseconds. */
export interface Contender {
  readonly what: string;
  /** Before the clock starts: what makes every round begin alike. */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<number>;
}

/**
 * Runs the contenders in turn (A B C, A B C, …), so that whatever else the machine does meets all of them. The first
 * round warms up and is not counted.
 */
export async function interleaved(
  contenders: readonly Contender[],
  rounds: number,
  say: (text: string) => void,
): Promise<readonly Series[]> {
  const samples = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      await contender.prepare?.();
      const ms = await contender.run();
      say(`${round === 0 ? "warm-up" : `round ${round}`}: ${contender.what}: ${inUnits(ms)}`);
      if (round > 0) samples[index]?.push(ms);
    }
  }
  return contenders.map(({ what }, index) => ({ what, samples: samples[index] ?? [] }));
}

/** The middle one, or the mean of the middle two. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** `47.31 s`, `212 ms`. */
export function inUnits(ms: number): string {
  return ms >= 2000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(0)} ms`;
}
