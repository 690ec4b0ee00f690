const PLAIN = /^[A-Za-z0-9_/:.,@%+=-]+$/;

/** Words that a shell reads as its own grammar where a command is expected. */
const RESERVED = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "case",
  "esac",
  "while",
  "until",
  "for",
  "in",
  "function",
  "select",
  "time",
]);

/** The words as one line that any POSIX shell splits back into exactly these words. Throws where a word holds a NUL. */
export function quote(words: readonly string[]): string {
  return words.map((word, index) => quoteWord(word, index === 0)).join(" ");
}

/** The words of a line that `quote` made; of any other, what a shell would make of plain words and single quotes. */
export function unquote(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, inside: string | undefined, escaped: string | undefined) => inside ?? escaped ?? ""),
  );
}

function quoteWord(word: string, first: boolean): string {
  if (word.includes("\0")) throw new Error("a word of a command holds a NUL character");
  // In the first place, A=b would be an assignment and `if` grammar.
  if (PLAIN.test(word) && !(first && (word.includes("=") || RESERVED.has(word)))) return word;
  return inQuotes(word);
}

/** A word between single quotes, plain or not: for commands that people paste and change. */
export function inQuotes(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
