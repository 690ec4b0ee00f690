/** Whether the weekly tests run (`SAVEPOINT_LAB_MANY=1`, `.github/workflows/bare-machines.yml`). */
export const WEEKLY = process.env["SAVEPOINT_LAB_MANY"] === "1";

/**
 * Of cases that differ in one value and not in kind, those that every run plays, one a kind. Each week all are played.
 */
export function casesOf<T>({ always, weekly }: { readonly always: readonly T[]; readonly weekly: readonly T[] }): readonly T[] {
  return WEEKLY ? [...always, ...weekly] : always;
}
