import { formatCount, formatSize, plural } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import { describeBlocker } from "../blockers.ts";
import type { MigrationClass } from "./classes.ts";
import { whoWaits } from "./lock.ts";
import { type LockedTable, lockInWords } from "./on-server.ts";
import type { MigrationPlan, PlannedStatement } from "./plan.ts";

/** More statements than that are read by nobody: those that nobody notices are only counted then. `--json` has all. */
const MOST_STATEMENTS = 100;

/** The plan, statement by statement; with a database at hand, the tables that it locks. */
export function plannedBlocks(plan: MigrationPlan, tables: readonly LockedTable[] | undefined): readonly Block[] {
  const all = plan.migrations.flatMap((migration) => migration.statements.map((statement) => ({ file: migration.file, statement })));
  const told = all.length <= MOST_STATEMENTS ? all : all.filter(({ statement }) => !isQuiet(statement));
  const shown = told.slice(0, MOST_STATEMENTS);
  const left = all.length - shown.length;
  return [
    migrationsTable(plan),
    {
      kind: "table",
      folds: true,
      title: "What each statement does",
      head: ["where", "statement", "lock, and who waits", "to the rows", "the code that runs now, and what is lost", "DOWN"],
      rows: shown.map(({ file, statement }) => [
        `${file}:${statement.line}`,
        statement.statement,
        statement.locks.map((lock) => `${lockInWords(lock)} (${whoWaits(lock.mode)})`).join("; "),
        statement.work ?? "",
        statement.notes.join(" ") || "lives with it",
        statement.stays ?? "nothing seen to be missing",
      ]),
    },
    ...(left === 0 ? [] : [{ kind: "text" as const, text: `${plural(left, "statement")} more, in \`--json\`.` }]),
    ...(tables === undefined || tables.length === 0 ? [] : [tablesTable(tables)]),
  ];
}

/** Each migration once: `2 additive, 1 destructive`; `1 additive; 1 destructive, irreversible and blocking`. */
export function countedClasses(plan: MigrationPlan): string {
  const counted = new Map<string, number>();
  for (const { classes } of plan.migrations) {
    const told = enumerated(classes);
    counted.set(told, (counted.get(told) ?? 0) + 1);
  }
  const several = plan.migrations.some(({ classes }) => classes.length > 1);
  return [...counted].map(([told, count]) => `${formatCount(count)} ${told}`).join(several ? "; " : ", ");
}

function enumerated(classes: readonly MigrationClass[]): string {
  const last = classes.at(-1) ?? "";
  return classes.length < 2 ? last : `${classes.slice(0, -1).join(", ")} and ${last}`;
}

function isQuiet({ classes, stays }: PlannedStatement): boolean {
  return classes.join() === "additive" && stays === undefined;
}

function migrationsTable(plan: MigrationPlan): Block {
  return {
    kind: "table",
    folds: true,
    title: "Pending migrations",
    head: ["migration", "is", "runs", "going back loses what was written since"],
    rows: plan.migrations.map(({ file, classes, transactional, lostGoingBack }) => [
      file,
      classes.join(", "),
      transactional ? "in one transaction" : "statement by statement",
      lostGoingBack.join("; "),
    ]),
  };
}

function tablesTable(tables: readonly LockedTable[]): Block {
  return {
    kind: "table",
    folds: true,
    title: "The tables that are locked, as they are now",
    head: ["table", "rows, about", "size, about", "strongest lock", "in the way now"],
    rows: tables.map(({ table, rows, bytes, lock, holders }) => [
      table,
      rows === undefined ? "never counted" : formatCount(rows),
      bytes === undefined ? "" : formatSize(bytes),
      lock,
      holders.map(describeBlocker).join("; "),
    ]),
  };
}
