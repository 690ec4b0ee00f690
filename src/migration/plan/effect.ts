import type { InsertStmt, Node } from "libpg-query";
import { everyNode, type SqlTable, tableOf, wordsOfName } from "../lint/tree.ts";
import type { LockTaken, TableLock } from "./lock.ts";

/** What a statement does to those who are there, told from its tree alone. */
export interface Effect {
  /** On tables that the set did not make. */
  readonly locks?: readonly LockTaken[];
  /** What it does to the rows that are there while it holds its lock. */
  readonly work?: Work | undefined;
  /** Why the code that runs now may not live with it; absent where it does. */
  readonly unfit?: string | undefined;
  /** Why nobody can tell. */
  readonly unknown?: string | undefined;
  /** What is gone afterwards. */
  readonly loses?: string | undefined;
  /** What DOWN should name: any of these, or the table as a whole. */
  readonly makes?: readonly Made[] | undefined;
}

export type Work = "rewrites the table" | "reads the table" | "writes rows";

export interface Made {
  readonly name: string;
  /** Goes with this table. */
  readonly of?: SqlTable | undefined;
  readonly column?: true;
}

/** What a row of the tables of effects may know. */
export interface Around {
  readonly made: (table: SqlTable | undefined) => boolean;
  /** Whether this set added the column. */
  readonly added: (table: SqlTable, column: string) => boolean;
}

/** One kind of statement, typed by its node. */
export type EffectsByKind = { readonly [K in StatementKind]?: (statement: StatementOf<K>, around: Around) => Effect };
type StatementKind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;
type StatementOf<K extends StatementKind> = Node extends infer Each ? (Each extends Readonly<Record<K, infer S>> ? S : never) : never;

/** The lock, where others know the table. */
export function lockOn(table: SqlTable | undefined, mode: TableLock, { made }: Around): readonly LockTaken[] {
  return table === undefined || made(table) ? [] : [{ on: table, mode }];
}

export function tablesIn(nodes: readonly Node[] | undefined): readonly SqlTable[] {
  return (nodes ?? []).flatMap((node) => ("RangeVar" in node ? (tableOf(node.RangeVar) ?? []) : []));
}

/** The name as a DROP or COMMENT writes it: `["public", "orders"]`. */
export function namedTable(node: Node | undefined): SqlTable | undefined {
  const words = node === undefined ? [] : wordsOfName([node]);
  const name = words.at(-1);
  return name === undefined ? undefined : { schema: words.at(-2), name };
}

/** Functions that change nothing that outlives the statement, or take a sequence's next number, as the running code does. */
const HARMLESS = new Set(
  (
    "abs array_agg avg ceil char_length clock_timestamp concat concat_ws count current_database current_schema current_setting currval " +
    "date_part date_trunc exists floor format gen_random_uuid generate_series has_table_privilege json_agg json_build_object jsonb_agg " +
    "jsonb_build_object length lower make_date max md5 min mod nextval now nullif pg_get_serial_sequence pg_size_pretty quote_ident " +
    "quote_literal random regexp_replace replace round row_number rtrim set_config split_part string_agg substr substring sum " +
    "timezone to_char to_date to_regclass to_timestamp trim upper uuid_generate_v4 version"
  ).split(" "),
);

/** Whether an INSERT writes over rows that are there. */
export function overwrites({ onConflictClause }: InsertStmt): boolean {
  return onConflictClause?.action === "ONCONFLICT_UPDATE";
}

/** What stands inside of a query and does more than to read: DML in WITH, or a function that nobody here knows. */
export function insideOf(query: unknown): Pick<Effect, "loses" | "unknown" | "unfit"> {
  let unknown: string | undefined;
  let unfit: string | undefined;
  let loses: string | undefined;
  for (const node of everyNode(query)) {
    if ("DeleteStmt" in node || "UpdateStmt" in node || "MergeStmt" in node)
      loses = "the rows that it changes or deletes inside are not kept";
    if ("InsertStmt" in node && overwrites(node["InsertStmt"] as InsertStmt)) loses = "the values that it overwrites inside are not kept";
    if (!("FuncCall" in node)) continue;
    const call = node["FuncCall"] as { readonly funcname?: readonly Node[] };
    const words = wordsOfName(call.funcname);
    const name = words.at(-1) ?? "";
    // Another schema's function of the name is another function.
    const others = words.length > 1 && words[0] !== "pg_catalog";
    if (name === "setval" && !others) unfit = "it gets other numbers from then on, and one that is there already is refused";
    else if (!HARMLESS.has(name) || others) unknown = `what ${words.join(".")}() does inside is not seen`;
  }
  return { ...(loses !== undefined && { loses }), ...(unknown !== undefined && { unknown }), ...(unfit !== undefined && { unfit }) };
}
