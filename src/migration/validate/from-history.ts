import type { HistoryRow } from "../history.ts";
import type { Migration, Script } from "../migration.ts";
import { statementProblem } from "../rules.ts";
import { readSections } from "../sections.ts";
import { splitStatements } from "../split.ts";

/** What a database's history says was applied, as migrations in that order: the texts of that time, whatever the files say now. */
export function migrationsOf(rows: readonly HistoryRow[]): readonly Migration[] {
  return rows
    .filter(({ state }) => state === "applied")
    .map(({ version, description, checksum, upSql }) => ({
      version,
      description,
      checksum,
      up: scriptOf(version, upSql),
      down: { state: "missing" },
    }));
}

/** The mark may have stood above both sections, and is not in the text then: what cannot run in a transaction tells by itself. */
function scriptOf(version: string, sql: string): Script {
  const { statements } = splitStatements(sql);
  const marked = readSections(sql, "up").up?.transactional === false;
  const transactional = !marked && statements.every((statement) => statementProblem(statement, true) === undefined);
  return { file: `the UP of ${version}`, sql, statements, transactional };
}
