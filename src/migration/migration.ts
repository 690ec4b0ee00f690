import { createHash } from "node:crypto";
import { refusal } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import type { Statement } from "./split.ts";

/** One versioned change of the schema, as its file or files say. */
export interface Migration {
  /** The digits of the file name, as they stand there. */
  readonly version: string;
  /** The file name's words. */
  readonly description: string;
  readonly up: Script;
  readonly down: Down;
  /** SHA-256 of the UP text, the same for LF and CRLF checkouts and for one file or two. */
  readonly checksum: string;
}

/** What runs in one direction. */
export interface Script {
  /** For messages: the path as given, e.g. `migrations/001_orders.sql`. */
  readonly file: string;
  /** The normalised text: LF, without BOM. */
  readonly sql: string;
  /** Lines count in the file. */
  readonly statements: readonly Statement[];
  /** False where the section is marked `-- no-transaction`. */
  readonly transactional: boolean;
}

export type Down =
  | { readonly state: "given"; readonly script: Script }
  | { readonly state: "missing" }
  | { readonly state: "irreversible"; readonly reason?: string | undefined };

/** Something wrong with the files, found before anything runs. */
export interface MigrationProblem {
  readonly file: string;
  readonly line?: number | undefined;
  readonly message: string;
  /** What mends it, where the message does not say so itself. */
  readonly hint?: string;
}

export function checksumOf(upSql: string): string {
  return createHash("sha256").update(upSql.trim(), "utf8").digest("hex");
}

/** Orders versions as numbers, however long and however padded: `9` before `010`. */
export function compareMigrationVersions(a: string, b: string): number {
  const [left, right] = [canonicalVersion(a), canonicalVersion(b)];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `001` and `1` are the same version. */
export function canonicalVersion(version: string): string {
  return version.replace(/^0+(?=.)/, "");
}

export function sameMigrationVersion(a: string, b: string): boolean {
  return canonicalVersion(a) === canonicalVersion(b);
}

/** `migrations/001_orders.sql:3: message` */
export function problemLine(problem: MigrationProblem): string {
  return `${problem.file}${problem.line === undefined ? "" : `:${problem.line}`}: ${problem.message}`;
}

/** How files are named and marked: the hint of what is wrong with that, and of nothing else. */
export const NAMED_AND_MARKED =
  "Each file is named `YYYYMMDDHHMM__description.sql` or `NNN_description.sql` and has an `-- UP` and a `-- DOWN` line, or comes as `….up.sql` and `….down.sql`.";

/** All that is wrong with the files, in one refusal. */
export function refuseMigrationProblems(problems: readonly MigrationProblem[]): void {
  const first = problems[0];
  if (first === undefined) return;
  const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
  const message =
    problems.length === 1
      ? `The migration ${problemLine(first)}`
      : `The migration files have ${plural(problems.length, "problem")}; nothing was run`;
  throw refusal(message, {
    code: "migration-files",
    ...(hints.length > 0 && { hint: hints.join("\n") }),
    ...(problems.length > 1 && { evidence: problems.map(problemLine) }),
  });
}
