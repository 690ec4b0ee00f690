import { Failure } from "../../core/failure.ts";
import { scriptOfDown } from "../down.ts";
import type { HistoryRow } from "../history.ts";
import { parser } from "../lint/tree.ts";
import type { Migration } from "../migration.ts";
import { splitStatements } from "../split.ts";
import { eachStatement, lostBy } from "./plan.ts";
import { knownToStay } from "./way-back.ts";

/**
 * What of applied migrations is known to stay when their DOWN has run, a line for each statement; none where nothing is known.
 * That what DOWN names is really undone shows only when it runs. Without PostgreSQL's parser nothing is known.
 * @param rows in the order in which they were applied.
 */
export async function staysAfterDown(rows: readonly HistoryRow[], load = parser): Promise<readonly string[]> {
  const set = rows.flatMap((row) => asMigration(row) ?? []);
  if (set.length === 0) return [];
  const parse = await load().catch((error: unknown) => {
    if (error instanceof Failure && error.code === "no-parser") return undefined;
    throw error;
  });
  if (parse === undefined) return [];
  const stays: string[] = [];
  eachStatement(set, parse, ({ version, description, down }, { looked, effect }) => {
    if (down.state !== "given") return;
    const { statement } = looked;
    const stay = knownToStay(effect, { up: statement, down: down.script }, lostBy(looked, effect));
    if (stay !== undefined) stays.push(`the DOWN of ${version} (${description}) does not undo line ${statement.line} of its UP: ${stay}`);
  });
  return stays;
}

/** As the history keeps it. */
function asMigration(row: HistoryRow): Migration | undefined {
  const down = scriptOfDown(row);
  if (down === undefined) return undefined;
  const { statements } = splitStatements(row.upSql);
  return {
    version: row.version,
    description: row.description,
    checksum: row.checksum,
    up: { file: `the UP of ${row.version}`, sql: row.upSql, statements, transactional: true },
    down: { state: "given", script: down },
  };
}
