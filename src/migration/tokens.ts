/** A piece of SQL text as PostgreSQL's own scanner would cut it; only what splitting and classifying need. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "line-comment" | "block-comment";
  readonly start: number;
  readonly end: number;
  /** Words in upper case, symbols as they are, quoted names with their quotes; the bare text for the rest. */
  readonly text: string;
}

/** What makes the rest of a text unreadable: where (offset in the text) and why. */
export interface ScanProblem {
  readonly at: number;
  readonly message: string;
}

export interface Scan {
  readonly tokens: readonly Token[];
  readonly problem?: ScanProblem;
}

const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /\d[\dA-Za-z_]*(?:\.\d+)?/y;
const LINE_COMMENT = /--[^\n\r]*/y;
/** What follows a parameter's number begins a word, not a dollar quote: `$1a$b$`. */
const PARAMETER = /\$\d+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const META_COMMAND = /\\[^\s;]*/y;
/** Two string constants with a line break between them are one, and the second inherits the first's escapes. */
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]+|--[^\n\r]*[\n\r])*'/y;

/** Cuts SQL into tokens; stops at the first thing that PostgreSQL's scanner could not read either. */
export function scan(sql: string): Scan {
  const tokens: Token[] = [];
  let at = 0;
  const matchAt = (pattern: RegExp, from = at): number | undefined => {
    pattern.lastIndex = from;
    return pattern.test(sql) ? pattern.lastIndex : undefined;
  };
  const push = (kind: Token["kind"], end: number): void => {
    const raw = sql.slice(at, end);
    tokens.push({ kind, start: at, end, text: kind === "word" ? raw.toUpperCase() : raw });
    at = end;
  };
  while (at < sql.length) {
    const space = matchAt(SPACE);
    if (space !== undefined) {
      at = space;
      continue;
    }
    const character = sql[at];
    const lineComment = matchAt(LINE_COMMENT);
    if (lineComment !== undefined) {
      push("line-comment", lineComment);
    } else if (sql.startsWith("/*", at)) {
      const end = endOfBlockComment(sql, at);
      if (end === undefined) return { tokens, problem: { at, message: "the comment that begins here never ends" } };
      push("block-comment", end);
    } else if (character === "'") {
      const end = endOfString(sql, at, false);
      if (end === undefined) return { tokens, problem: { at, message: "the string that begins here never ends" } };
      push("string", end);
    } else if (character === '"') {
      const end = endOfQuoted(sql, at);
      if (end === undefined) return { tokens, problem: { at, message: "the quoted name that begins here never ends" } };
      push("quoted", end);
    } else if (character === "$") {
      const opened = matchAt(DOLLAR_TAG);
      if (opened === undefined) {
        push("symbol", matchAt(PARAMETER) ?? at + 1);
        continue;
      }
      const tag = sql.slice(at, opened);
      const closed = sql.indexOf(tag, opened);
      if (closed === -1) return { tokens, problem: { at, message: `the text that begins here with ${tag} never ends` } };
      push("string", closed + tag.length);
    } else if (character === "\\") {
      const command = sql.slice(at, matchAt(META_COMMAND));
      return { tokens, problem: { at, message: metaCommandMessage(command) } };
    } else {
      const word = matchAt(WORD);
      const number = matchAt(NUMBER);
      if (word !== undefined) {
        const prefix = sql.slice(at, word).toUpperCase();
        // E'…' takes backslash escapes; U&, B, X and N strings do not and need no care.
        if (prefix === "E" && sql[word] === "'") {
          const end = endOfString(sql, word, true);
          if (end === undefined) return { tokens, problem: { at, message: "the string that begins here never ends" } };
          push("string", end);
        } else {
          push("word", word);
        }
      } else if (number === undefined) {
        push("symbol", at + 1);
      } else {
        push("number", number);
      }
    }
  }
  return { tokens };
}

function metaCommandMessage(command: string): string {
  if (command === "\\.") return "COPY … FROM stdin with its rows in the file works in psql only: write INSERT statements";
  return `${command} is a command of psql, not SQL: take it out`;
}

function endOfBlockComment(sql: string, start: number): number | undefined {
  let depth = 0;
  let at = start;
  while (at < sql.length) {
    if (sql.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith("*/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else {
      at += 1;
    }
  }
  return undefined;
}

/** `quote` is the offset of the opening quote; the answer is the offset behind the closing one. */
function endOfString(sql: string, quote: number, escapes: boolean): number | undefined {
  let at = quote + 1;
  while (at < sql.length) {
    const character = sql[at];
    if (escapes && character === "\\") {
      at += 2;
    } else if (character !== "'") {
      at += 1;
    } else if (sql[at + 1] === "'") {
      at += 2;
    } else {
      CONTINUED.lastIndex = at + 1;
      if (!CONTINUED.test(sql)) return at + 1;
      at = CONTINUED.lastIndex;
    }
  }
  return undefined;
}

function endOfQuoted(sql: string, start: number): number | undefined {
  let at = start + 1;
  while (at < sql.length) {
    if (sql[at] !== '"') at += 1;
    else if (sql[at + 1] === '"') at += 2;
    else return at + 1;
  }
  return undefined;
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
