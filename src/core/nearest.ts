/** The known word nearest to a mistyped one, else one that is the same but for its prefix; undefined where none is close. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  return misspelt(word, candidates) ?? elsewhere(word, candidates);
}

/** The known word that is but a slip away. */
export function misspelt(word: string, known: readonly string[]): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate));
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  return best !== undefined && best.distance <= slips(word.length) ? best.word : undefined;
}

/** How many letters a word of this length may differ in: two make another word of three. */
function slips(length: number): number {
  return length <= 3 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** `timeout` where it is called `health-timeout`, and the other way round: a setting is named otherwise in its own action. */
function elsewhere(word: string, known: readonly string[]): string | undefined {
  const dashed = (name: string): string => `-${name.toLowerCase().replaceAll(/[_ ]/g, "-")}`;
  const same = known.filter((one) => dashed(one).endsWith(dashed(word)) || dashed(word).endsWith(dashed(one)));
  return same.toSorted((a, b) => a.length - b.length)[0];
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
