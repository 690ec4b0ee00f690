const MAX_NAME_BYTES = 63;

/** `app_failed_20261120143022`: the name under which a replaced database is kept; UTC, at most 63 bytes. */
export function replacedName(database: string, date: Date): string {
  const stamp = date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "");
  return joinedName(database, `_failed_${stamp}`);
}

/** When a database of this name was replaced, where the name is one that `replacedName` makes of exactly `database`. */
export function replacedAtOf(database: string, name: string): Date | undefined {
  const stamp = /_failed_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(name);
  if (!stamp) return undefined;
  const [year, month, day, hour, minute, second] = stamp.slice(1);
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(date.getTime()) && replacedName(database, date) === name ? date : undefined;
}

/** A name and its suffix in 63 bytes; the name gives way, never in the middle of a character. */
export function joinedName(name: string, suffix: string): string {
  let kept = Array.from(name);
  while (Buffer.byteLength(kept.join("") + suffix) > MAX_NAME_BYTES) kept = kept.slice(0, -1);
  return kept.join("") + suffix;
}
