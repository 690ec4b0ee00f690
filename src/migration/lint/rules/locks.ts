import type { Node } from "libpg-query";
import { inWords, tableCommands } from "../commands.ts";
import type { Rule } from "../finding.ts";
import { sameTable, type SqlTable, tableOf } from "../tree.ts";

/** Commands of ALTER TABLE that let others read and write meanwhile. */
const GENTLE = new Set([
  "AT_ValidateConstraint",
  "AT_SetStatistics",
  "AT_SetOptions",
  "AT_ResetOptions",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_ClusterOn",
]);
const REWRITING: Readonly<Record<string, string>> = {
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_SetAccessMethod: "SET ACCESS METHOD",
};
const ACCESS_EXCLUSIVE = 8;

/** Who waits, and how long, because of the whole of a transaction. */
export const LOCK_RULES: readonly Rule[] = [
  {
    name: "rewrites-table",
    risk: "blocking",
    finds: "`VACUUM FULL`, `CLUSTER`, `SET TABLESPACE`, `SET LOGGED` and alike",
    look({ node, made }) {
      const found = rewritten(node);
      if (found === undefined || made(found.table)) return [];
      const whose = found.table === undefined ? "each table" : inWords(found.table);
      return [{ message: `Nobody can read or write ${whose} while ${found.by} writes it anew.` }];
    },
  },
  {
    name: "refresh-not-concurrent",
    risk: "blocking",
    finds: "`REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`",
    look({ node, made }) {
      if (!("RefreshMatViewStmt" in node) || node.RefreshMatViewStmt.concurrent === true || node.RefreshMatViewStmt.skipData === true)
        return [];
      const view = tableOf(node.RefreshMatViewStmt.relation);
      if (view === undefined || made(view)) return [];
      return [
        {
          message: `Nobody can read ${inWords(view)} while it is filled anew.`,
          instead: "-- With CONCURRENTLY, which wants a UNIQUE index over the view.",
        },
      ];
    },
  },
  {
    name: "explicit-lock",
    risk: "blocking",
    finds: "`LOCK TABLE` in ACCESS EXCLUSIVE mode",
    look({ node, made }) {
      if (!("LockStmt" in node) || (node.LockStmt.mode ?? ACCESS_EXCLUSIVE) !== ACCESS_EXCLUSIVE) return [];
      const tables = (node.LockStmt.relations ?? []).flatMap((one) => ("RangeVar" in one ? (tableOf(one.RangeVar) ?? []) : []));
      const waited = tables.filter((table) => !made(table));
      return waited.length === 0
        ? []
        : [{ message: `Nobody can read or write ${waited.map(inWords).join(", ")} until this transaction ends.` }];
    },
  },
  {
    name: "detach-not-concurrent",
    risk: "blocking",
    finds: "`DETACH PARTITION` without `CONCURRENTLY`",
    look({ node, statement, made }) {
      return tableCommands(node).flatMap(({ table, command: { subtype, def } }) =>
        subtype !== "AT_DetachPartition" ||
        made(table) ||
        (def !== undefined && "PartitionCmd" in def && def.PartitionCmd.concurrent === true)
          ? []
          : {
              message: `It waits for all who read ${inWords(table)}, and who comes behind it waits too.`,
              instead: `-- In a file of its own, marked \`-- no-transaction\`:\n${statement.sql} CONCURRENTLY;`,
            },
      );
    },
  },
  {
    name: "attach-reads-table",
    risk: "blocking",
    finds: "`ATTACH PARTITION` of a table that the set did not make",
    look({ node, made, set }) {
      return tableCommands(node).flatMap(({ command: { subtype, def } }) => {
        if (subtype !== "AT_AttachPartition" || def === undefined || !("PartitionCmd" in def)) return [];
        const part = tableOf(def.PartitionCmd.name);
        if (part === undefined || made(part) || set.validated(part)) return [];
        return {
          message: `Nobody can read or write ${inWords(part)} while each row of it is checked against the partition's bounds.`,
          instead: `-- First a CHECK with the same bounds, NOT VALID; in the next file VALIDATE CONSTRAINT; then ATTACH reads nothing.`,
        };
      });
    },
  },
  {
    name: "locks-pile-up",
    risk: "blocking",
    finds: "one transaction that keeps a table locked while it waits for another one",
    look({ node, before, transactional, made }) {
      if (!transactional) return [];
      const here = shutOut(node).filter((table) => !made(table));
      const held = before.flatMap(shutOut).filter((table) => !made(table));
      const other = held.find((table) => here.length > 0 && !here.some((one) => sameTable(one, table)));
      return other === undefined
        ? []
        : [
            {
              message: `${inWords(other)} stays locked until this statement gets its own lock on ${here.map(inWords).join(", ")} and the file ends: users of both wait, and with users who take them the other way round one of both fails.`,
              instead: "-- One table a file.",
            },
          ];
    },
  },
  {
    name: "backfill-under-lock",
    risk: "blocking",
    finds: "rows written in a transaction that has locked their table or another one",
    look({ node, before, transactional, made }) {
      const table = written(node);
      if (!transactional || table === undefined) return [];
      const held = before.flatMap(shutOut).find((one) => !made(one));
      return held === undefined
        ? []
        : [
            {
              message: `Nobody can read or write ${inWords(held)} until these rows of ${inWords(table)} are written and the file ends.`,
              instead: "-- The change of the schema in one file, the rows in the next.",
            },
          ];
    },
  },
  {
    name: "update-all",
    risk: "blocking",
    finds: "`UPDATE` without WHERE",
    look({ node, made }) {
      if (!("UpdateStmt" in node) || node.UpdateStmt.whereClause !== undefined) return [];
      const table = tableOf(node.UpdateStmt.relation);
      return table === undefined || made(table)
        ? []
        : [
            {
              message: `All rows of ${inWords(table)} are written anew in one transaction: who wants to change one of them waits until its end, and the table doubles.`,
              instead: "-- Some thousand rows at a time, in a file marked `-- no-transaction`.",
            },
          ];
    },
  },
];

