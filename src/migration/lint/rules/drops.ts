import type { Node } from "libpg-query";
import { plural } from "../../../core/format.ts";
import { inWords, tableCommands } from "../commands.ts";
import type { Rule, LintRemark } from "../finding.ts";
import { type SqlTable, tableOf, wordsOfName } from "../tree.ts";

/** What the code that runs now calls by its name, and misses. */
const CALLED: Readonly<Record<string, string>> = {
  OBJECT_AGGREGATE: "aggregate",
  OBJECT_DOMAIN: "domain",
  OBJECT_FUNCTION: "function",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_TYPE: "type",
  OBJECT_VIEW: "view",
};
const EXPAND = "-- First a version that no longer uses it; in a later deploy, when no rollback leads to one that does, it goes.";

/** What is gone afterwards, and what old code then misses. */
export const DROP_RULES: readonly Rule[] = [
  {
    name: "drop-table",
    risk: "destructive",
    finds: "`DROP TABLE` of a table that the set did not make",
    look: ({ node, made }) => droppedTables(node, made).map((table) => gone(`All rows of ${inWords(table)} go`)),
  },
  {
    name: "drop-schema",
    risk: "destructive",
    finds: "`DROP SCHEMA`, `DROP OWNED`, `DROP DATABASE`",
    look({ node }) {
      if ("DropdbStmt" in node) return [gone(`All tables of the database ${node.DropdbStmt.dbname ?? ""} go, with their rows`)];
      if ("DropOwnedStmt" in node) return [gone("All that these roles own here goes, the rows of their tables with it")];
      if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_SCHEMA") return [];
      const names = wordsOfName(node.DropStmt.objects).join(", ");
      return node.DropStmt.behavior === "DROP_CASCADE" ? [gone(`All tables of ${names} go, with their rows`)] : [];
    },
  },
  {
    name: "drop-column",
    risk: "destructive",
    finds: "`DROP COLUMN`",
    look: ({ node, made }) =>
      tableCommands(node).flatMap(({ table, command: { subtype, name = "" } }) =>
        subtype === "AT_DropColumn" && !made(table)
          ? gone(`The values of column ${name} of ${inWords(table)} go, and no DOWN brings them back`)
          : [],
      ),
  },
  {
    name: "truncate",
    risk: "destructive",
    finds: "`TRUNCATE`",
    look({ node, made }) {
      if (!("TruncateStmt" in node)) return [];
      const tables = (node.TruncateStmt.relations ?? []).flatMap((one) => ("RangeVar" in one ? (tableOf(one.RangeVar) ?? []) : []));
      const filled = tables.filter((table) => !made(table));
      if (filled.length === 0) return [];
      const cascade = node.TruncateStmt.behavior === "DROP_CASCADE" ? ", and all rows of each table that points at them" : "";
      return [{ message: `All rows of ${filled.map(inWords).join(", ")} go${cascade}.` }];
    },
  },
  {
    name: "delete-all",
    risk: "destructive",
    finds: "`DELETE` without WHERE",
    look({ node, made }) {
      if (!("DeleteStmt" in node) || node.DeleteStmt.whereClause !== undefined) return [];
      const table = tableOf(node.DeleteStmt.relation);
      return table === undefined || made(table) ? [] : [{ message: `All rows of ${inWords(table)} go: the DELETE has no WHERE.` }];
    },
  },
  {
    name: "drop-object",
    risk: "incompatible",
    finds: "a view, function, type, sequence or domain that goes",
    look({ node }) {
      if (!("DropStmt" in node)) return [];
      const kind = CALLED[node.DropStmt.removeType ?? ""];
      if (kind === undefined) return [];
      const count = node.DropStmt.objects?.length ?? 1;
      const cascade =
        node.DropStmt.behavior === "DROP_CASCADE" ? " CASCADE takes along what is built on it, a column of its type too." : "";
      return [
        {
          message: `The code that runs now fails where it uses ${count === 1 ? `this ${kind}` : `one of these ${plural(count, kind)}`}.${cascade}`,
          instead: EXPAND,
        },
      ];
    },
  },
];

function gone(what: string): LintRemark {
  return { message: `${what}; and the code that runs now fails where it uses them.`, instead: EXPAND };
}

function droppedTables(node: Node, made: (table: SqlTable) => boolean): readonly SqlTable[] {
  if (!("DropStmt" in node) || (node.DropStmt.removeType !== "OBJECT_TABLE" && node.DropStmt.removeType !== "OBJECT_FOREIGN_TABLE"))
    return [];
  return (node.DropStmt.objects ?? []).flatMap((object) => {
    const words = wordsOfName([object]);
    const name = words.at(-1);
    const table = name === undefined ? undefined : { schema: words.at(-2), name };
    return table === undefined || made(table) ? [] : [table];
  });
}
