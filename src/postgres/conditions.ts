/**
 * `x IN (a, upper(b), c)` over what is not constant is printed as `(((x = a) OR (x = …)) OR (x = c))`, and that text,
 * read again, as one flat list: nested lists of one operator are made flat, which means the same.
 */
export function flattenConditions(text: string): string {
  return new Flattening(text).all();
}

interface Group {
  readonly text: string;
  /** What joins the parts, where it is one and the same everywhere. */
  readonly operator: string | undefined;
}

/** A part of a list; `group` where it is nothing but a list in parentheses. */
interface Part {
  readonly text: string;
  readonly group: Group | undefined;
}

const JOINT = / (AND|OR) /y;

class Flattening {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** A parenthesis that closes nothing, as a function's text may have, stays where it is. */
  all(): string {
    let text = this.group().text;
    while (this.#at < this.#text.length) {
      text += this.#text[this.#at] ?? "";
      this.#at += 1;
      text += this.group().text;
    }
    return text;
  }

  /** Reads up to the parenthesis that closes this group, or to the end. */
  group(): Group {
    const parts: Part[] = [];
    const operators = new Set<string>();
    let text = "";
    let pieces = 0;
    let inner: Group | undefined;
    const close = (): void => {
      parts.push({ text, group: pieces === 1 ? inner : undefined });
      [text, pieces, inner] = ["", 0, undefined];
    };
    for (;;) {
      const character = this.#text[this.#at];
      const joint = character === " " ? this.#joint() : undefined;
      if (character === undefined || character === ")") break;
      if (joint !== undefined) {
        close();
        parts.push({ text: joint, group: undefined });
        operators.add(joint);
      } else if (character === "(") {
        this.#at += 1;
        inner = this.group();
        // Unclosed only in text that is no expression; it stays as it is.
        text += `(${inner.text}${this.#text[this.#at] ?? ""}`;
        this.#at += 1;
        pieces += 1;
      } else {
        const end = character === "'" || character === '"' ? closingQuote(this.#text, this.#at) : this.#at;
        text += this.#text.slice(this.#at, end + 1);
        this.#at = end + 1;
        pieces += 2;
      }
    }
    close();
    const [operator] = operators;
    const only = operators.size === 1 ? operator : undefined;
    return {
      text: parts.map((part) => (only !== undefined && part.group?.operator === only ? part.group.text : part.text)).join(""),
      operator: only,
    };
  }

  #joint(): string | undefined {
    JOINT.lastIndex = this.#at;
    const found = JOINT.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

/** A doubled quote opens the next piece at once, so each piece may be skipped alone; `E'…'` may hold `\'`. */
export function closingQuote(text: string, open: number): number {
  const escapes = text[open] === "'" && text[open - 1] === "E";
  for (let at = open + 1; at < text.length; at += 1) {
    if (escapes && text[at] === "\\") at += 1;
    else if (text[at] === text[open]) return at;
  }
  return text.length;
}
