import type { Manifest } from "./manifest.ts";

/** Beyond this a time is taken for one of the future, not for two clocks that differ a little. Milliseconds. */
const A_LITTLE = 300_000;

/**
 * Newest first: by the order in which they were made, which no clock can change. Those of earlier versions have no number,
 * came before, and among themselves their times decide; the id does between two of the same moment.
 */
export function newestFirst(a: Manifest, b: Manifest): number {
  return (b.number ?? 0) - (a.number ?? 0) || Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** The number of the next one in a folder that holds these. */
export function nextNumber(manifests: readonly Manifest[]): number {
  return 1 + Math.max(0, ...manifests.map(({ number }) => number ?? 0));
}

/** Whether a time lies in the future: a clock ran ahead when it was noted, or ours is behind now. */
export function isAhead(time: Date, now: Date): boolean {
  return time.getTime() - now.getTime() > A_LITTLE;
}

/**
 * When each of these happened at the earliest, given in the order in which they happened: none was before the one before
 * it, so a clock that was behind makes nothing old. A time in the future says nothing about those after it.
 */
export function earliestTimes(oldestFirst: readonly Date[], now: Date): readonly Date[] {
  let latest = Number.NEGATIVE_INFINITY;
  return oldestFirst.map((time) => {
    if (isAhead(time, now)) return time;
    latest = Math.max(latest, time.getTime());
    return new Date(latest);
  });
}
