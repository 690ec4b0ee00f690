import { interpolate, type Lookup, namesIn } from "./interpolation.ts";

/** One line (or several, within quotes) that sets a variable. */
interface Assignment {
  readonly name: string;
  readonly line: number;
  /** A name alone on its line: the value is that of the environment. */
  readonly inherited: boolean;
  /** Given the variables that came before it. */
  readonly value: (lookup: Lookup) => string | undefined;
}

/** Space within a line, as compose counts it. */
const SPACE = /^[\t\v\f\r \u0085\u00a0]+/;
const BLANK = /^\p{White_Space}+/u;
const BLANK_END = /\p{White_Space}+$/u;

/**
 * The variable of a `.env` file as compose reads it: quotes, several lines, comments, `export`, `${NAME:-default}`; the
 * last one counts. A variable in a value comes from `outside` (the environment that compose runs in), else from an earlier
 * line. Undefined where none sets it. Throws an Error with the line where the file cannot be read; it repeats no value.
 */
export function envVariable(text: string, wanted: string, outside: Lookup): string | undefined {
  const values = new Map<string, () => string | undefined>();
  for (const { name, line, value } of assignments(text)) {
    const before = new Map(values);
    // Not before it is asked for: a line that nobody asks for is nobody's problem here.
    values.set(name, () => {
      try {
        return value((one) => outside(one) ?? before.get(one)?.());
      } catch (error) {
        throw atLine(line, error);
      }
    });
  }
  return values.get(wanted)?.();
}

/** The names of variables outside that the file may ask for. */
export function outerNames(text: string): readonly string[] {
  const inherited = assignments(text).flatMap((one) => (one.inherited ? [one.name] : []));
  return [...new Set([...namesIn(text), ...inherited])].filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
}

function assignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let rest = text.replace(/^\uFEFF/, "");
  const lineOf = (left: string): number => text.slice(0, text.length - left.length).split("\n").length;
  for (;;) {
    rest = rest.replace(BLANK, "");
    if (rest === "") return found;
    if (rest.startsWith("#")) {
      rest = rest.replace(/^[^\n]*/, "");
      continue;
    }
    const line = lineOf(rest);
    try {
      const key = readKey(rest);
      const { value, left } = key.inherited ? { value: (lookup: Lookup) => lookup(key.name), left: key.left } : readValue(key.left);
      found.push({ name: key.name, line, inherited: key.inherited, value });
      rest = left;
    } catch (error) {
      throw atLine(line, error);
    }
  }
}

function atLine(line: number, error: unknown): Error {
  if (!(error instanceof Error) || error.message.startsWith("line ")) return error as Error;
  return new Error(`line ${line} ${error.message}`);
}

interface Key {
  readonly name: string;
  /** A name alone on its line: the value is that of the environment. */
  readonly inherited: boolean;
  readonly left: string;
}

function readKey(text: string): Key {
  const source = text.replace(/^export\s+/, "");
  const end = source.search(/[=:\n]/);
  const name = (end < 0 ? "" : source.slice(0, end)).replace(BLANK_END, "");
  if (name === "") throw new Error("sets no variable: write NAME=value");
  if (name.includes(" ")) throw new Error("has a space in the variable's name");
  if (!/^[\p{L}\p{N}_.\-[\]\t\v\f\r\u0085\u00a0]+$/u.test(name)) {
    throw new Error("has a variable's name that compose refuses; where a quote came before it, that was not ended as compose reads it");
  }
  return { name, inherited: source.charAt(end) === "\n", left: source.slice(end + 1).replace(SPACE, "") };
}

function readValue(text: string): { readonly value: Assignment["value"]; readonly left: string } {
  const quote = text.charAt(0);
  if (quote === '"' || quote === "'") return readQuoted(text, quote);
  const end = text.indexOf("\n");
  const raw = end < 0 ? text : text.slice(0, end);
  const comment = raw.indexOf(" #");
  const plain = (comment < 0 ? raw : raw.slice(0, comment)).replace(BLANK_END, "");
  return { value: (lookup) => interpolate(plain, lookup), left: end < 0 ? "" : text.slice(end + 1) };
}

/** Up to the quote that ends it, over several lines. Before a quote a backslash means it; others stay for double quotes' own meaning. */
function readQuoted(text: string, quote: string): { readonly value: Assignment["value"]; readonly left: string } {
  let inside = "";
  for (let at = 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) {
      const value = inside;
      const left = text.slice(at + 1);
      return { value: quote === "'" ? () => value : (lookup) => interpolate(unescaped(value), lookup), left };
    }
    if (char === "\\" && at + 1 < text.length) {
      at += 1;
      const next = text.charAt(at);
      inside += next === quote ? next : `\\${next}`;
    } else inside += char;
  }
  throw new Error(`begins a ${quote} that is not ended`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
  $: "$$",
};

/** `\n` and its like, and `\0101`; a `\$` becomes `$$`, which interpolation takes for one `$`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(?:([abfnrtv$"\\])|0([0-7]{3}))/g, (whole: string, letter: string | undefined, octal: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? whole;
    const code = Number.parseInt(octal ?? "", 8);
    // More would be bytes that are no text.
    return code < 128 ? String.fromCharCode(code) : whole;
  });
}
