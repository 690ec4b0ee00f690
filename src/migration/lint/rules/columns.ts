import { identifier } from "../../../postgres/literal.ts";
import { addedColumns, inSql, inWords, newColumns, tableCommands } from "../commands.ts";
import type { Rule } from "../finding.ts";
import { constraintsOf, everyNode, typeOf, wordsOfName } from "../tree.ts";

const SERIAL = new Set(["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"]);
const SMALL_KEYS = new Set(["serial", "serial2", "serial4", "smallserial", "int2", "int4"]);

/** Functions whose value each row gets anew, of PostgreSQL itself and of the extensions that people have. */
const VOLATILE = new Set([
  "clock_timestamp",
  "gen_random_bytes",
  "gen_random_uuid",
  "nextval",
  "random",
  "random_normal",
  "timeofday",
  "uuid_generate_v1",
  "uuid_generate_v1mc",
  "uuid_generate_v4",
  "uuidv4",
  "uuidv7",
]);

/** Columns that come, change and are badly chosen. */
export const COLUMN_RULES: readonly Rule[] = [
  {
    name: "default-rewrites-table",
    risk: "blocking",
    finds: "a new column whose default is another value for each row: a volatile function, serial, identity, a stored expression",
    look({ node, made }) {
      return addedColumns(node).flatMap(({ table, column }) => {
        const why = made(table) ? undefined : rewrites(column);
        if (why === undefined) return [];
        const [to, name] = [`ALTER TABLE ${inSql(table)}`, identifier(column.colname ?? "")];
        return {
          message: `Nobody can read or write ${inWords(table)} while all of it is written anew: ${why}.`,
          instead: `${to} ADD COLUMN ${name} …;\n${to} ALTER COLUMN ${name} SET DEFAULT …;\n-- Then fill the rows that are there, some thousand at a time.`,
          at: column.location,
        };
      });
    },
  },
  {
    name: "type-change",
    risk: "blocking",
    finds: "`ALTER COLUMN … TYPE`",
    look({ node, made }) {
      return tableCommands(node).flatMap(({ table, command: { subtype, name, def } }) =>
        subtype !== "AT_AlterColumnType" || made(table)
          ? []
          : {
              message: `Nobody can read or write ${inWords(table)} while the type of ${name ?? "the column"} changes: all of it is written anew, its indexes too, and its checks are asked again. Only a longer varchar, varchar to text and a wider numeric cost nothing.`,
              instead:
                "-- A new column beside it, written by both versions; the rows filled some thousand at a time; then the code moves over, and the old column goes.",
              at: def !== undefined && "ColumnDef" in def ? def.ColumnDef.location : undefined,
            },
      );
    },
  },
  {
    name: "required-column",
    risk: "incompatible",
    finds: "a new column that is NOT NULL and has no default",
    look({ node, made }) {
      return addedColumns(node).flatMap(({ table, column }) => {
        const kinds = constraintsOf(column).map(({ contype }) => contype);
        const required = kinds.includes("CONSTR_NOTNULL") || kinds.includes("CONSTR_PRIMARY");
        const filled = kinds.some((kind) => kind === "CONSTR_DEFAULT" || kind === "CONSTR_IDENTITY" || kind === "CONSTR_GENERATED");
        if (made(table) || !required || filled || SERIAL.has(typeOf(column.typeName))) return [];
        return {
          message: `It fails where ${inWords(table)} has rows; and the code that runs now, which knows no ${column.colname ?? "such column"}, can no longer insert.`,
          instead: "-- With a DEFAULT, or without NOT NULL until all code writes it.",
          at: column.location,
        };
      });
    },
  },
  {
    name: "drop-not-null",
    risk: "incompatible",
    finds: "`DROP NOT NULL`: the code that runs now may read a NULL for the first time",
    look({ node, made }) {
      return tableCommands(node).flatMap(({ table, command: { subtype, name } }) =>
        subtype !== "AT_DropNotNull" || made(table)
          ? []
          : {
              message: `The code that runs now has never read a NULL in ${name ?? "this column"} of ${inWords(table)}: see that it can, before another version writes one.`,
            },
      );
    },
  },
  {
    name: "json-column",
    risk: "advice",
    finds: "a column of type json",
    look: ({ node }) =>
      newColumns(node).flatMap(({ column }) =>
        typeOf(column.typeName) === "json"
          ? {
              message: "json has no equality: SELECT DISTINCT, UNION and GROUP BY over this column fail. jsonb has it.",
              at: column.typeName?.location,
            }
          : [],
      ),
  },
  {
    name: "char-column",
    risk: "advice",
    finds: "a column of type char(n)",
    look: ({ node }) =>
      newColumns(node).flatMap(({ column }) =>
        typeOf(column.typeName) === "bpchar"
          ? {
              message: "char(n) fills up with blanks and compares without them: text with a CHECK of its length does neither.",
              at: column.typeName?.location,
            }
          : [],
      ),
  },
  {
    name: "timestamp-without-zone",
    risk: "advice",
    finds: "a column of type timestamp",
    look: ({ node }) =>
      newColumns(node).flatMap(({ column }) =>
        typeOf(column.typeName) === "timestamp"
          ? {
              message:
                "timestamp keeps no moment: what is written in one time zone reads as another moment elsewhere. timestamptz keeps it.",
              at: column.typeName?.location,
            }
          : [],
      ),
  },
  {
    name: "small-key",
    risk: "advice",
    finds: "a primary key of 2 or 4 bytes",
    look: ({ node }) =>
      newColumns(node).flatMap(({ table, column }) =>
        SMALL_KEYS.has(typeOf(column.typeName)) && constraintsOf(column).some(({ contype }) => contype === "CONSTR_PRIMARY")
          ? {
              message: `The keys of ${inWords(table)} end at ${typeOf(column.typeName).endsWith("2") || typeOf(column.typeName) === "smallserial" ? "32,767" : "2,147,483,647"}, and to widen them writes the whole table anew. bigint does not end.`,
              at: column.typeName?.location,
            }
          : [],
      ),
  },
];

function rewrites(column: Parameters<typeof constraintsOf>[0]): string | undefined {
  if (SERIAL.has(typeOf(column.typeName))) return `${typeOf(column.typeName)} numbers the rows that are there`;
  for (const constraint of constraintsOf(column)) {
    if (constraint.contype === "CONSTR_IDENTITY") return "an identity numbers the rows that are there";
    if (constraint.contype === "CONSTR_GENERATED" && constraint.generated_kind !== "v") return "its expression is stored in each row";
    if (constraint.contype !== "CONSTR_DEFAULT") continue;
    for (const node of everyNode(constraint.raw_expr)) {
      const call = node["FuncCall"] as { readonly funcname?: Parameters<typeof wordsOfName>[0] } | undefined;
      const name = wordsOfName(call?.funcname).at(-1);
      if (name !== undefined && VOLATILE.has(name)) return `${name}() is another value for each row`;
    }
  }
  return undefined;
}
