import { identifier } from "../../../postgres/literal.ts";
import { inSql, inWords, newColumns } from "../commands.ts";
import type { Rule } from "../finding.ts";
import { tableOf } from "../tree.ts";

/** PostgreSQL cuts names here, and says so in a notice only. */
const LONGEST_NAME = 63;

/** Kinds of things that no query calls by their name. */
const UNCALLED = new Set([
  "OBJECT_INDEX",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_DOMCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);

/** Names that change under running code, or are not what was written. */
export const NAME_RULES: readonly Rule[] = [
  {
    name: "rename",
    risk: "incompatible",
    finds: "a table, column, view, schema, type, enum value or function that gets another name or schema",
    look({ node, made }) {
      if ("AlterObjectSchemaStmt" in node) {
        const table = tableOf(node.AlterObjectSchemaStmt.relation);
        return table !== undefined && made(table)
          ? []
          : [{ message: "The code that runs now does not find it in its new schema, unless its search_path has that one too." }];
      }
      if ("AlterEnumStmt" in node)
        return node.AlterEnumStmt.oldVal === undefined || node.AlterEnumStmt.oldVal === ""
          ? []
          : [{ message: `The code that runs now writes and asks for ${node.AlterEnumStmt.oldVal}, which fails from then on.` }];
      if (!("RenameStmt" in node) || UNCALLED.has(node.RenameStmt.renameType ?? "")) return [];
      const { relation, renameType, subname, newname = "" } = node.RenameStmt;
      const table = tableOf(relation);
      if (table !== undefined && made(table)) return [];
      if (renameType === "OBJECT_COLUMN" && table !== undefined)
        return [
          {
            message: `The code that runs now fails where it uses the column ${subname ?? ""} of ${inWords(table)}.`,
            instead: `-- A new column ${newname} beside it, kept equal by a trigger; the code moves over; in a later deploy the old one goes.`,
          },
        ];
      return [
        {
          message: `The code that runs now fails where it uses ${table === undefined ? "the old name" : inWords(table)}.`,
          ...(renameType === "OBJECT_TABLE" &&
            table !== undefined && {
              instead: `-- A view with the old name, in the same transaction; it goes in a later deploy:\nCREATE VIEW ${inSql(table)} AS SELECT * FROM ${inSql({ ...table, name: newname })};`,
            }),
        },
      ];
    },
  },
  {
    name: "long-name",
    risk: "advice",
    finds: "a name of more than 63 bytes",
    look({ statement }) {
      return statement.tokens.flatMap((token) => {
        if (token.kind !== "word" && token.kind !== "quoted") return [];
        const raw = statement.sql.slice(token.start - (statement.tokens[0]?.start ?? 0), token.end - (statement.tokens[0]?.start ?? 0));
        const name = token.kind === "quoted" ? raw.slice(1, -1).replaceAll('""', '"') : raw;
        const bytes = Buffer.byteLength(name);
        if (bytes <= LONGEST_NAME) return [];
        return { message: `PostgreSQL cuts names at ${LONGEST_NAME} bytes: ${name} has ${bytes} and becomes ${identifier(cut(name))}.` };
      });
    },
  },
  {
    name: "quoted-capitals",
    risk: "advice",
    finds: "a new column whose name needs quotes",
    look: ({ node }) =>
      newColumns(node).flatMap(({ column: { colname = "", location } }) =>
        /[A-Z\s]/.test(colname)
          ? {
              message: `Every query must write ${identifier(colname)} with its quotes; without them PostgreSQL looks for ${colname.toLowerCase()}.`,
              at: location,
            }
          : [],
      ),
  },
];

function cut(name: string): string {
  let kept = name;
  while (Buffer.byteLength(kept) > LONGEST_NAME) kept = kept.slice(0, -1);
  return kept;
}
