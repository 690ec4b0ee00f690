import { formatDuration, formatSize } from "./format.ts";

/** Something that is counted in bytes while it grows. */
interface Grown {
  readonly bytes: number;
  /** What it will have in the end, where that is known, or nearly. */
  readonly of?: number | undefined;
  /** Milliseconds since it began. */
  readonly ms: number;
}

/** Rate, and the time left where the end is known: `12.1 MB/s, about 15.0 s left`. What has hardly begun has no time left to tell. */
export function paceOf({ bytes, of, ms }: Grown): string {
  const rate = bytes / Math.max(ms / 1000, 1);
  const left = of === undefined || bytes >= of || rate === 0 ? "" : `, about ${formatDuration(((of - bytes) / rate) * 1000)} left`;
  return `${formatSize(Math.round(rate))}/s${left}`;
}
