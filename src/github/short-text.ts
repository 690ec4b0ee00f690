/** A text on one line, of so many characters at most, and never half of one. */
export function shortText(text: string, longest: number): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (line.length <= longest) return line;
  const kept = line.slice(0, longest - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
