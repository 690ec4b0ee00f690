/** A base of two columns: CJK and emoji, also what only a selector behind it makes one. */
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u;

/** How many columns a text takes at a terminal. */
export function columns(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) width += widthOf(segment);
  return width;
}

/** As much of a line as fits, with `…` where something is left out; never half a character. */
export function cut(text: string, most: number): string {
  if (columns(text) <= most) return text;
  let [shown, width] = ["", 0];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += widthOf(segment);
    if (width > most - 1) break;
    shown += segment;
  }
  return most < 1 ? "" : `${shown}…`;
}

/** A line as several of at most so many columns, broken at spaces; a word that is longer stays whole. Nothing of nothing. */
export function folded(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").filter((one) => one !== "")) {
    const line = lines.at(-1);
    if (line === undefined || columns(line) + 1 + columns(word) > most) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function widthOf(segment: string): number {
  return WIDE.test(segment) ? 2 : 1;
}
