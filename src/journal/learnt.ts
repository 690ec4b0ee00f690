import type { SchemaView } from "../core/history.ts";

/** What is learnt of each version's schema as the journal is read. */
export class Learnt {
  readonly newest = new Map<string, SchemaView>();
  readonly all = new Map<string, readonly SchemaView[]>();

  learn(commit: string, schema: SchemaView): void {
    this.newest.set(commit, schema);
    this.all.set(commit, [...(this.all.get(commit) ?? []), schema]);
  }
}
