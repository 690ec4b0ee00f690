import { Failure } from "../core/failure.ts";
import { sqlState } from "../core/sql-state.ts";
import { describeServer, describeTarget, type DatabaseTarget } from "./address.ts";
import { identifier } from "./literal.ts";

/** The fields of an error that the server sent. */
export interface ServerError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly where?: string | undefined;
  readonly position?: string | undefined;
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly routine?: string | undefined;
}

/** The Failure for an error of a statement: its SQLSTATE as code, line and caret, detail, hint and context as evidence. */
export function sqlFailure(error: ServerError, sql: string | undefined, target: DatabaseTarget): Failure {
  const evidence: string[] = [];
  if (sql !== undefined && error.position !== undefined) evidence.push(...positionEvidence(sql, Number(error.position)));
  if (error.internalQuery !== undefined && error.internalPosition !== undefined) {
    evidence.push(...positionEvidence(error.internalQuery, Number(error.internalPosition)));
  }
  const detail = withoutValues(error);
  if (detail !== undefined) evidence.push(`detail: ${detail}`);
  const named = Object.entries({ schema: error.schema, table: error.table, column: error.column, constraint: error.constraint });
  const place = named.filter(([, name]) => name !== undefined).map(([kind, name]) => `${kind} ${name}`);
  if (place.length > 0) evidence.push(`where: ${place.join(", ")}`);
  if (error.where !== undefined) evidence.push(...context(error.where));
  if (error.hint !== undefined) evidence.push(`PostgreSQL's hint: ${error.hint}`);
  return new Failure(`${error.message} (SQLSTATE ${error.code ?? "unknown"})`, {
    code: sqlState(error.code),
    evidence,
    hint: privilegeHint(error, target) ?? error.hint,
    cause: error,
  });
}

/** The Failure for an error that the server sent instead of letting us in. */
export function entryFailure(error: ServerError, target: DatabaseTarget): Failure {
  const role = identifier(target.user);
  const url = target.setting ?? "the URL";
  const hints: Readonly<Record<string, string>> = {
    "28P01": `Check the password in ${url} (special characters are percent-encoded), or set it: ALTER ROLE ${role} PASSWORD '…'`,
    "28000": `Check that the role ${role} exists, may log in, and that the server's pg_hba.conf lets it in from here.`,
    "3D000": `Check the database's name in ${target.nameSetting ?? url}, or create it: CREATE DATABASE ${identifier(target.database)} OWNER ${role}`,
    "42501": `GRANT CONNECT ON DATABASE ${identifier(target.database)} TO ${role}`,
    "53300": "The server has no connection left: end idle ones or raise max_connections.",
    "57P03": "The server is starting or stopping: try again when it is up.",
    "55000": `The database takes no connections: ALTER DATABASE ${identifier(target.database)} ALLOW_CONNECTIONS true`,
  };
  // To look, another database of the server is entered; whose password it is, that does not tell.
  const where = error.code === "28P01" ? describeServer(target) : describeTarget(target);
  return new Failure(`Cannot enter ${where}: ${error.message}`, {
    code: sqlState(error.code),
    hint: (error.code === undefined ? undefined : hints[error.code]) ?? error.hint,
    evidence: error.detail === undefined ? [] : [`detail: ${error.detail}`],
    cause: error,
  });
}

/**
 * The line that a position points into and a caret under it. The position counts characters from 1, as
 * PostgreSQL does. Empty where it lies outside of the text.
 */
export function positionEvidence(sql: string, position: number): readonly string[] {
  const characters = Array.from(sql);
  if (!Number.isInteger(position) || position < 1 || position > characters.length + 1) return [];
  const before = characters.slice(0, position - 1);
  const start = before.lastIndexOf("\n") + 1;
  const end = characters.indexOf("\n", position - 1);
  const line = characters.slice(start, end < 0 ? undefined : end);
  const lineNumber = before.filter((character) => character === "\n").length + 1;
  const column = position - 1 - start;
  // A line of a generated file may be megabytes long: show what is around the place.
  const from = column > 60 ? column - 60 : 0;
  const shown = line.slice(from, from + 120).map((character) => (character === "\t" || character === "\r" ? " " : character));
  const label = `line ${lineNumber}: ${from > 0 ? "…" : ""}`;
  const more = line.length > from + 120 ? " …" : "";
  return [`${label}${shown.join("").trimEnd()}${more}`, `${" ".repeat(Array.from(label).length + column - from)}^`];
}

/** Rows are people's: what a constraint's message says of their values is left out. */
function withoutValues(error: ServerError): string | undefined {
  if (error.detail === undefined || error.code?.startsWith("23") !== true) return error.detail;
  if (error.code === "23502" || error.code === "23514") return undefined;
  return error.detail.replace(/=\(.*\)/su, "=(…)");
}

function context(where: string): readonly string[] {
  const lines = where.split("\n").slice(0, 3);
  return lines.map((line) => `context: ${line.replace(/^(COPY [^:]*):.*$/u, "$1")}`);
}

/** The statement that gives the missing right, where the server's error tells which it is. */
function privilegeHint(error: ServerError, target: DatabaseTarget): string | undefined {
  if (error.code !== "42501") return undefined;
  const role = identifier(target.user);
  switch (error.routine) {
    case "createdb":
    case "RenameDatabase":
      return `ALTER ROLE ${role} CREATEDB, and make it a member of the database's owner: GRANT <owner> TO ${role}; or name a role that has both in database-admin-url`;
    case "pg_terminate_backend":
      return `GRANT pg_signal_backend TO ${role}`;
    default:
      return `the role ${role} lacks this right: GRANT it, or GRANT the owning role TO ${role}, or name a role that has it in database-admin-url`;
  }
}
