import { Failure } from "./failure.ts";

/** A commit's full name, SHA-1 or SHA-256; nothing else looks so, and only such words are given to git as a commit. */
export function isFullCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The same word where it is a commit's full name. Git would read an option in another; and it may come from a journal that others write. */
export function fullCommit(text: string): string {
  if (!isFullCommit(text)) throw new Failure(`${JSON.stringify(text)} is not a full commit id.`, { code: "unknown-commit" });
  return text;
}
