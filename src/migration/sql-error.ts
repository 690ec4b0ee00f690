import { Failure } from "../core/failure.ts";
import { positionEvidence } from "../postgres/sqlerror.ts";
import { firstWords } from "./blockers.ts";
import type { Statement } from "./split.ts";

/** Hints for errors whose cause lies in how migrations run, by SQLSTATE. */
const HINTS: Readonly<Record<string, string>> = {
  "25001": "This statement cannot run in a transaction: put it into a file of its own with a line `-- no-transaction` under `-- UP`.",
  "55P04": "A value added to an enum can be used only after its transaction: add it in a migration of its own, before this one.",
  "57014": "The statement was cancelled, by `statement-timeout` or by hand: raise the timeout where the statement needs the time.",
  "42P07": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same.",
  "42701": "It is there already, made by hand or by another tool: drop it, or write IF NOT EXISTS where the two are the same.",
};

/**
 * The failure of one statement as the file's reader needs it: file and line, the line itself with a caret, PostgreSQL's
 * detail and hint. Anything but an error of the statement itself (a lost connection, a cancel) comes back unchanged.
 */
export function statementFailure(error: unknown, statement: Statement, place: { readonly file: string }): unknown {
  if (!(error instanceof Failure) || error.code === undefined || !/^[0-9A-Z]{5}$/.test(error.code)) return error;
  const position = positionOf(error.cause);
  const own = position === undefined ? [] : positionEvidence(statement.sql, position);
  // The same two lines again, counted from the file's first line.
  const padding = statement.line - 1;
  const inFile = position === undefined ? [] : positionEvidence("\n".repeat(padding) + statement.sql, position + padding);
  const line = own.length === 0 ? statement.line : statement.line + Number(/^line (\d+)/.exec(own[0] ?? "")?.[1] ?? 1) - 1;
  return new Failure(`${place.file}:${line}: ${error.message}`, {
    code: error.code,
    cause: error.cause,
    hint: HINTS[error.code] ?? error.hint,
    evidence: [...(inFile.length > 0 ? inFile : [`line ${line}: ${firstWords(statement.sql)} …`]), ...error.evidence.slice(own.length)],
  });
}

function positionOf(cause: unknown): number | undefined {
  if (typeof cause !== "object" || cause === null || !("position" in cause)) return undefined;
  const position = Number(cause.position);
  return Number.isInteger(position) && position > 0 ? position : undefined;
}
