/**
 * A message as a sentence: a capital and a full stop. Inside, a cause is quoted as it was told, so it begins small there;
 * what is said to people is made a sentence here, once for all of it. Names (`pg_dump`, `deploy@shop.example`, `app-dir`,
 * paths, URLs) keep their letters.
 */
export function sentence(text: string): string {
  const trimmed = text.trimEnd();
  if (trimmed === "") return text;
  const begun = /^[a-z]+(?=[\s,]|:(?!\/\/)|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  // A cause that was a sentence already, quoted at the end of another.
  const once = begun.replaceAll(/([.!?])\.(?=\s|$)/g, "$1");
  return /[\p{L}\p{N})\]"'`%»]$/u.test(once) ? `${once}.` : once;
}
