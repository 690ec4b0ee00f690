/** `250 ms`, `3.2 s`, `4 min 10 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Decimal units, as disks are sold and as inputs are read: `142.1 MB`. */
export function formatSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** `1,234,567`. */
export function formatCount(count: number | bigint): string {
  // To load the whole of the locales for a few commas took a tenth of what a short command takes.
  if (typeof count === "bigint" || Number.isSafeInteger(count)) return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return count.toLocaleString("en-US");
}

/** `1 migration`, `3 migrations`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `5 min ago`, `1 hour ago`, `12 days ago`; in less than a minute `just now`. */
export function formatAgo(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${plural(Math.floor(minutes / 60), "hour")} ago` : `${plural(Math.floor(minutes / 1440), "day")} ago`;
}

/** `2026-11-20 14:30:22 UTC`: a moment as people read it, from a time or from ISO 8601. */
export function formatMoment(at: Date | string): string {
  const iso = typeof at === "string" ? at : at.toISOString();
  const [, day, time] = /^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day === undefined ? iso : `${day} ${time} UTC`;
}

/** `20261120T143022Z`: sorts as time does and is safe in file names. */
export function compactUtc(date: Date): string {
  return date
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:]/g, "");
}

/** The commit as people quote it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** More than anybody mistypes in one word; keys, tokens and certificates are longer. */
const LONGEST_QUOTED = 60;

/** A given text in quotes, so that a slip is recognised. What could be a secret (long, of several lines, a login) is only counted. */
export function quoted(text: string): string {
  const open = text.length <= LONGEST_QUOTED && !/[\r\n]/.test(text) && !/:\/\/[^/\s]*@/.test(text);
  return open ? JSON.stringify(text) : `a text of ${plural(text.length, "character")}`;
}
