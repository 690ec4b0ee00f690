/** A pattern that repeats is at most this many lines long: a banner, an error with its stack. */
const LONGEST_PATTERN = 8;

/** Lines without what repeats: one that comes thirty times in a row is told once, as `× 30`; so is a block of a few lines. Pure. */
export function withoutRepeats(lines: readonly string[]): readonly string[] {
  const told: string[] = [];
  for (let at = 0; at < lines.length;) {
    const { length, times } = repeatAt(lines, at);
    const block = lines.slice(at, at + length);
    if (times > 1 && length === 1) told.push(`${block[0] ?? ""} (× ${times})`);
    else told.push(...block, ...(times > 1 ? [`(these ${length} lines × ${times})`] : []));
    at += length * times;
  }
  return told;
}

/** The pattern that begins here and saves the most lines. Twice is told as it is where it is one line. */
function repeatAt(lines: readonly string[], at: number): { readonly length: number; readonly times: number } {
  let best = { length: 1, times: 1 };
  for (let length = 1; length <= LONGEST_PATTERN; length += 1) {
    let times = 1;
    while (same(lines, at, at + times * length, length)) times += 1;
    if (times > 2 && length * (times - 1) > best.length * (best.times - 1)) best = { length, times };
  }
  return best;
}

function same(lines: readonly string[], one: number, other: number, length: number): boolean {
  if (other + length > lines.length) return false;
  for (let index = 0; index < length; index += 1) if (plain(lines[one + index]) !== plain(lines[other + index])) return false;
  return true;
}

/** Without the time that a log puts before each line. */
function plain(line: string | undefined): string {
  return (line ?? "").replace(/^(\s*[\w./-]*\s*\|?\s*)\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*/, "$1").trim();
}
