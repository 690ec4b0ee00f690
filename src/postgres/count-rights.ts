import { plural } from "../core/format.ts";
import type { Connection } from "./connection.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/** Rows are counted before a swap, and in the restored copy; a superuser may read all. */
export async function countProblems(
  connection: Connection,
  role: { readonly name: string; readonly quoted: string },
): Promise<readonly RestoreObstacle[]> {
  const tables = await connection.query<{ name: string; schema: string; hidden: boolean }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS hidden
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       AND (NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid))
     ORDER BY 1`,
  );
  if (tables.length === 0) return [];
  const schemas = [...new Set(tables.filter((table) => !table.hidden).map((table) => table.schema))].join(", ");
  const names = tables.slice(0, 5).map((table) => table.name);
  return [
    {
      problem: `the role ${role.name} may not count the rows of ${plural(tables.length, "table")} (${names.join(", ")}${tables.length > names.length ? ", …" : ""}), and a restored copy is compared`,
      fix: [
        ...(schemas === ""
          ? []
          : [`GRANT USAGE ON SCHEMA ${schemas} TO ${role.quoted}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${role.quoted};`]),
        ...(tables.some((table) => table.hidden) ? [`ALTER ROLE ${role.quoted} BYPASSRLS;`] : []),
      ].join(" "),
    },
  ];
}
