import type { Node } from "libpg-query";
import { addedConstraints, constraintsWhereMade, tableCommands } from "./commands.ts";
import { type SqlTable, tableOf, wordsOfName } from "./tree.ts";

/** What the statements of a set do together, found once for all of them: a set may have thousands. */
export interface SetFacts {
  /** Whether a constraint of the table is validated in the set: then PostgreSQL may know that no NULL is there. */
  readonly validated: (table: SqlTable) => boolean;
  /** Whether an index, a key or a UNIQUE of the set begins with these columns, in any order among them. */
  readonly indexed: (table: SqlTable, columns: readonly string[]) => boolean;
}

/** Tables by their name; the schema counts only where both name one. */
export class KnownTables {
  readonly #schemas = new Map<string, Set<string | undefined>>();

  add({ schema, name }: SqlTable): void {
    const known = this.#schemas.get(name) ?? new Set();
    this.#schemas.set(name, known.add(schema));
  }

  has({ schema, name }: SqlTable): boolean {
    const known = this.#schemas.get(name);
    return known !== undefined && (schema === undefined || known.has(undefined) || known.has(schema));
  }
}

export function setFacts(nodes: readonly Node[]): SetFacts {
  const validated = new KnownTables();
  const keys = new Map<string, { readonly of: KnownTables; readonly columns: readonly string[] }[]>();
  for (const node of nodes) {
    for (const { table, command } of tableCommands(node)) if (command.subtype === "AT_ValidateConstraint") validated.add(table);
    for (const { table, columns } of keysOf(node)) {
      const of = new KnownTables();
      of.add(table);
      const known = keys.get(table.name) ?? [];
      known.push({ of, columns });
      keys.set(table.name, known);
    }
  }
  return {
    validated: (table) => validated.has(table),
    indexed: (table, columns) =>
      (keys.get(table.name) ?? []).some(
        (key) => key.of.has(table) && columns.every((column) => key.columns.slice(0, columns.length).includes(column)),
      ),
  };
}

interface Key {
  readonly table: SqlTable;
  readonly columns: readonly string[];
}

function keysOf(node: Node): readonly Key[] {
  if ("IndexStmt" in node) {
    const table = tableOf(node.IndexStmt.relation);
    const columns = (node.IndexStmt.indexParams ?? []).map((one) => ("IndexElem" in one ? (one.IndexElem.name ?? "") : ""));
    return table === undefined ? [] : [{ table, columns }];
  }
  return [...constraintsWhereMade(node), ...addedConstraints(node)].flatMap(({ table, constraint, column }) =>
    constraint.contype === "CONSTR_PRIMARY" || constraint.contype === "CONSTR_UNIQUE"
      ? { table, columns: column === undefined ? wordsOfName(constraint.keys) : [column] }
      : [],
  );
}
