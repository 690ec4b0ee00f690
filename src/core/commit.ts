/** A commit's full name, SHA-1 or SHA-256; nothing else looks so, and only such words are given to git as a commit. */
export function isFullCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
