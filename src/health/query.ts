import { clauseOf, Failure } from "../core/failure.ts";
import { formatDuration } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Database } from "../postgres/database.ts";
import { shortLine } from "./excerpt.ts";
import type { Attempt, Check, CheckResult } from "./verdict.ts";

const SYNTAX_ERROR = "42601";

/** The check of `query`, on a connection of its own each time: whether one can be made is half of the question. */
export function queryCheck(sql: string, database: Pick<Database, "connect" | "name">): Check {
  return { label: "query", order: "together", run: async (attempt) => await ask(sql, database, attempt) };
}

async function ask(sql: string, database: Pick<Database, "connect" | "name">, { signal, limitMs }: Attempt): Promise<CheckResult> {
  const about = `query on ${database.name}: ${shortLine(sql)}`;
  const failing = (reason: string, more: Partial<Extract<CheckResult, { passed: false }>> = {}): CheckResult => ({
    passed: false,
    reason,
    evidence: [about, reason],
    ...more,
  });
  let connected = false;
  try {
    await using connection: Connection = await database.connect("health", { signal, statementTimeout: limitMs });
    connected = true;
    const [row] = await connection.query(sql);
    const answer = row === undefined ? undefined : Object.values(row)[0];
    if (isTrue(answer)) return { passed: true, detail: "the query is true" };
    return failing(`the query returned ${row === undefined ? "no row" : describeAnswer(answer)}`);
  } catch (error) {
    // The time limit comes from both sides; whichever is first.
    if (signal.aborted || (connected && codeOf(error) === "57014")) {
      const reason = connected
        ? `the query did not end within ${formatDuration(limitMs)}`
        : `no connection to ${database.name} within ${formatDuration(limitMs)}`;
      return failing(reason, { topic: "query gave up", gaveUp: true });
    }
    const message = shortLine(clauseOf(error));
    const reason = connected ? describeFailure(codeOf(error), message) : message;
    const [hint, seen] = error instanceof Failure ? [error.hint, error.evidence] : [undefined, []];
    return failing(reason, { hint, evidence: [about, message, ...seen], hopeless: codeOf(error) === SYNTAX_ERROR });
  }
}

/** Answers that are not true are words of a few kinds, but as long as somebody made them. */
function describeAnswer(answer: unknown): string {
  const word = shortLine(String(answer), 40);
  return word === "" ? "an empty text" : word;
}

/** Of these classes the server's message names what the query names: its syntax, tables, rights, limits, the server's state. */
const OF_THE_QUERY = /^(?:08|0A|25|28|3D|40|42|53|54|55|57)/;

/** The reason is journaled: a message that may quote a row, or what a function of the app says, is evidence alone. */
function describeFailure(code: string | undefined, message: string): string {
  if (code === undefined || OF_THE_QUERY.test(code)) return `the query failed: ${message}`;
  return `the query failed (${code})`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Failure ? error.code : undefined;
}

/** Neither false, null, 0 (of any numeric type), empty, nor a word for false. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false;
  if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0 && !Number.isNaN(Number(value));
  if (typeof value !== "string") return true;
  const word = value.trim().toLowerCase();
  // `numeric` comes as text; so does NaN of it.
  return !["", "f", "false", "n", "no", "off", "nan"].includes(word) && Number(word) !== 0;
}
