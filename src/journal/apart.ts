import type { Entry } from "./entries.ts";

/** Code and schema that are not proven to be one version's: of this commit, or, where it is undefined, of whatever runs. */
export interface Apart {
  readonly commit: string | undefined;
}

/** Whether it is about this commit. What a version's schema is, is not learnt then. */
export function isApart(apart: Apart | undefined, commit: string | undefined): boolean {
  return apart !== undefined && (apart.commit === undefined || commit === undefined || apart.commit === commit);
}

/** What a deploy's end says of code and schema; one that changed nothing says nothing. */
export function apartAfter(
  entry: Extract<Entry, { kind: "deploy.closed" }>,
  did: { readonly changed: boolean; readonly restored: boolean },
  before: Apart | undefined,
): Apart | undefined {
  if (entry.as === "abandoned" || !did.changed) return before;
  if (entry.as === "failed") return entry.on === undefined ? { commit: undefined } : before;
  // A restore by hand that an earlier version of Savepoint did may have left them apart, and did not write so.
  const schema = entry.schema ?? (did.restored ? "unknown" : "proven");
  return schema === "proven" ? undefined : { commit: entry.on };
}
