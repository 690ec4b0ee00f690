import type { Connection } from "./connection.ts";
import { DANGERS } from "./dangers.ts";

/** Something that a restore evaluates: an index, a CHECK, a generated column, a partition key, a materialized view. */
export interface Evaluated {
  /** `the index public.by_rate`, … */
  readonly what: string;
  /** Statements that evaluate the same over the same rows, and only read. */
  readonly probes: readonly string[];
  /** A statement that says whether there is a row to evaluate it for. */
  readonly filled: string;
  /** What of users' functions it calls, and is not bound to a search path of its own. */
  readonly functions: readonly Used[];
  /** Why the present role must not evaluate it; null where all of it is certainly harmless. */
  readonly danger: string | null;
}

export interface Used {
  readonly oid: bigint;
  /** With its arguments, as SQL names it. */
  readonly name: string;
  readonly schema: string;
  readonly language: string;
  readonly body: string;
}

/**
 * Also through views, operators and aggregates. A partitioned table has no rows of its own: its partitions are evaluated. Of
 * a foreign table a restore evaluates nothing. `owner` wrote it, `relation` is read, `tree` is it as PostgreSQL stores it.
 */
const EVALUATED = `
  WITH RECURSIVE evaluated (classid, objid, what, probes, filled, relation, owner, tree) AS (
    SELECT 'pg_class'::regclass::oid, i.indexrelid, 'the index ' || i.indexrelid::regclass,
      ARRAY[format('SELECT count(ROW(%s)) FROM ONLY %s WHERE %s',
        coalesce((SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k) FROM generate_series(1, i.indnkeyatts) k WHERE i.indkey[k - 1] = 0), '1'),
        i.indrelid::regclass, coalesce(pg_get_expr(i.indpred, i.indrelid), 'true'))],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', i.indrelid::regclass), t.oid, t.relowner, concat(i.indexprs::text, i.indpred::text)
      FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indisvalid AND t.relkind IN ('r', 'm') AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, format('the CHECK %I of %s', k.conname, k.conrelid::regclass),
      ARRAY[format('SELECT count((%s)) FROM ONLY %s', pg_get_expr(k.conbin, k.conrelid), k.conrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', k.conrelid::regclass), t.oid, t.relowner, k.conbin::text
      FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'c' AND k.convalidated AND t.relkind = 'r'
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, format('the CHECK %I of %s', k.conname, k.contypid::regtype),
      c.probes, coalesce('SELECT ' || array_to_string(c.filled, ' OR ') || ' AS filled', 'SELECT false AS filled'), y.typrelid, y.typowner,
      (SELECT string_agg(a.conbin::text, ' ') FROM pg_constraint a WHERE a.contypid = y.oid AND a.contype = 'c') || CASE WHEN b.typtype = 'd' THEN '{COERCETODOMAIN ' ELSE '' END
      FROM pg_constraint k JOIN pg_type y ON y.oid = k.contypid JOIN pg_type b ON b.oid = y.typbasetype CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(format('SELECT count(CAST(CAST(%I AS %s) AS %s)) FROM ONLY %s', a.attname, format_type(y.typbasetype, y.typtypmod), y.oid::regtype, t.oid::regclass)), '{}') AS probes,
          array_agg(format('EXISTS (SELECT FROM ONLY %s WHERE %I IS NOT NULL)', t.oid::regclass, a.attname)) AS filled
        FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' WHERE a.atttypid = y.oid AND NOT a.attisdropped) c
      WHERE k.contype = 'c' AND k.convalidated
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, format('the generated column %I of %s', a.attname, d.adrelid::regclass),
      ARRAY[format('SELECT count((%s)) FROM ONLY %s', pg_get_expr(d.adbin, d.adrelid), d.adrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', d.adrelid::regclass), t.oid, t.relowner, d.adbin::text
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class t ON t.oid = d.adrelid
      WHERE a.attgenerated = 's' AND t.relkind = 'r'
    UNION ALL SELECT 'pg_class'::regclass, p.partrelid, 'the partition key of ' || p.partrelid::regclass,
      ARRAY[format('SELECT count(ROW(%s)) FROM %s', pg_get_expr(p.partexprs, p.partrelid), p.partrelid::regclass)],
      format('SELECT EXISTS (SELECT FROM %s) AS filled', p.partrelid::regclass), t.oid, t.relowner, p.partexprs::text
      FROM pg_partitioned_table p JOIN pg_class t ON t.oid = p.partrelid WHERE p.partexprs IS NOT NULL
    UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 'the materialized view ' || c.oid::regclass,
      ARRAY[format('SELECT count(q) FROM (%s) q', rtrim(pg_get_viewdef(c.oid), ';'))], format('SELECT %L::boolean AS filled', c.relispopulated), c.oid, c.relowner, w.ev_action::text
      FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE c.relkind = 'm'
    UNION SELECT 'pg_rewrite'::regclass, w.oid, e.what, e.probes, e.filled, v.oid, v.relowner, w.ev_action::text
      FROM evaluated e
      JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
      JOIN pg_rewrite w ON w.ev_class = v.oid
  ), called (what, probes, filled, oid) AS (
    SELECT e.what, e.probes, e.filled, unnest(CASE d.refclassid
        WHEN 'pg_proc'::regclass THEN d.refobjid || ARRAY(SELECT unnest(ARRAY[g.aggtransfn::oid, g.aggfinalfn::oid]) FROM pg_aggregate g WHERE g.aggfnoid = d.refobjid)
        ELSE ARRAY(SELECT o.oprcode::oid FROM pg_operator o WHERE o.oid = d.refobjid) END)
    FROM evaluated e JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
  ), ${DANGERS}
  SELECT DISTINCT e.what, e.probes, e.filled, p.oid::bigint AS oid, p.oid::regprocedure::text AS name, n.nspname::text AS schema, l.lanname::text AS language,
    CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NULL THEN p.prosrc ELSE '' END AS body,
    (SELECT (array_agg(d.why ORDER BY d.rank, d.why))[1] FROM danger d WHERE d.what = e.what) AS danger
  FROM called e
  JOIN pg_proc p ON p.oid = e.oid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang AND l.lanpltrusted
  WHERE NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE lower(s) LIKE 'search_path=%')
    AND n.nspname <> 'pg_catalog'
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
  ORDER BY name, what`;

/**
 * Asks the catalogs, in a transaction. Names are whole only where the search path is empty. PostgreSQL takes it for dear, and
 * would compile it for seconds where it takes milliseconds.
 */
export async function evaluatedByRestore(connection: Connection): Promise<readonly Evaluated[]> {
  const [, rows] = await connection.atOnce(
    async () =>
      await Promise.all([
        connection.exec("SET LOCAL jit = off"),
        connection.query<Omit<Evaluated, "functions"> & Used & Record<string, unknown>>(EVALUATED),
      ]),
  );
  return [...Map.groupBy(rows, ({ what }) => what).values()].flatMap((all): Evaluated[] => {
    const [one] = all;
    return one === undefined ? [] : [{ what: one.what, probes: one.probes, filled: one.filled, danger: one.danger, functions: all }];
  });
}
