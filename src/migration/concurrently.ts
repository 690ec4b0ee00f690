import { Failure } from "../core/failure.ts";
import type { Connection } from "../postgres/connection.ts";
import { qualified } from "../postgres/literal.ts";
import { outsideTransaction, wordsOf } from "./rules.ts";
import type { Statement } from "./split.ts";

/**
 * What a statement that cannot run in a transaction leaves behind, so that one which was interrupted between its end
 * and our note of it is not run a second time, and one that failed can be cleaned up.
 */
export type Trace =
  | { readonly kind: "creates-index"; readonly index: string; readonly table: string }
  | { readonly kind: "drops-index"; readonly index: string }
  | { readonly kind: "none" };

/** `none` also for an index without a name: PostgreSQL chooses one. */
export function traceOf(statement: Statement): Trace {
  const what = outsideTransaction(wordsOf(statement));
  if (what !== "CREATE INDEX CONCURRENTLY" && what !== "DROP INDEX CONCURRENTLY") return { kind: "none" };
  const words = [...wordsOf(statement)];
  const raw = statement.tokens.map((token) => statement.sql.slice(token.start - offsetOf(statement), token.end - offsetOf(statement)));
  let at = words.indexOf("CONCURRENTLY") + 1;
  if (words[at] === "IF") at += words[at + 1] === "NOT" ? 3 : 2;
  if (words[at] === "ON" && what === "CREATE INDEX CONCURRENTLY") return { kind: "none" };
  const [index, afterIndex] = readName(raw, at);
  if (what === "DROP INDEX CONCURRENTLY") return { kind: "drops-index", index };
  const on = words.indexOf("ON", afterIndex);
  const [table] = readName(raw, words[on + 1] === "ONLY" ? on + 2 : on + 1);
  return { kind: "creates-index", index: bareName(raw, at), table };
}

function offsetOf(statement: Statement): number {
  return statement.tokens[0]?.start ?? 0;
}

/** A name as SQL writes it, with its schema, and the place behind it. */
function readName(raw: readonly string[], from: number): readonly [string, number] {
  let at = from;
  let name = raw[at] ?? "";
  while (raw[at + 1] === ".") {
    name += `.${raw[at + 2] ?? ""}`;
    at += 2;
  }
  return [name, at + 1];
}

/** The name as the catalogs have it. */
function bareName(raw: readonly string[], at: number): string {
  const name = raw[at] ?? "";
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}

export interface IndexState {
  readonly state: "absent" | "valid" | "invalid";
  /** As SQL names it. */
  readonly name: string;
}

/** The index of that name on that table, or of that name alone. */
export async function indexState(connection: Connection, trace: Exclude<Trace, { kind: "none" }>): Promise<IndexState> {
  const byTable = trace.kind === "creates-index";
  const rows = await connection.query<{ schema: string; name: string; valid: boolean }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, i.indisvalid AS valid
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${byTable ? "i.indrelid = to_regclass($1) AND c.relname = $2" : "c.oid = to_regclass($1)"}`,
    byTable ? [trace.table, trace.index] : [trace.index],
  );
  const row = rows[0];
  if (row === undefined) return { state: "absent", name: trace.index };
  return { state: row.valid ? "valid" : "invalid", name: qualified(row.schema, row.name) };
}

/** Whether the thing that the statement makes or drops was there before it ran. */
export async function existedBefore(connection: Connection, statement: Statement): Promise<boolean> {
  const trace = traceOf(statement);
  return trace.kind !== "none" && (await indexState(connection, trace)).state !== "absent";
}

/** Drops the INVALID index that an interrupted CREATE INDEX CONCURRENTLY of ours left; its name where there was one. */
export async function dropInvalid(connection: Connection, statement: Statement): Promise<string | undefined> {
  const trace = traceOf(statement);
  if (trace.kind !== "creates-index") return undefined;
  const found = await indexState(connection, trace);
  if (found.state !== "invalid") return undefined;
  await connection.exec(`DROP INDEX CONCURRENTLY ${found.name}`);
  return found.name;
}

/** An INVALID index that was there before is not ours to drop, and IF NOT EXISTS would take it for a good one. */
export async function refuseForeignInvalid(connection: Connection, statement: Statement, file: string): Promise<void> {
  const trace = traceOf(statement);
  if (trace.kind !== "creates-index") return;
  const found = await indexState(connection, trace);
  if (found.state !== "invalid") return;
  throw new Failure(`${file}:${statement.line}: an INVALID index ${found.name} is there already, left by something else.`, {
    code: "invalid-index",
    hint: `Look at it, then: DROP INDEX CONCURRENTLY ${found.name};`,
  });
}
