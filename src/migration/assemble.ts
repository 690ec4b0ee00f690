import { decodeSql } from "./decode.ts";
import {
  canonicalVersion,
  checksumOf,
  compareMigrationVersions,
  type Down,
  type MigrationProblem,
  type Migration,
  type Script,
  NAMED_AND_MARKED,
} from "./migration.ts";
import { readFileName } from "./name.ts";
import { statementProblem } from "./rules.ts";
import { readSections, type SqlSection, type SqlSections } from "./sections.ts";
import { splitStatements } from "./split.ts";

/** A file as it lies in the migrations folder. */
export interface SourceFile {
  /** Its name in the folder. */
  readonly name: string;
  /** What messages call it: the path in the checkout. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Assembled {
  /** Ordered by version. */
  readonly migrations: readonly Migration[];
  /** Everything wrong with the files, in the order of the files. */
  readonly problems: readonly MigrationProblem[];
}

interface Part {
  readonly version: string;
  readonly description: string;
  readonly path: string;
  readonly sections: SqlSections;
}

/** Turns a folder's files into migrations; every problem is collected, none stops the reading. */
export function assembleMigrations(files: readonly SourceFile[]): Assembled {
  const problems: MigrationProblem[] = [];
  const parts = files.flatMap((file) => readPart(file, problems) ?? []);
  const migrations: Migration[] = [];
  for (const group of Map.groupBy(parts, (part) => canonicalVersion(part.version)).values()) {
    const migration = join(group, problems);
    if (migration !== undefined) migrations.push(migration);
  }
  const order = new Map(files.map((file, index) => [file.path, index]));
  return {
    migrations: migrations.sort((a, b) => compareMigrationVersions(a.version, b.version)),
    problems: problems.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0)),
  };
}

function readPart(file: SourceFile, problems: MigrationProblem[]): Part | undefined {
  const name = readFileName(file.name);
  if (name.kind === "other") return undefined;
  if (name.kind === "misnamed") {
    problems.push({ file: file.path, message: name.message, hint: NAMED_AND_MARKED });
    return undefined;
  }
  const decoded = decodeSql(file.bytes);
  if ("problem" in decoded) {
    problems.push({ file: file.path, ...decoded.problem });
    return undefined;
  }
  const sections = readSections(decoded.text, name.direction);
  problems.push(...sections.problems.map((problem) => ({ file: file.path, ...problem })));
  return { version: name.version, description: name.description, path: file.path, sections };
}

const EMPTY_UP =
  "Write what the migration does into its UP (comments alone do nothing). One that is not written yet belongs on no branch that is deployed.";

function join(group: readonly Part[], problems: MigrationProblem[]): Migration | undefined {
  const ups = group.filter((part) => part.sections.up !== undefined || part.sections.down === undefined);
  const downs = group.filter((part) => !ups.includes(part));
  const [first, ...others] = ups;
  if (first === undefined) {
    const unsaid = downs.filter((part) => part.sections.problems.length === 0);
    for (const part of unsaid)
      problems.push({ file: part.path, message: `there is no UP for version ${part.version}`, hint: NAMED_AND_MARKED });
    return undefined;
  }
  for (const other of others) {
    problems.push({ file: other.path, message: `version ${other.version} is already ${first.path}: give one of them another version` });
  }
  const [withDown, ...furtherDowns] = [...(first.sections.down === undefined ? [] : [first]), ...downs];
  for (const other of furtherDowns) {
    problems.push({ file: other.path, message: `the DOWN of version ${other.version} is already in ${withDown?.path}` });
  }
  if (first.sections.up === undefined) return undefined;
  const up = script(first.path, first.sections.up, problems);
  // Where the text could not be read, that is said already.
  const unread = problems.some((problem) => problem.file === first.path);
  if (up.statements.length === 0 && !unread) {
    problems.push({
      file: first.path,
      line: first.sections.up.firstLine,
      message: "its UP is empty: no statement stands in it",
      hint: EMPTY_UP,
    });
  }
  return {
    version: first.version,
    description: first.description,
    up,
    down: downOf(withDown ?? first, problems),
    checksum: checksumOf(up.sql),
  };
}

function downOf(part: Part, problems: MigrationProblem[]): Down {
  const section = part.sections.down;
  const given = section === undefined ? undefined : script(part.path, section, problems);
  const mark = part.sections.irreversible;
  if (mark !== undefined) {
    const statement = given?.statements[0];
    if (given !== undefined && statement !== undefined) {
      problems.push({ file: given.file, line: statement.line, message: "is marked `-- irreversible` and yet has a DOWN" });
    }
    return { state: "irreversible", reason: mark.reason };
  }
  // A DOWN without statements would "succeed" and undo nothing.
  return given === undefined || given.statements.length === 0 ? { state: "missing" } : { state: "given", script: given };
}

function script(file: string, section: SqlSection, problems: MigrationProblem[]): Script {
  const { statements, problem } = splitStatements(section.sql, section.firstLine);
  if (problem !== undefined) problems.push({ file, ...problem });
  for (const statement of statements) {
    const message = statementProblem(statement, section.transactional);
    if (message !== undefined) problems.push({ file, line: statement.line, message });
  }
  return { file, sql: section.sql, statements, transactional: section.transactional };
}
