import type { SqlTable } from "../lint/tree.ts";

/** PostgreSQL's table locks, the weakest first. */
export const TABLE_LOCKS = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
export type TableLock = (typeof TABLE_LOCKS)[number];

/** A lock that a statement takes on something that is there. */
export interface LockTaken {
  readonly on: SqlTable;
  /** It names an index, and the lock is on the table of that. */
  readonly ofIndex?: true;
  readonly mode: TableLock;
}

/** Each lock's conflicts, as positions in TABLE_LOCKS (PostgreSQL's manual, 13.3.1). */
const CONFLICTS: Readonly<Record<TableLock, readonly number[]>> = {
  "ACCESS SHARE": [7],
  "ROW SHARE": [6, 7],
  "ROW EXCLUSIVE": [4, 5, 6, 7],
  "SHARE UPDATE EXCLUSIVE": [3, 4, 5, 6, 7],
  SHARE: [2, 3, 5, 6, 7],
  "SHARE ROW EXCLUSIVE": [2, 3, 4, 5, 6, 7],
  EXCLUSIVE: [1, 2, 3, 4, 5, 6, 7],
  "ACCESS EXCLUSIVE": [0, 1, 2, 3, 4, 5, 6, 7],
};

/** The locks that must be gone before this one is had. */
export function conflictsOf(mode: TableLock): readonly TableLock[] {
  return CONFLICTS[mode].flatMap((at) => TABLE_LOCKS[at] ?? []);
}

/** Who waits while it is held. */
export function whoWaits(mode: TableLock): string {
  const strength = TABLE_LOCKS.indexOf(mode);
  if (strength === 7) return "readers and writers wait";
  return strength >= 4 ? "writers wait" : "nobody waits but other migrations";
}

export function strongest(modes: readonly TableLock[]): TableLock | undefined {
  return TABLE_LOCKS.findLast((mode) => modes.includes(mode));
}
