import type { Rule } from "../finding.ts";
import { addedConstraints, inSql, inWords } from "../commands.ts";
import { tableOf, wordsOfName } from "../tree.ts";
import { identifier } from "../../../postgres/literal.ts";

const OWN_FILE = "-- In a file of its own, marked `-- no-transaction`:\n";

/** Building and dropping indexes while users write. */
export const INDEX_RULES: readonly Rule[] = [
  {
    name: "index-not-concurrent",
    risk: "blocking",
    finds: "`CREATE INDEX` without `CONCURRENTLY` on a table that is there",
    look({ node, statement, made }) {
      if (!("IndexStmt" in node) || node.IndexStmt.concurrent === true) return [];
      const table = tableOf(node.IndexStmt.relation);
      if (table === undefined || made(table)) return [];
      return [
        {
          message: `Nobody can write to ${inWords(table)} while this index is built.`,
          instead: `${OWN_FILE}${statement.sql.replace(/\bindex\b/i, "$& CONCURRENTLY")};`,
        },
      ];
    },
  },
  {
    name: "drop-index-not-concurrent",
    risk: "blocking",
    finds: "`DROP INDEX` without `CONCURRENTLY`",
    look({ node, statement }) {
      if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_INDEX" || node.DropStmt.concurrent === true) return [];
      const [one, ...more] = (node.DropStmt.objects ?? []).map((object) => wordsOfName([object]));
      if (one === undefined) return [];
      return [
        {
          message: "Nobody can read or write the index's table until it is dropped, and it waits for all who are reading.",
          instead: OWN_FILE + [one, ...more].map((words) => `DROP INDEX CONCURRENTLY ${words.map(identifier).join(".")};`).join("\n"),
          at: statement.sql.search(/\bindex\b/i),
        },
      ];
    },
  },
  {
    name: "reindex-not-concurrent",
    risk: "blocking",
    finds: "`REINDEX` without `CONCURRENTLY`",
    look({ node, statement }) {
      if (!("ReindexStmt" in node)) return [];
      const concurrent = (node.ReindexStmt.params ?? []).some((one) => "DefElem" in one && one.DefElem.defname === "concurrently");
      if (concurrent) return [];
      return [
        {
          message: "Nobody can write to the table while its indexes are built anew, nor read by them.",
          instead: `${OWN_FILE}${statement.sql.replace(/\b(index|table|schema|database)\b/i, "$& CONCURRENTLY")};`,
        },
      ];
    },
  },
  {
    name: "unique-builds-index",
    risk: "blocking",
    finds: "a UNIQUE or PRIMARY KEY constraint that builds its index under the table's lock",
    look({ node, made }) {
      return addedConstraints(node).flatMap(({ table, constraint, column }) => {
        const { contype, indexname, conname, keys, location } = constraint;
        if (made(table) || (contype !== "CONSTR_UNIQUE" && contype !== "CONSTR_PRIMARY") || (indexname ?? "") !== "") return [];
        const columns = column === undefined ? wordsOfName(keys) : [column];
        const name = conname ?? `${table.name}_${contype === "CONSTR_PRIMARY" ? "pkey" : `${columns.join("_")}_key`}`;
        const kind = contype === "CONSTR_PRIMARY" ? "PRIMARY KEY" : "UNIQUE";
        return {
          message: `Nobody can read or write ${inWords(table)} while the index of this ${kind} is built.`,
          instead:
            `${OWN_FILE}CREATE UNIQUE INDEX CONCURRENTLY ${identifier(name)} ON ${inSql(table)} (${columns.map(identifier).join(", ")});\n` +
            `-- In the next file:\nALTER TABLE ${inSql(table)} ADD CONSTRAINT ${identifier(name)} ${kind} USING INDEX ${identifier(name)};`,
          at: location,
        };
      });
    },
  },
  {
    name: "exclusion-builds-index",
    risk: "blocking",
    finds: "an EXCLUDE constraint on a table that is there",
    look({ node, made }) {
      return addedConstraints(node).flatMap(({ table, constraint: { contype, location } }) =>
        made(table) || contype !== "CONSTR_EXCLUSION"
          ? []
          : {
              message: `Nobody can read or write ${inWords(table)} while the index of this EXCLUDE is built, and PostgreSQL knows no way without that lock.`,
              at: location,
            },
      );
    },
  },
];
