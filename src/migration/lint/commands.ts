import type { AlterTableCmd, ColumnDef, Constraint, Node } from "libpg-query";
import { identifier } from "../../postgres/literal.ts";
import { constraintsOf, type SqlTable, tableOf } from "./tree.ts";

/** One command of an `ALTER TABLE`, with the table it is for. */
export interface TableCommand {
  readonly table: SqlTable;
  readonly command: AlterTableCmd;
}

/** The commands of an `ALTER TABLE`; none where it alters an index, a view or a sequence. */
export function tableCommands(node: Node): readonly TableCommand[] {
  if (!("AlterTableStmt" in node)) return [];
  const { relation, cmds, objtype } = node.AlterTableStmt;
  const table = tableOf(relation);
  if (table === undefined || (objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE")) return [];
  return (cmds ?? []).flatMap((one) => ("AlterTableCmd" in one ? { table, command: one.AlterTableCmd } : []));
}

/** The table whose rows a command puts behind another one, as a partition or by inheritance. */
export function joinedBy({ subtype, def }: AlterTableCmd): SqlTable | undefined {
  if (def === undefined) return undefined;
  if (subtype === "AT_AttachPartition" && "PartitionCmd" in def) return tableOf(def.PartitionCmd.name);
  return subtype === "AT_AddInherit" && "RangeVar" in def ? tableOf(def.RangeVar) : undefined;
}

/** A column that an `ALTER TABLE` adds. */
export function addedColumns(node: Node): readonly { readonly table: SqlTable; readonly column: ColumnDef }[] {
  return tableCommands(node).flatMap(({ table, command: { subtype, def } }) =>
    subtype === "AT_AddColumn" && def !== undefined && "ColumnDef" in def ? { table, column: def.ColumnDef } : [],
  );
}

/** A constraint that an `ALTER TABLE` adds, by itself or behind a column that it adds. */
export interface AddedConstraint {
  readonly table: SqlTable;
  readonly constraint: Constraint;
  /** Where it stands behind a column. */
  readonly column?: string | undefined;
}

export function addedConstraints(node: Node): readonly AddedConstraint[] {
  return tableCommands(node).flatMap(({ table, command: { subtype, def } }): readonly AddedConstraint[] => {
    if (subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def) return [{ table, constraint: def.Constraint }];
    if (subtype !== "AT_AddColumn" || def === undefined || !("ColumnDef" in def)) return [];
    return constraintsOf(def.ColumnDef).map((constraint) => ({ table, constraint, column: def.ColumnDef.colname }));
  });
}

/** The constraints that stand in a `CREATE TABLE`. */
export function constraintsWhereMade(node: Node): readonly AddedConstraint[] {
  const table = "CreateStmt" in node ? tableOf(node.CreateStmt.relation) : undefined;
  if (!("CreateStmt" in node) || table === undefined) return [];
  return (node.CreateStmt.tableElts ?? []).flatMap((one): readonly AddedConstraint[] => {
    if ("Constraint" in one) return [{ table, constraint: one.Constraint }];
    if (!("ColumnDef" in one)) return [];
    return constraintsOf(one.ColumnDef).map((constraint) => ({ table, constraint, column: one.ColumnDef.colname }));
  });
}

/** The columns of tables that are made or get new ones. */
export function newColumns(node: Node): readonly { readonly table: SqlTable; readonly column: ColumnDef }[] {
  if (!("CreateStmt" in node)) return addedColumns(node);
  const table = tableOf(node.CreateStmt.relation);
  if (table === undefined) return [];
  return (node.CreateStmt.tableElts ?? []).flatMap((one) => ("ColumnDef" in one ? { table, column: one.ColumnDef } : []));
}

/** A table as SQL names it. */
export function inSql({ schema, name }: SqlTable): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A table as a sentence names it. */
export function inWords({ schema, name }: SqlTable): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
