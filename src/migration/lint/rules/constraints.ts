import type { Node } from "libpg-query";
import { identifier } from "../../../postgres/literal.ts";
import { addedConstraints, constraintsWhereMade, inSql, inWords, tableCommands } from "../commands.ts";
import type { Rule } from "../finding.ts";
import { sameTable, type SqlTable, tableOf, wordsOfName } from "../tree.ts";

/** Rules that rows must follow, set while rows are there. */
export const CONSTRAINT_RULES: readonly Rule[] = [
  {
    name: "constraint-checks-rows",
    risk: "blocking",
    finds: "a CHECK or FOREIGN KEY without `NOT VALID` on a table that is there",
    look({ node, statement, made }) {
      return addedConstraints(node).flatMap(({ table, constraint, column }) => {
        const { contype, skip_validation, conname, location } = constraint;
        if (made(table) || skip_validation === true || (contype !== "CONSTR_CHECK" && contype !== "CONSTR_FOREIGN")) return [];
        const foreign = contype === "CONSTR_FOREIGN";
        const message = foreign
          ? `Nobody can write to ${inWords(table)} or to ${inWords(tableOf(constraint.pktable) ?? table)} while each row of it is checked.`
          : `Nobody can read or write ${inWords(table)} while each row of it is checked.`;
        const name = identifier(conname ?? `${table.name}_${column ?? (foreign ? "fkey" : "check")}`);
        const instead =
          column === undefined && tableCommands(node).length === 1
            ? `${withName(statement.sql, conname, name)} NOT VALID;\n`
            : `ALTER TABLE ${inSql(table)} ADD CONSTRAINT ${name} ${foreign ? "FOREIGN KEY" : "CHECK"} … NOT VALID;\n`;
        return {
          message,
          instead: `${instead}-- In the next file, while users work:\nALTER TABLE ${inSql(table)} VALIDATE CONSTRAINT ${name};`,
          at: location,
        };
      });
    },
  },
  {
    name: "validated-under-lock",
    risk: "blocking",
    finds: "a constraint added `NOT VALID` and validated in the same transaction",
    look({ node, transactional, before, made }) {
      if (!transactional) return [];
      return tableCommands(node).flatMap(({ table, command: { subtype, name } }) => {
        if (subtype !== "AT_ValidateConstraint" || made(table)) return [];
        const added = before.some((one) =>
          addedConstraints(one).some((other) => sameTable(other.table, table) && other.constraint.conname === name),
        );
        return added
          ? {
              message: `The lock of adding ${name ?? "it"} is held until all rows of ${inWords(table)} are checked: NOT VALID gains nothing in one transaction.`,
              instead: "-- VALIDATE CONSTRAINT goes into the next file.",
            }
          : [];
      });
    },
  },
  {
    name: "not-null-reads-table",
    risk: "blocking",
    finds: "`SET NOT NULL` without a validated CHECK before it",
    look({ node, made, set }) {
      return tableCommands(node).flatMap(({ table, command: { subtype, name = "" } }) => {
        if (subtype !== "AT_SetNotNull" || made(table) || set.validated(table)) return [];
        const check = identifier(`${name}_is_there`);
        const to = `ALTER TABLE ${inSql(table)}`;
        return {
          message: `Nobody can read or write ${inWords(table)} while all of it is read for a NULL in ${name}.`,
          instead:
            `${to} ADD CONSTRAINT ${check} CHECK (${identifier(name)} IS NOT NULL) NOT VALID;\n` +
            `-- In the next file, while users work:\n${to} VALIDATE CONSTRAINT ${check};\n` +
            `-- In the file behind it, which reads nothing:\n${to} ALTER COLUMN ${identifier(name)} SET NOT NULL;\n${to} DROP CONSTRAINT ${check};`,
        };
      });
    },
  },
  {
    name: "domain-checks-rows",
    risk: "blocking",
    finds: "a constraint added to a domain",
    look({ node }) {
      if (!("AlterDomainStmt" in node)) return [];
      const { subtype, def, typeName } = node.AlterDomainStmt;
      const valid = def === undefined || !("Constraint" in def) || def.Constraint.skip_validation !== true;
      if ((subtype !== "C" && subtype !== "O") || !valid) return [];
      return [
        {
          message: `Each table with a column of ${wordsOfName(typeName).join(".")} is read whole, and nobody can write to any of them meanwhile.`,
          ...(subtype === "C" && { instead: "-- Add it NOT VALID, and in the next file:\n-- ALTER DOMAIN … VALIDATE CONSTRAINT …;" }),
        },
      ];
    },
  },
  {
    name: "foreign-key-without-index",
    risk: "advice",
    finds: "a FOREIGN KEY whose columns no index of the same set begins with",
    look({ node, set }) {
      return foreignKeys(node).flatMap(({ table, columns, at }) =>
        columns.length === 0 || set.indexed(table, columns)
          ? []
          : {
              message: `No index made here begins with ${columns.join(", ")} of ${inWords(table)}: each change of a row that is pointed at reads this table whole, unless an older index serves.`,
              instead: `CREATE INDEX CONCURRENTLY ON ${inSql(table)} (${columns.map(identifier).join(", ")});`,
              at,
            },
      );
    },
  },
];

/** Gives an unnamed constraint the name by which the next file validates it. */
function withName(sql: string, named: string | undefined, name: string): string {
  return named === undefined ? sql.replace(/\badd\b/i, `$& CONSTRAINT ${name}`) : sql;
}

interface ForeignKey {
  readonly table: SqlTable;
  readonly columns: readonly string[];
  readonly at: number | undefined;
}

function foreignKeys(node: Node): readonly ForeignKey[] {
  return [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint, column }) =>
    constraint.contype === "CONSTR_FOREIGN"
      ? { table, columns: column === undefined ? wordsOfName(constraint.fk_attrs) : [column], at: constraint.location }
      : [],
  );
}
