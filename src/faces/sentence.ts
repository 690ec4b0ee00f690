/**
 * A message as a sentence: a capital and a full stop. Ours are sentences where they are written; what others say (Node,
 * PostgreSQL, git), alone or at the end of ours, is made one here. Names (`pg_dump`, `deploy@shop.example`, `app-dir`,
 * paths, URLs) keep their letters.
 */
export function sentence(text: string): string {
  const trimmed = text.trimEnd();
  if (trimmed === "") return text;
  const begun = /^[a-z]+(?=[\s,]|:(?!\/\/)|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[\p{L}\p{N})\]"'`%»]$/u.test(begun) ? `${begun}.` : begun;
}
