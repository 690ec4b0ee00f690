/**
 * The number of the algorithm that makes fingerprints. It goes up whenever one and the same schema would get another
 * fingerprint than before; what was written by another algorithm can then not be compared any more.
 */
export const ALGORITHM = 2;

/** `unknown`: made by two algorithms, so that the difference says nothing. */
export type Likeness = "same" | "different" | "unknown";

/** `2:<sha256>`, and behind a plus what a restore does not bring back, where there is any. */
export function writeFingerprint(restored: string, beyond: string | undefined): string {
  return `${ALGORITHM}:${restored}${beyond === undefined ? "" : `+${beyond}`}`;
}

/** Compares two fingerprints; the first versions of Savepoint wrote them without a number. */
export function compareFingerprints(a: string, b: string): Likeness {
  if (a === b) return "same";
  return algorithmOf(a) === algorithmOf(b) ? "different" : "unknown";
}

/** What the fingerprint of a restored copy is: without what no restore brings back. */
export function restoredFingerprint(fingerprint: string): string {
  return fingerprint.replace(/\+.*$/, "");
}

/** Whether this version of Savepoint can compare a fingerprint with what it reads. */
export function isComparable(fingerprint: string): boolean {
  return algorithmOf(fingerprint) === ALGORITHM;
}

function algorithmOf(fingerprint: string): number {
  const number = /^(\d+):/.exec(fingerprint)?.[1];
  return number === undefined ? 1 : Number(number);
}
