const DAY_MS = 86_400_000;

/** The number of the UTC day; consecutive days have consecutive numbers. */
export function calendarDay(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS);
}

/** The number of the ISO week (Monday to Sunday, UTC). */
export function isoWeek(time: Date): number {
  // 1970-01-01 was a Thursday: three days into its week.
  return Math.floor((calendarDay(time) + 3) / 7);
}

/** The number of the UTC month. */
export function calendarMonth(time: Date): number {
  return time.getUTCFullYear() * 12 + time.getUTCMonth();
}
