import { lineAt, scan, type Token } from "./tokens.ts";

/** One SQL statement of a text, without its semicolon and without the comments before it. */
export interface Statement {
  readonly sql: string;
  /** 1-based, in the text that was split, plus `firstLine - 1`. */
  readonly line: number;
  /** Without comments. */
  readonly tokens: readonly Token[];
}

export interface Split {
  readonly statements: readonly Statement[];
  readonly problem?: { readonly line: number; readonly message: string };
}

/**
 * Splits SQL at the semicolons that end statements: not those in strings, dollar quotes, comments, parentheses
 * (CREATE RULE) or `BEGIN ATOMIC … END` bodies.
 * @param firstLine the line on which the text begins in its file.
 */
export function splitStatements(sql: string, firstLine = 1): Split {
  const { tokens, problem } = scan(sql);
  const statements: Statement[] = [];
  let current: Token[] = [];
  let depth = 0;
  let body = 0;
  const lines = lineCounter(sql, firstLine);
  const finish = (): void => {
    const [first, last] = [current[0], current.at(-1)];
    if (first !== undefined && last !== undefined)
      statements.push({ sql: sql.slice(first.start, last.end), line: lines(first.start), tokens: current });
    current = [];
    depth = 0;
    body = 0;
  };
  for (const token of tokens) {
    if (token.kind === "line-comment" || token.kind === "block-comment") continue;
    if (token.text === ";" && depth === 0 && body === 0) {
      finish();
      continue;
    }
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth = Math.max(0, depth - 1);
    else if (token.kind === "word") body = bodyDepth(body, token, current);
    current.push(token);
  }
  if (problem === undefined) finish();
  return problem === undefined ? { statements } : { statements, problem: { line: lines(problem.at), message: problem.message } };
}

/** How deep in a SQL-standard function body (and the CASE expressions in it) one is after this word. */
function bodyDepth(body: number, token: Token, before: readonly Token[]): number {
  const previous = before.at(-1);
  if (body === 0) return token.text === "ATOMIC" && previous?.text === "BEGIN" && makesRoutine(before) ? 1 : 0;
  // `AS end` and `t.end` are names.
  if (previous?.text === "AS" || previous?.text === ".") return body;
  if (token.text === "CASE") return body + 1;
  return token.text === "END" ? body - 1 : body;
}

function makesRoutine(tokens: readonly Token[]): boolean {
  const words = tokens.slice(0, 4).map((token) => token.text);
  const what = words[1] === "OR" ? words[3] : words[1];
  return words[0] === "CREATE" && (what === "FUNCTION" || what === "PROCEDURE");
}

/** Lines of rising offsets, without counting from the start each time. */
function lineCounter(text: string, firstLine: number): (offset: number) => number {
  let counted = 0;
  let line = firstLine;
  return (offset) => {
    if (offset < counted) return firstLine - 1 + lineAt(text, offset);
    line += lineAt(text.slice(counted, offset), offset - counted) - 1;
    counted = offset;
    return line;
  };
}
