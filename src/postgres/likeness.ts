/**
 * The number of the algorithm that makes fingerprints. It goes up whenever one and the same schema would get another
 * fingerprint than before; what was written by another algorithm can then not be compared any more.
 */
export const ALGORITHM = 4;

/** `unknown`: made by two algorithms, or on two major versions of PostgreSQL, so that the difference says nothing. */
export type Likeness = "same" | "different" | "unknown";

/**
 * `4.17:<sha256>`: the algorithm and the server's major version, whose catalogs and printed views are its own; and behind a
 * plus what a restore does not bring back, where there is any.
 */
export function writeFingerprint({
  serverVersion,
  restored,
  beyond,
}: {
  /** As `server_version_num`. */
  readonly serverVersion: number;
  readonly restored: string;
  readonly beyond: string | undefined;
}): string {
  return `${ALGORITHM}.${Math.floor(serverVersion / 10_000)}:${restored}${beyond === undefined ? "" : `+${beyond}`}`;
}

/** Compares two fingerprints; the first versions of Savepoint wrote them without a number. */
export function compareFingerprints(a: string, b: string): Likeness {
  if (a === b) return "same";
  return madeBy(a) === madeBy(b) ? "different" : "unknown";
}

/** What the fingerprint of a restored copy is: without what no restore brings back. */
export function restoredFingerprint(fingerprint: string): string {
  return fingerprint.replace(/\+.*$/, "");
}

/** Whether this version of Savepoint can compare a fingerprint with what it reads, on the same major version of PostgreSQL. */
export function isComparable(fingerprint: string): boolean {
  return madeBy(fingerprint).split(".")[0] === String(ALGORITHM);
}

function madeBy(fingerprint: string): string {
  return /^([\d.]+):/.exec(fingerprint)?.[1] ?? "1";
}
