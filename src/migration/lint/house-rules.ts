import type { Node } from "libpg-query";
import { addedConstraints, constraintsWhereMade, inWords } from "./commands.ts";
import type { LintRemark, LintSubject, Rule } from "./finding.ts";
import { everyNode, sameTable, typeOf, tableOf, wordsOfName } from "./tree.ts";

/** Rules that a team gives itself; each is one row, and off until it is named. */
export const HOUSE_RULES = ["primary-key", "named-constraints", "ilike-index", "one-operation"] as const;
export type HouseRule = (typeof HOUSE_RULES)[number];

/** A column that each new table must have, with its type where that counts. */
export interface RequiredColumn {
  readonly name: string;
  readonly type?: string | undefined;
}

export interface House {
  readonly rules: readonly HouseRule[];
  readonly columns: readonly RequiredColumn[];
  /** Who may approve what is destructive, in the comment that allows it; empty: a reason is enough. */
  readonly approvers: readonly string[];
}

export const NO_HOUSE: House = { rules: [], columns: [], approvers: [] };

const ROWS: Readonly<Record<HouseRule, Omit<Rule, "name" | "risk">>> = {
  "primary-key": {
    finds: "a new table without a primary key",
    look({ node, set }) {
      if (!("CreateStmt" in node) || node.CreateStmt.partbound !== undefined || (node.CreateStmt.inhRelations?.length ?? 0) > 0) return [];
      const table = tableOf(node.CreateStmt.relation);
      return table === undefined || set.keyed(table)
        ? []
        : [{ message: `${inWords(table)} gets no primary key, here or later in the set.` }];
    },
  },
  "named-constraints": {
    finds: "a CHECK, UNIQUE, FOREIGN KEY or EXCLUDE that PostgreSQL names",
    look: ({ node }) =>
      [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint: { contype = "", conname, location } }) =>
        NAMED.has(contype) && (conname === undefined || conname === "")
          ? {
              message: `This constraint of ${inWords(table)} has no name of its own: DOWN, ON CONFLICT and error messages need one.`,
              at: location,
            }
          : [],
      ),
  },
  "ilike-index": {
    finds: "a view or function that searches by ILIKE where the set makes no trigram index on the column",
    look: ({ node, set }) =>
      [...searched(node)].flatMap((column) =>
        set.trigrams.has(column)
          ? []
          : {
              message: `ILIKE on ${column} reads the whole table, unless an older trigram index serves.`,
              instead: `CREATE INDEX CONCURRENTLY ON … USING gin (${column} gin_trgm_ops);`,
            },
      ),
  },
  "one-operation": {
    finds: "a second statement in a file",
    look: ({ node, before }) =>
      "VariableSetStmt" in node || before.filter((one) => !("VariableSetStmt" in one)).length !== 1
        ? []
        : [{ message: "A second operation in one file: if it fails, or has to go back, both do.", instead: "-- One operation a file." }],
  },
};

const NAMED = new Set(["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"]);

/** The rules that are on. */
export function houseRules({ rules, columns }: House): readonly Rule[] {
  const named = rules.map((name): Rule => ({ name, risk: "house", ...ROWS[name] }));
  return columns.length === 0 ? named : [...named, requiredColumns(columns)];
}

/** For the page: each rule and what it finds. */
export const HOUSE_PAGE: readonly (readonly [name: string, finds: string])[] = [
  ...HOUSE_RULES.map((name) => [name, ROWS[name].finds] as const),
  ["required-columns", "a new table that lacks a column of `required-columns`, or has it with another type"],
];

function requiredColumns(columns: readonly RequiredColumn[]): Rule {
  return { name: "required-columns", risk: "house", finds: "", look: (subject) => columns.flatMap((column) => lacking(column, subject)) };
}

function lacking({ name, type }: RequiredColumn, { node, set }: LintSubject): readonly LintRemark[] {
  if (!("CreateStmt" in node)) return [];
  const { relation, tableElts = [], inhRelations = [], ofTypename } = node.CreateStmt;
  const table = tableOf(relation);
  // Its columns are another table's.
  if (table === undefined || inhRelations.length > 0 || ofTypename !== undefined || tableElts.some((one) => "TableLikeClause" in one))
    return [];
  const own = tableElts.flatMap((one) => ("ColumnDef" in one ? one.ColumnDef : [])).find(({ colname }) => colname === name);
  const later = set.columns.find((one) => sameTable(one.table, table) && one.column.colname === name)?.column;
  const column = own ?? later;
  const wanted = type === undefined ? name : `${name} ${type}`;
  if (column === undefined) return [{ message: `${inWords(table)} has no column ${wanted}, which each table here has.` }];
  if (type === undefined || typeOf(column.typeName) === type) return [];
  return [
    {
      message: `Column ${name} of ${inWords(table)} is ${typeOf(column.typeName)}; here it is ${type} in each table.`,
      at: column.typeName?.location,
    },
  ];
}

/** The columns that a statement's query asks by ILIKE. */
function searched(node: Node): ReadonlySet<string> {
  const columns = new Set<string>();
  for (const each of everyNode(node)) {
    const like = each as { readonly kind?: string; readonly lexpr?: { readonly ColumnRef?: { readonly fields?: readonly Node[] } } };
    const name = like.kind === "AEXPR_ILIKE" ? wordsOfName(like.lexpr?.ColumnRef?.fields).at(-1) : undefined;
    if (name !== undefined) columns.add(name);
  }
  return columns;
}
