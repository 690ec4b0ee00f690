import type { Connection } from "./connection.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/**
 * What a restore makes otherwise than it is, so that no copy is the database that it was made of, and the application would
 * meet the difference. Names are quoted where that is needed.
 */
export async function restoredOtherwise(connection: Connection): Promise<readonly RestoreObstacle[]> {
  const rows = await connection.query<{ kind: "empty" | "null"; one: string; other: string; column: string | null }>(FOUND);
  return rows.map(({ kind, one, other, column }) => (kind === "empty" ? emptyBelow(one, other) : nullAlone(one, other, column ?? "")));
}

function emptyBelow(empty: string, above: string): RestoreObstacle {
  return {
    problem: `the materialized view ${empty} is empty (WITH NO DATA), and ${above}, which reads it, is not: a restore leaves both empty`,
    fix: `REFRESH MATERIALIZED VIEW ${empty};`,
  };
}

function nullAlone(child: string, parent: string, column: string): RestoreObstacle {
  const [strict, loose] = [
    `ALTER TABLE ${child} ALTER COLUMN ${column} SET NOT NULL`,
    `ALTER TABLE ONLY ${parent} ALTER COLUMN ${column} DROP NOT NULL`,
  ];
  return {
    problem: `the column ${column} of ${child} may be NULL, and that of its parent ${parent} may not: a restore makes both NOT NULL, and fails where a row has a NULL there`,
    fix: `${strict}; (or, where rows have a NULL there, ${loose};)`,
    choices: [
      { sql: strict, does: `Makes ${child} as its parent, where no row has a NULL there:` },
      { sql: loose, does: `Or makes ${parent} as its child:` },
    ],
  };
}

/** From 18 on the NOT NULL of a parent alone comes back as that. Lower ones are refreshed first: they are older. */
const FOUND = `WITH RECURSIVE
  reads (by, relation) AS (
    SELECT DISTINCT w.ev_class, d.refobjid FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> w.ev_class
    WHERE w.rulename = '_RETURN'),
  below (top, relation) AS (
    SELECT c.oid, r.relation FROM pg_catalog.pg_class c JOIN reads r ON r.by = c.oid WHERE c.relkind = 'm' AND c.relispopulated
    UNION SELECT b.top, r.relation FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.relation AND (c.relkind = 'v' OR c.relkind = 'm' AND NOT c.relispopulated) JOIN reads r ON r.by = b.relation)
  SELECT 'empty' AS kind, e.oid::pg_catalog.regclass::text AS one, min(b.top::pg_catalog.regclass::text) AS other, NULL AS column, e.oid AS made
    FROM below b JOIN pg_catalog.pg_class e ON e.oid = b.relation AND e.relkind = 'm' AND NOT e.relispopulated GROUP BY e.oid
  UNION ALL
  SELECT 'null', k.oid::pg_catalog.regclass::text, p.attrelid::pg_catalog.regclass::text, pg_catalog.quote_ident(a.attname), k.oid
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class k ON k.oid = i.inhrelid AND k.relkind IN ('r', 'f') AND NOT k.relispartition
      JOIN pg_catalog.pg_attribute p ON p.attrelid = i.inhparent AND p.attnotnull AND p.attnum > 0
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.oid AND a.attname = p.attname AND NOT a.attnotnull
    WHERE pg_catalog.current_setting('server_version_num')::integer < 180000
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = k.oid AND d.deptype = 'e')
  ORDER BY kind, made`;
