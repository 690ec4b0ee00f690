import { NAMED_AND_MARKED } from "./migration.ts";
import { lineAt, scan, type Token } from "./tokens.ts";

/** The two directions of one file, told apart by `-- UP` and `-- DOWN` lines. */
export interface SqlSections {
  /** Absent where the file has no such line. */
  readonly up?: SqlSection;
  readonly down?: SqlSection;
  /** From an `-- irreversible` or `-- irreversible: why` line. */
  readonly irreversible?: { readonly reason?: string | undefined };
  readonly problems: readonly { readonly line: number; readonly message: string; readonly hint?: string }[];
}

export interface SqlSection {
  readonly sql: string;
  /** The line of the file on which `sql` begins. */
  readonly firstLine: number;
  readonly transactional: boolean;
}

interface Mark {
  readonly kind: "UP" | "DOWN" | "no-transaction" | "irreversible";
  readonly token: Token;
  readonly reason?: string | undefined;
}

/** Other tools' words for the same, so that the error can say what to write. */
const FOREIGN_MARK = /^--\s*(?:\+goose|\+migrate|migrate:|\+micrate|@)\s*(?:up|down|undo)\b/i;

/**
 * Reads a file's markers. They are line comments that stand alone on their line, outside strings, bodies and
 * parentheses: `-- UP`, `-- DOWN`, `-- no-transaction` (for its section; above both: for both), `-- irreversible`.
 * @param direction `up` or `down` where the file's name already says what the whole file is.
 */
export function readSections(text: string, direction: "both" | "up" | "down"): SqlSections {
  const { tokens, problem } = scan(text);
  if (problem !== undefined) return { problems: [{ line: lineAt(text, problem.at), message: problem.message }] };
  const marks = findMarks(text, tokens);
  const irreversible = marks.find((mark) => mark.kind === "irreversible");
  const common = irreversible === undefined ? {} : { irreversible: { reason: irreversible.reason } };
  const borders = marks.filter((mark) => mark.kind === "UP" || mark.kind === "DOWN");
  if (direction !== "both") {
    const transactional = !marks.some((mark) => mark.kind === "no-transaction");
    const problems = borders.map((mark) => ({
      line: lineAt(text, mark.token.start),
      message: `a \`-- ${mark.kind}\` line in a file that is all ${direction.toUpperCase()} by its name`,
      hint: NAMED_AND_MARKED,
    }));
    return { ...common, [direction]: { sql: text, firstLine: 1, transactional }, problems };
  }
  return { ...common, ...cutAt(text, tokens, marks, borders) };
}

function cutAt(text: string, tokens: readonly Token[], marks: readonly Mark[], borders: readonly Mark[]): SqlSections {
  const problems: { line: number; message: string }[] = [];
  const sections: { UP?: SqlSection; DOWN?: SqlSection } = {};
  const firstBorder = borders[0];
  if (firstBorder === undefined || !borders.some((mark) => mark.kind === "UP")) {
    const foreign = tokens.find((token) => token.kind === "line-comment" && FOREIGN_MARK.test(token.text));
    problems.push(
      foreign === undefined
        ? { line: 1, message: "there is no `-- UP` line" }
        : {
            line: lineAt(text, foreign.start),
            message: `there is no \`-- UP\` line; \`${foreign.text.trim()}\` is another tool's: write \`-- UP\` and \`-- DOWN\``,
          },
    );
  }
  const start = firstBorder?.token.start ?? text.length;
  const early = tokens.find((token) => token.start < start && !isComment(token));
  if (early !== undefined && firstBorder !== undefined) {
    problems.push({ line: lineAt(text, early.start), message: `SQL stands above the \`-- ${firstBorder.kind}\` line` });
  }
  const unsafe = marks.filter((mark) => mark.kind === "no-transaction");
  for (const [index, border] of borders.entries()) {
    const kind = border.kind as "UP" | "DOWN";
    if (sections[kind] !== undefined) {
      problems.push({ line: lineAt(text, border.token.start), message: `a second \`-- ${kind}\` line` });
      continue;
    }
    const from = border.token.end;
    const to = borders[index + 1]?.token.start ?? text.length;
    const transactional = !unsafe.some((mark) => mark.token.start < start || (mark.token.start >= from && mark.token.start < to));
    // The rest of the marker's line belongs to nobody.
    const newline = text.indexOf("\n", from);
    const begin = newline === -1 || newline >= to ? to : newline + 1;
    sections[kind] = { sql: text.slice(begin, to), firstLine: lineAt(text, begin), transactional };
  }
  return {
    ...(sections.UP && { up: sections.UP }),
    ...(sections.DOWN && { down: sections.DOWN }),
    problems: problems.map((one) => ({ ...one, hint: NAMED_AND_MARKED })),
  };
}

function isComment(token: Token): boolean {
  return token.kind === "line-comment" || token.kind === "block-comment";
}

function findMarks(text: string, tokens: readonly Token[]): readonly Mark[] {
  const marks: Mark[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth = Math.max(0, depth - 1);
    if (token.kind !== "line-comment" || depth > 0 || !standsAlone(text, token)) continue;
    const match = /^--\s*(?:(up|down)|(no-transaction)|(irreversible)(?:\s*:\s*(.*?))?)\s*$/i.exec(token.text);
    if (match === null) continue;
    const [, border, unsafe, , reason] = match;
    if (border !== undefined) marks.push({ kind: border.toUpperCase() === "UP" ? "UP" : "DOWN", token });
    else if (unsafe !== undefined) marks.push({ kind: "no-transaction", token });
    else marks.push({ kind: "irreversible", token, reason: reason === "" ? undefined : reason });
  }
  return marks;
}

function standsAlone(text: string, token: Token): boolean {
  const lineStart = text.lastIndexOf("\n", token.start - 1) + 1;
  return text.slice(lineStart, token.start).trim() === "";
}
