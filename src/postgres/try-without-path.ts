import { Failure } from "../core/failure.ts";
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
 * Evaluates it over the rows that are there, read-only, taken back, and within a limit. Nothing is run that PostgreSQL was
 * told may do more than read, and nothing with more rights than who wrote it has.
 */
export async function tryWithoutPath(connection: Connection, { probes, filled, functions }: Evaluated, until: number): Promise<Trial> {
  const busy = functions.find(({ harmless }) => !harmless);
  if (busy !== undefined) return { is: "untried", why: `${busy.name} is VOLATILE, so to call it may do more than read` };
  const below = functions.find(({ below: owner }) => owner !== null);
  if (below !== undefined) return { is: "untried", why: `${below.name} is ${below.below}'s, and is not run as a superuser` };
  if (probes.length === 0) return { is: "untried", why: "no column holds it yet" };
  for (const probe of probes) {
    if (performance.now() > until) return { is: "untried", why: "there was no time left" };
    const without = await failureOf(connection, probe, { path: false });
    if (without === undefined) continue;
    if (!NOT_FOUND.includes(without.code ?? "")) return { is: "untried", why: reason(without) };
    const other = await failureOf(connection, probe, { path: true });
    if (other !== undefined) return { is: "untried", why: `with a search path it fails as well: ${other.message}` };
    return (await isFilled(connection, filled)) ? { is: "broken" } : EMPTY;
  }
  return (await isFilled(connection, filled)) ? { is: "fine" } : EMPTY;
}

const EMPTY: Trial = { is: "untried", why: "there are no rows yet" };

function reason({ code, message }: Failure): string {
  return code === "57014" ? `it takes longer than ${formatDuration(LIMIT)}` : message;
}

async function isFilled(connection: Connection, filled: string): Promise<boolean> {
  const [row] = await connection.query<{ filled: boolean }>(filled);
  return row?.filled === true;
}

/** Undefined where the statement ends well. An index or a policy must not answer in the place of what is evaluated. */
async function failureOf(connection: Connection, sql: string, { path }: { readonly path: boolean }): Promise<Failure | undefined> {
  const searchPath = path
    ? "SELECT pg_catalog.set_config('search_path', reset_val, true) FROM pg_catalog.pg_settings WHERE name = 'search_path'"
    : "SET LOCAL search_path = ''";
  try {
    await connection.exec(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${LIMIT}; SET LOCAL lock_timeout = 500; SET LOCAL row_security = off;
       SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off; ${searchPath}`,
    );
    await connection.query(sql);
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code !== "connection-lost") return error;
    throw error;
  } finally {
    await connection.exec("ROLLBACK");
  }
}
