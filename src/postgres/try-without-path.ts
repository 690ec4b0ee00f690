import { clauseOf, Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Connection } from "./connection.ts";
import type { Evaluated } from "./evaluated.ts";

/** What came of evaluating something as a restore will, with no search path. */
export type Trial = { readonly is: "fine" } | { readonly is: "broken" } | { readonly is: "untried"; readonly why: string };

/** Milliseconds for one statement, and for all that a look tries. */
const LIMIT = 2000;
export const TRIAL_BUDGET = 10_000;

/** No such table, function, type, schema. */
export const NOT_FOUND: readonly string[] = ["42P01", "42883", "42704", "3F000"];

/**
 * Evaluates it over the rows that are there, read-only, taken back, and within a limit; nothing that is not certainly
 * harmless. `path` is what a session of the application's finds names in.
 */
export async function tryWithoutPath(
  connection: Connection,
  { probes, filled, danger }: Evaluated,
  path: string,
  until: number,
): Promise<Trial> {
  if (danger !== null) return { is: "untried", why: danger };
  if (probes.length === 0) return { is: "untried", why: "no column holds it yet" };
  for (const probe of probes) {
    if (performance.now() > until) return { is: "untried", why: "there was no time left" };
    const without = await evaluate(connection, probe, "");
    if (!(without instanceof Failure)) continue;
    if (!NOT_FOUND.includes(without.code ?? "")) return { is: "untried", why: reason(without) };
    const other = await evaluate(connection, probe, path);
    if (other instanceof Failure) return { is: "untried", why: `with a search path it fails as well: ${clauseOf(other)}` };
    return await whereFilled(connection, filled, { is: "broken" });
  }
  return await whereFilled(connection, filled, { is: "fine" });
}

function reason({ code, message }: Failure): string {
  return code === "57014" ? `it takes longer than ${formatDuration(LIMIT)}` : message;
}

async function whereFilled(connection: Connection, filled: string, trial: Trial): Promise<Trial> {
  const rows = await evaluate(connection, filled, "");
  if (rows instanceof Failure) return { is: "untried", why: reason(rows) };
  return rows[0]?.["filled"] === true ? trial : { is: "untried", why: "there are no rows yet" };
}

/** Its rows, or why it fails. An index must not answer in the place of what is evaluated, and nobody's policy is run. */
async function evaluate(connection: Connection, sql: string, path: string): Promise<readonly Record<string, unknown>[] | Failure> {
  try {
    await connection.exec(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${LIMIT}; SET LOCAL lock_timeout = 500; SET LOCAL row_security = off;
       SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`,
    );
    await connection.query("SELECT pg_catalog.set_config('search_path', $1, true)", [path]);
    return await connection.query(sql);
  } catch (error) {
    if (error instanceof Failure && error.code !== "connection-lost") return error;
    throw error;
  } finally {
    await connection.exec("ROLLBACK");
  }
}
