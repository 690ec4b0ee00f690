import { refusal } from "../../core/failure.ts";
import { formatSize } from "../../core/format.ts";
import type { ColumnDef, Constraint, Node, RangeVar, TypeName } from "libpg-query";
import type { Statement } from "../split.ts";
import { lineAt } from "../tokens.ts";

/** One statement as PostgreSQL's own parser reads it, or why it does not. */
export type SqlTree =
  | { readonly node: Node }
  | { readonly problem: string; /** Where, in characters, if the parser says so. */ readonly at?: number | undefined };

/** A longer statement takes more memory than a process has: 20 MB take 1.4 GB, and at 50 MB the parser dies. */
const LONGEST = 8_000_000;

/**
 * PostgreSQL's parser, compiled to WebAssembly. It is loaded where it is asked for: it takes 40 ms of CPU, and only looking at
 * migrations before they run needs it. It reads what version 18 reads; what it cannot read is said, and never counts as checked.
 * @param longest in characters: a longer statement is not read.
 */
export async function parser(longest = LONGEST): Promise<(sql: string) => SqlTree> {
  const { hasSqlDetails, loadModule, parseSync } = await import("libpg-query");
  try {
    await loadModule();
  } catch (error) {
    throw refusal("PostgreSQL's parser could not be loaded.", {
      code: "no-parser",
      hint: "The one file `cli.js` of a release comes without it: use the action `migrate`, or install the packed program of the release with `npm install --global`.",
      cause: error,
    });
  }
  return (sql) => {
    if (sql.length > longest) return { problem: `it has ${formatSize(sql.length)}, and more than ${formatSize(longest)} do not fit` };
    try {
      const [first, second] = parseSync(sql).stmts ?? [];
      if (second !== undefined) return { problem: "for it these are several statements" };
      return first?.stmt === undefined ? { problem: "there is no statement" } : { node: first.stmt };
    } catch (error) {
      if (!(error instanceof Error)) return { problem: "it gave up" };
      return { problem: withoutTexts(error.message), at: hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : undefined };
    }
  };
}

/** What stands in a statement may be people's, and the parser's sentence repeats where it stopped: `at or near "'text'"`. */
function withoutTexts(message: string): string {
  return message.replace(/^(.* at or near )"(?=[\s\S]*['$])[\s\S]*"$/, `$1"'…'"`);
}

/** `orders` and `public.orders` may be one table: the schema counts only where both name one. */
export interface SqlTable {
  readonly schema?: string | undefined;
  readonly name: string;
}

export function tableOf(relation: RangeVar | undefined): SqlTable | undefined {
  return relation?.relname === undefined ? undefined : { schema: relation.schemaname, name: relation.relname };
}

export function sameTable(a: SqlTable, b: SqlTable): boolean {
  return a.name === b.name && (a.schema === undefined || b.schema === undefined || a.schema === b.schema);
}

/** The words of a dotted name: `["public", "orders"]`. */
export function wordsOfName(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) =>
    "String" in node ? (node.String.sval ?? []) : "List" in node ? wordsOfName(node.List.items) : [],
  );
}

/** The last word of a type's name, as the catalog calls it: `int4`, `varchar`, `serial`. */
export function typeOf(type: TypeName | undefined): string {
  return wordsOfName(type?.names).at(-1) ?? "";
}

/** The constraints that stand behind a column. */
export function constraintsOf(column: ColumnDef): readonly Constraint[] {
  return (column.constraints ?? []).flatMap((node) => ("Constraint" in node ? node.Constraint : []));
}

/** Each node of a tree, however deep. */
export function* everyNode(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) {
    for (const item of value) yield* everyNode(item);
  } else if (typeof value === "object" && value !== null) {
    yield value as Record<string, unknown>;
    for (const item of Object.values(value)) yield* everyNode(item);
  }
}

/** The line of the file on which a part of a statement stands. The parser counts in bytes of UTF-8. */
export function lineIn({ sql, line }: Statement, at: number | undefined): number {
  if (at === undefined || at <= 0) return line;
  const before = Buffer.from(sql).subarray(0, at).toString("utf8");
  return line - 1 + lineAt(sql, before.length);
}
