import type { ColumnDef, Node } from "libpg-query";
import { addedColumns, addedConstraints, constraintsWhereMade, tableCommands } from "./commands.ts";
import { type SqlTable, tableOf, wordsOfName } from "./tree.ts";

/** What the statements of a set do together, found once for all of them: a set may have thousands. */
export interface SetFacts {
  /** Whether the set gives the table a primary key. */
  readonly keyed: (table: SqlTable) => boolean;
  /** Columns, of whatever table, on which the set makes a trigram index. */
  readonly trigrams: ReadonlySet<string>;
  /** The columns that the set adds to tables by ALTER TABLE. */
  readonly columns: readonly { readonly table: SqlTable; readonly column: ColumnDef }[];
  /** Whether a constraint of the table is validated in the set: then PostgreSQL may know that no NULL is there. */
  readonly validated: (table: SqlTable) => boolean;
  /** Whether an index, a key or a UNIQUE of the set begins with these columns, in any order among them. */
  readonly indexed: (table: SqlTable, columns: readonly string[]) => boolean;
  /** What the files may make as types; undefined where not all of them are known. */
  readonly types?: ReadonlySet<string>;
}

/**
 * Tables by their name. One that is named without a schema may be public's, or a temporary one; another schema's it is not, where
 * that was named when it was made.
 */
export class KnownTables {
  readonly #schemas = new Map<string, Set<string | undefined>>();

  add({ schema, name }: SqlTable): void {
    const known = this.#schemas.get(name) ?? new Set();
    this.#schemas.set(name, known.add(schema));
  }

  /** Of all schemas: better one too few than one too many. */
  forget({ name }: SqlTable): void {
    this.#schemas.delete(name);
  }

  has({ schema, name }: SqlTable): boolean {
    const known = this.#schemas.get(name);
    if (known === undefined) return false;
    if (known.has(schema)) return true;
    return schema === undefined ? known.has("public") || known.has("pg_temp") : schema === "public" && known.has(undefined);
  }
}

export function setFacts(nodes: readonly Node[]): SetFacts {
  const [validated, keyed] = [new KnownTables(), new KnownTables()];
  const trigrams = new Set<string>();
  const columns: { readonly table: SqlTable; readonly column: ColumnDef }[] = [];
  const keys = new Map<string, { readonly of: KnownTables; readonly columns: readonly string[] }[]>();
  for (const node of nodes) {
    for (const { table, command } of tableCommands(node)) if (command.subtype === "AT_ValidateConstraint") validated.add(table);
    columns.push(...addedColumns(node));
    for (const column of trigramColumns(node)) trigrams.add(column);
    for (const { table, columns: own, primary } of keysOf(node)) {
      if (primary) keyed.add(table);
      const of = new KnownTables();
      of.add(table);
      const known = keys.get(table.name) ?? [];
      known.push({ of, columns: own });
      keys.set(table.name, known);
    }
  }
  return {
    keyed: (table) => keyed.has(table),
    trigrams,
    columns,
    validated: (table) => validated.has(table),
    indexed: (table, asked) =>
      (keys.get(table.name) ?? []).some(
        (key) => key.of.has(table) && asked.every((column) => key.columns.slice(0, asked.length).includes(column)),
      ),
  };
}

interface Key {
  readonly primary: boolean;
  readonly table: SqlTable;
  readonly columns: readonly string[];
}

function keysOf(node: Node): readonly Key[] {
  if ("IndexStmt" in node) {
    const table = tableOf(node.IndexStmt.relation);
    const columns = (node.IndexStmt.indexParams ?? []).map((one) => ("IndexElem" in one ? (one.IndexElem.name ?? "") : ""));
    return table === undefined ? [] : [{ table, columns, primary: false }];
  }
  return [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint, column }) =>
    constraint.contype === "CONSTR_PRIMARY" || constraint.contype === "CONSTR_UNIQUE"
      ? { table, primary: constraint.contype === "CONSTR_PRIMARY", columns: column === undefined ? wordsOfName(constraint.keys) : [column] }
      : [],
  );
}

function trigramColumns(node: Node): readonly string[] {
  if (!("IndexStmt" in node)) return [];
  return (node.IndexStmt.indexParams ?? []).flatMap((one) =>
    "IndexElem" in one && wordsOfName(one.IndexElem.opclass).some((word) => word.endsWith("trgm_ops")) ? (one.IndexElem.name ?? []) : [],
  );
}
