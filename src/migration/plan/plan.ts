import { wholeStatement } from "../blockers.ts";
import { inWords, tableCommands } from "../lint/commands.ts";
import { type LookedAt, lookAt } from "../lint/lint.ts";
import type { SqlTable, SqlTree } from "../lint/tree.ts";
import type { Migration } from "../migration.ts";
import { classesOf, classesOfStatement, type MigrationClass, type SeenStatement, worstClass } from "./classes.ts";
import type { Effect, Work } from "./effect.ts";
import { effectOf } from "./effects.ts";
import type { LockTaken } from "./lock.ts";
import { lostGoingBack, missingWayBack } from "./way-back.ts";

/** What would run, known before it does. */
export interface MigrationPlan {
  readonly migrations: readonly PlannedMigration[];
  /** The worst class of all; `none` where nothing is pending. */
  readonly risk: MigrationClass | "none";
}

export interface PlannedMigration {
  readonly version: string;
  readonly description: string;
  readonly file: string;
  /** False where it runs statement by statement, marked `-- no-transaction`. */
  readonly transactional: boolean;
  readonly classes: readonly MigrationClass[];
  readonly statements: readonly PlannedStatement[];
  /** What going back over it would lose of what was written since. */
  readonly lostGoingBack: readonly string[];
}

export interface PlannedStatement {
  readonly line: number;
  /** On one line, cut where it is long, without texts that may be people's. */
  readonly statement: string;
  readonly classes: readonly MigrationClass[];
  readonly locks: readonly LockTaken[];
  readonly work: Work | undefined;
  /** What those who are there meet: sentences of the rules, and why the running code may not live with it. */
  readonly notes: readonly string[];
  /** What of it DOWN does not bring back. */
  readonly stays: string | undefined;
}

/** Rules that find a rewrite or a whole read where the statement's kind alone does not tell. */
const WORK: Readonly<Record<string, Work>> = {
  "attach-reads-table": "reads the table",
  "constraint-checks-rows": "reads the table",
  "default-rewrites-table": "rewrites the table",
  "exclusion-builds-index": "reads the table",
  "unique-builds-index": "reads the table",
};

/** The pending migrations in order, as one set: what one makes, nobody has yet when the next one comes. Pure but for the parser. */
export function planMigrations(pending: readonly Migration[], parse: (sql: string) => SqlTree): MigrationPlan {
  const found = new Map<Migration, { readonly seen: SeenStatement[]; readonly statements: PlannedStatement[] }>(
    pending.map((migration) => [migration, { seen: [], statements: [] }]),
  );
  eachStatement(pending, parse, (migration, { looked, effect }) => {
    const own = found.get(migration);
    own?.seen.push({ findings: looked.findings, effect });
    own?.statements.push(planStatement(looked, effect, migration));
  });
  const migrations = [...found].map(([migration, { seen, statements }]): PlannedMigration => {
    const { version, description, up, down } = migration;
    const classes = classesOf(seen, down);
    return {
      version,
      description,
      file: up.file,
      transactional: up.transactional,
      classes,
      statements,
      lostGoingBack: lostGoingBack(migration),
    };
  });
  return { migrations, risk: worstClass(migrations.map(({ classes }) => classes)) };
}

/** A statement, with what the rules and its tree say of it. */
export interface StatementSeen {
  readonly looked: LookedAt;
  readonly effect: Effect;
}

/** Looks at each statement of a set, in order. Pure but for the parser. */
export function eachStatement(
  set: readonly Migration[],
  parse: (sql: string) => SqlTree,
  see: (migration: Migration, seen: StatementSeen) => void,
): void {
  const added = new AddedColumns();
  lookAt(set, parse, (migration, looked) => see(migration, { looked, effect: effectFor(looked, added) }));
}

/** What a statement loses, as a rule says it or its effect. */
export function lostBy({ findings }: Pick<LookedAt, "findings">, { loses }: Effect): string | undefined {
  return loses ?? findings.find(({ risk }) => risk === "destructive")?.message;
}

function effectFor({ tree, made }: LookedAt, added: AddedColumns): Effect {
  if ("problem" in tree) return { unknown: "PostgreSQL's parser does not read it" };
  const effect = effectOf(tree.node, { made, added: (table, column) => added.has(table, column) });
  // With IF NOT EXISTS it may have been there, filled.
  for (const { table, command } of tableCommands(tree.node))
    if (command.subtype === "AT_AddColumn" && command.missing_ok !== true && command.def !== undefined && "ColumnDef" in command.def)
      added.add(table, command.def.ColumnDef.colname ?? "");
  return effect;
}

function planStatement({ statement, findings }: LookedAt, effect: Effect, migration: Migration): PlannedStatement {
  const told = findings.filter(({ risk }) => risk !== "advice");
  const notes = [
    ...told.map(({ message }) => message),
    ...(effect.loses === undefined ? [] : [`${upper(effect.loses)}.`]),
    ...(effect.unfit === undefined ? [] : [`The code that runs now: ${effect.unfit}.`]),
    ...(effect.unknown === undefined || told.some(({ risk }) => risk === "unknown") ? [] : [`${upper(effect.unknown)}.`]),
  ];
  return {
    line: statement.line,
    statement: wholeStatement(statement.sql),
    classes: classesOfStatement({ findings, effect }),
    locks: onceEach(effect.locks ?? []),
    work: told.map(({ rule }) => WORK[rule]).find((work) => work !== undefined) ?? effect.work,
    notes,
    stays: missingWayBack(effect, migration, lostBy({ findings }, effect)),
  };
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function onceEach(locks: readonly LockTaken[]): readonly LockTaken[] {
  return [...new Map(locks.map((lock) => [`${lock.mode} ${inWords(lock.on)}`, lock])).values()];
}

class AddedColumns {
  readonly #columns = new Set<string>();

  add({ schema = "public", name }: SqlTable, column: string): void {
    this.#columns.add(`${schema}\0${name}\0${column}`);
  }

  has({ schema = "public", name }: SqlTable, column: string): boolean {
    return this.#columns.has(`${schema}\0${name}\0${column}`);
  }
}