/** The tables that a statement shuts all others out of, until its transaction ends. */
function shutOut(node: Node): readonly SqlTable[] {
  if ("RenameStmt" in node) return [tableOf(node.RenameStmt.relation) ?? []].flat();
  if ("TruncateStmt" in node)
    return (node.TruncateStmt.relations ?? []).flatMap((one) => ("RangeVar" in one ? (tableOf(one.RangeVar) ?? []) : []));
  return tableCommands(node).flatMap(({ table, command: { subtype } }) => (GENTLE.has(subtype ?? "") ? [] : table));
}

function written(node: Node): SqlTable | undefined {
  if ("UpdateStmt" in node) return tableOf(node.UpdateStmt.relation);
  if ("DeleteStmt" in node) return tableOf(node.DeleteStmt.relation);
  if ("MergeStmt" in node) return tableOf(node.MergeStmt.relation);
  if (!("InsertStmt" in node)) return undefined;
  // Some rows that stand in the file are no backfill.
  const from = node.InsertStmt.selectStmt;
  return from !== undefined && "SelectStmt" in from && from.SelectStmt.valuesLists === undefined
    ? tableOf(node.InsertStmt.relation)
    : undefined;
}

function rewritten(node: Node): { readonly by: string; readonly table: SqlTable | undefined } | undefined {
  if ("ClusterStmt" in node) return { by: "CLUSTER", table: tableOf(node.ClusterStmt.relation) };
  if ("VacuumStmt" in node) {
    const full = (node.VacuumStmt.options ?? []).some((one) => "DefElem" in one && one.DefElem.defname === "full");
    const [first] = node.VacuumStmt.rels ?? [];
    return full
      ? { by: "VACUUM FULL", table: first !== undefined && "VacuumRelation" in first ? tableOf(first.VacuumRelation.relation) : undefined }
      : undefined;
  }
  for (const { table, command } of tableCommands(node)) {
    const by = REWRITING[command.subtype ?? ""];
    if (by !== undefined) return { by, table };
  }
  return undefined;
}
