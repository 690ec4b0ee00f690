import { clauseOf, Failure } from "../core/failure.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { type Evaluated, evaluatedByRestore, type Used } from "./evaluated.ts";
import { identifier } from "./literal.ts";
import { type Names, namesBare } from "./names-bare.ts";
import { ownPath, usualPath } from "./session-path.ts";
import { NOT_FOUND, type Trial, TRIAL_BUDGET, tryWithoutPath } from "./try-without-path.ts";

/** A function that finds something only by the search path, and what a restore, which has none, evaluates it for. */
export interface PathDependent {
  /** With its arguments, as SQL names it. */
  readonly function: string;
  /** `the index public.by_rate`, … */
  readonly usedBy: readonly string[];
  /** Where it is not certain: why it could not be tried. */
  readonly untried: string | undefined;
  /** The whole statement that lets it be restored. */
  readonly fix: string;
}

/** What stands in the way: evaluated as a restore does, it failed for want of a path. */
export function pathProblem(one: PathDependent): { readonly problem: string; readonly fix: string } {
  return {
    problem: `${one.function}, used by ${one.usedBy.join(", ")}, finds what it names by the search path alone; a restore has none, so no backup can be restored`,
    fix: `In the database: ${one.fix}`,
  };
}

/** What only seems to stand in the way. */
export function pathWarning(one: PathDependent): string {
  return `${one.function}, used by ${one.usedBy.join(", ")}, seems to find what it names by the search path alone, and a restore has none. That could not be tried (${one.untried ?? "nothing says why"}). If so, no backup can be restored. In the database: ${one.fix}`;
}

/**
 * Functions that need a search path and are evaluated by a restore, which has an empty one: such a dump is whole and cannot
 * be restored. What a restore evaluates is tried as the application's role, with all that it calls in turn. Only where it
 * cannot be tried is PostgreSQL's own check of a body in SQL believed, and one in PL/pgSQL read for names.
 */
export async function pathDependent(database: Database, connection: Connection): Promise<readonly PathDependent[]> {
  const { all, guessed } = await connection.inSnapshot(async () => {
    const evaluated = await evaluatedByRestore(connection);
    return { all: evaluated, guessed: evaluated.length === 0 ? new Set<bigint>() : await guess(connection, evaluated) };
  });
  if (all.length === 0) return [];
  const findings = new Map<string, { readonly one: Used; readonly usedBy: string[]; untried: string | undefined }>();
  for (const { what, functions, trial } of await tryAll(database, all)) {
    if (trial.is === "fine") continue;
    const seeming = functions.filter(({ oid }) => guessed.has(oid));
    // A path on what is called first is one for all that it calls in turn.
    for (const one of trial.is === "broken" && seeming.length === 0 ? functions : seeming) {
      const untried = trial.is === "untried" ? trial.why : undefined;
      const known = findings.get(one.name);
      if (known === undefined) findings.set(one.name, { one, usedBy: [what], untried });
      else {
        known.usedBy.push(what);
        if (untried === undefined) known.untried = undefined;
      }
    }
  }
  const path = findings.size === 0 ? null : await usualPath(connection);
  return [...findings.values()].map(({ one, usedBy, untried }) => ({
    function: one.name,
    usedBy,
    untried,
    fix: `ALTER FUNCTION ${one.name} SET search_path = ${path ?? identifier(one.schema)};`,
  }));
}

type TriedPath = Evaluated & { readonly trial: Trial };

async function tryAll(database: Database, all: readonly Evaluated[]): Promise<readonly TriedPath[]> {
  const until = performance.now() + TRIAL_BUDGET;
  try {
    await using connection = await database.connect("look");
    // As this role sees them: what it must not run depends on who it is.
    const seen = new Map((await connection.inSnapshot(async () => await evaluatedByRestore(connection))).map((one) => [one.what, one]));
    const path = await ownPath(connection);
    const tried: TriedPath[] = [];
    for (const one of all) {
      const its = seen.get(one.what);
      tried.push({ ...one, trial: its === undefined ? CHANGED : await tryWithoutPath(connection, its, path, until) });
    }
    return tried;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return all.map((one) => ({ ...one, trial: { is: "untried", why: clauseOf(error) } }));
  }
}

const CHANGED: Trial = { is: "untried", why: "it was changed in between" };

/** The functions that seem to need a path, by what can be seen of them alone. */
async function guess(connection: Connection, all: readonly Evaluated[]): Promise<ReadonlySet<bigint>> {
  const [row] = await connection.query<{ relations: string[]; functions: string[] }>(
    `SELECT ARRAY(SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS relations,
            ARRAY(SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace GROUP BY 1
               HAVING bool_and(n.nspname <> 'pg_catalog')) AS functions`,
  );
  const names: Names = { relations: new Set(row?.relations), functions: new Set(row?.functions) };
  const guessed = new Set<bigint>();
  const functions = new Map(all.flatMap((one) => one.functions).map((one) => [one.oid, one]));
  for (const { oid, language, body } of functions.values()) {
    const needs = language === "sql" ? await failsWithoutPath(connection, oid) : namesBare(body, names);
    if (needs) guessed.add(oid);
  }
  return guessed;
}

/** PostgreSQL's own check of a body in SQL, under the empty path that a restore has. */
async function failsWithoutPath(connection: Connection, oid: bigint): Promise<boolean> {
  await connection.exec("SAVEPOINT body; SET LOCAL search_path = ''; SET LOCAL check_function_bodies = on");
  try {
    await connection.query("SELECT pg_catalog.fmgr_sql_validator($1::bigint::oid)", [oid]);
    return false;
  } catch (error) {
    // Whatever else is wrong with it (that we may not look, for one), a path does not mend it.
    if (error instanceof Failure && error.code !== "connection-lost") return NOT_FOUND.includes(error.code ?? "");
    throw error;
  } finally {
    await connection.exec("ROLLBACK TO SAVEPOINT body");
  }
}
