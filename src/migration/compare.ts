import { Failure, refusal } from "../core/failure.ts";
import { formatMoment, plural } from "../core/format.ts";
import { differenceOf } from "./diff.ts";
import type { HistoryRow } from "./history.ts";
import { canonicalVersion, compareMigrationVersions, type Migration } from "./migration.ts";
import { splitStatements } from "./split.ts";

/** The files beside the history: what each side has. */
export interface Comparison {
  /** In the order in which they were applied. */
  readonly applied: readonly HistoryRow[];
  /** What `apply` would run, by version; a half-applied one is among them. */
  readonly pending: readonly Migration[];
  /** Applied, and the file's UP is another one now. */
  readonly changed: readonly { readonly migration: Migration; readonly row: HistoryRow; readonly difference: readonly string[] }[];
  /** Applied, and there is no file: the database is ahead of this commit. */
  readonly missing: readonly HistoryRow[];
  /** Half in the database: stopped between statements that run without a transaction. */
  readonly unfinished: readonly HistoryRow[];
  /** Pending although a newer version is applied. */
  readonly outOfOrder: readonly Migration[];
  /** The highest version that is applied. */
  readonly current: string | undefined;
}

export function compareWithHistory(migrations: readonly Migration[], rows: readonly HistoryRow[]): Comparison {
  const files = new Map(migrations.map((migration) => [canonicalVersion(migration.version), migration]));
  const history = new Map(rows.map((row) => [canonicalVersion(row.version), row]));
  const applied = rows.filter((row) => row.state === "applied");
  const current = applied
    .map((row) => row.version)
    .sort(compareMigrationVersions)
    .at(-1);
  const changed = rows.flatMap((row) => {
    const migration = files.get(canonicalVersion(row.version));
    if (migration === undefined || migration.checksum === row.checksum || continues(migration, row)) return [];
    return [{ migration, row, difference: differenceOf(row.upSql, migration.up.sql) }];
  });
  const pending = migrations.filter((migration) => history.get(canonicalVersion(migration.version))?.state !== "applied");
  return {
    applied,
    pending,
    changed,
    missing: rows.filter((row) => !files.has(canonicalVersion(row.version))),
    unfinished: rows.filter((row) => row.state !== "applied"),
    outOfOrder: pending.filter((migration) => current !== undefined && compareMigrationVersions(migration.version, current) < 0),
    current,
  };
}

/** Whether a half-applied migration may go on with this text: what is done stands in it unchanged. */
function continues(migration: Migration, row: HistoryRow): boolean {
  if (row.state === "applied" || row.progress?.direction !== "up" || migration.up.transactional) return false;
  const done = splitStatements(row.upSql).statements.slice(0, row.progress.done);
  return done.every((statement, index) => migration.up.statements[index]?.sql === statement.sql);
}

/** Applied migrations are immutable: throws a refusal that shows what changed. */
export function refuseChanged(comparison: Comparison): void {
  const [first] = comparison.changed;
  if (first === undefined) return;
  const many = comparison.changed.length > 1;
  throw refusal(
    many
      ? `${plural(comparison.changed.length, "migration")} changed after being applied: ${comparison.changed.map((one) => one.migration.version).join(", ")}.`
      : `${first.migration.up.file} changed after it was ${first.row.state === "applied" ? "applied" : "half applied"} (${formatMoment(first.row.startedAt)}, by ${first.row.appliedBy}).`,
    {
      code: "changed-migration",
      hint: "Put the file back as it was applied, and write what is new as a new migration. (To accept a change that alters nothing comes with a later version.)",
      evidence: comparison.changed.flatMap((one) => [
        ...(many ? [one.migration.up.file] : []),
        `checksum ${one.row.checksum.slice(0, 12)} when applied, ${one.migration.checksum.slice(0, 12)} now`,
        ...one.difference,
      ]),
    },
  );
}

/** What must be finished by another command first. */
export function refuseUnfinished(comparison: Comparison): void {
  for (const row of comparison.unfinished) {
    const progress = row.progress;
    const how = progress === undefined ? "" : ` after statement ${progress.done} of ${progress.of}`;
    if (progress?.direction === "down") {
      throw new Failure(`The DOWN of ${row.version} stopped${how}.`, {
        code: "half-applied",
        hint: "Finish it first: the command `migrate down` with `steps: 1` goes on behind the last statement that is done.",
      });
    }
    if (comparison.missing.includes(row)) {
      throw new Failure(`Migration ${row.version} (${row.description}) is half applied${how}, and its file is not here.`, {
        code: "half-applied",
        hint: "Apply from the commit that has the file, or roll back.",
      });
    }
  }
}
