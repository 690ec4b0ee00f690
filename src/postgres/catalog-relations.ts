import { parts, rights, role, sorted } from "./catalog-scope.ts";

/**
 * A column's options without the server's own, whose names begin with `pg_` and which no statement sets: `pg_attver`, a
 * number that is another one in each restored copy (from the minor releases of November 2026 on: 15.20, 17.12).
 */
function givenOptions(options: string): string {
  return `ARRAY(SELECT given FROM pg_catalog.unnest(${options}) given WHERE given !~ '^pg_')`;
}

/** A CHECK that a child has from its parent. A partition's own comes back by itself, before it is attached. */
function inheritedCheck(constraint: string, relation: string): string {
  return `(${constraint}.contype = 'c' AND ${constraint}.coninhcount > 0 AND NOT ${relation}.relispartition)`;
}

/** The columns of extended statistics stand in the order of the table's; a restore of inherited tables changes that. */
const STATISTICS = `(SELECT coalesce(pg_catalog.replace(d, ' ON ' || printed, ' ON ' || named), d)
  FROM (SELECT pg_catalog.pg_get_statisticsobjdef(x.oid) AS d) s, (
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) AS printed,
      pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C") AS named
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.stxrelid AND a.attnum = ANY (x.stxkeys)) c)`;

/**
 * How a column is stored is inherited when a child is made, and pg_dump says it of a column only where it is not the type's
 * own: where a parent's was changed for the parent alone, a restored child has it, too.
 */
function storedAs(value: string, others: string): string {
  return `CASE WHEN NOT EXISTS (SELECT FROM ancestors z JOIN pg_catalog.pg_attribute o ON o.attrelid = z.above AND o.attname = a.attname
    WHERE z.oid = a.attrelid AND ${others} = ${value}) THEN ${value} END`;
}

function compression(column: string): string {
  return `NULLIF(pg_catalog.to_jsonb(${column}) ->> 'attcompression', '')`;
}

/** An index may go that was its table's replica identity: the table then has none, and a dump says nothing of it. */
const REPLICA_LOST =
  "(r.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid AND i.indisreplident))";

/**
 * Queries of (kind, name, definition) over tables and what hangs on them. Columns are lines of their own, so that
 * their order, which a restore of inherited tables changes, is not seen.
 */
export const RELATIONS: readonly string[] = [
  `SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, r.name AS name,
    ${parts({
      kind: "r.relkind",
      persistence: "r.relpersistence",
      owner: role("r.relowner"),
      rights: rights("coalesce(r.relacl, pg_catalog.acldefault('r', r.relowner))"),
      options: sorted("r.reloptions"),
      toast: `(SELECT ${sorted("t.reloptions")} FROM pg_catalog.pg_class t WHERE t.oid = r.reltoastrelid)`,
      method: "(SELECT amname FROM pg_catalog.pg_am WHERE oid = r.relam)",
      tablespace: "(SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = r.reltablespace)",
      of: "NULLIF(r.reloftype, 0)::pg_catalog.regtype",
      parents:
        "(SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid)",
      partitioned: "CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END",
      bound: "pg_catalog.pg_get_expr(r.relpartbound, r.oid)",
      security:
        "CASE WHEN r.relrowsecurity OR r.relforcerowsecurity THEN r.relrowsecurity::text || ' forced ' || r.relforcerowsecurity::text END",
      replica: `CASE WHEN NOT ${REPLICA_LOST} THEN NULLIF(r.relreplident, 'd') END`,
      populated: "CASE WHEN r.relkind = 'm' THEN r.relispopulated END",
      foreign:
        "(SELECT s.srvname || ' ' || coalesce(" +
        sorted("f.ftoptions") +
        ", '') FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid)",
      query: "CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid) END",
    })} AS definition
   FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')`,

  `SELECT 'column', r.name || '.' || pg_catalog.quote_ident(a.attname),
    ${parts({
      type: "pg_catalog.format_type(a.atttypid, a.atttypmod)",
      required: "CASE WHEN a.attnotnull THEN 'not null' END",
      generated: "NULLIF(a.attgenerated, '')",
      identity: "NULLIF(a.attidentity, '')",
      // A partition that was attached without a default comes back with DEFAULT NULL.
      default:
        "(SELECT e FROM pg_catalog.pg_attrdef d, pg_catalog.pg_get_expr(d.adbin, d.adrelid) e WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND e !~ '^NULL(::|$)')",
      collation: "CASE WHEN a.attcollation <> t.typcollation THEN (SELECT a.attcollation::pg_catalog.regcollation) END",
      storage: `CASE WHEN a.attstorage <> t.typstorage THEN ${storedAs("a.attstorage", "o.attstorage")} END`,
      compression: storedAs(compression("a"), compression("o")),
      statistics: "NULLIF(coalesce(a.attstattarget, -1), -1)",
      options: sorted(givenOptions("a.attoptions")),
      foreign: sorted("a.attfdwoptions"),
      rights: rights("a.attacl"),
    })}
   FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped`,

  // A partition's copies of its parent's foreign keys get names anew at a restore; the parent's line says all.
  // Constraint triggers stand among the triggers, NOT NULL (a constraint of its own from 18 on) with its column.
  // A child's copy of a CHECK comes back as valid as its parent's: where it is more than that, it stands in `STATES`.
  `SELECT 'constraint', r.name || '.' || pg_catalog.quote_ident(k.conname),
    CASE WHEN ${inheritedCheck("k", "r")} THEN pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
      ELSE pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END) END
   FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
   WHERE k.contype NOT IN ('t', 'n') AND NOT (k.contype = 'f' AND k.conparentid <> 0)`,

  `SELECT 'index', x.name, ${parts({
    definition: "pg_catalog.pg_get_indexdef(i.indexrelid)",
    invalid: "CASE WHEN NOT i.indisvalid THEN true END",
    clustered: "CASE WHEN i.indisclustered THEN true END",
    replica: "CASE WHEN i.indisreplident THEN true END",
    parent: "(SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)",
    tablespace: "(SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = x.reltablespace)",
    statistics:
      "(SELECT pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)",
  })}
   FROM rel x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid WHERE i.indrelid NOT IN (SELECT oid FROM members)`,

  `SELECT 'sequence', r.name, ${parts({
    owner: role("r.relowner"),
    rights: rights("coalesce(r.relacl, pg_catalog.acldefault('s', r.relowner))"),
    persistence: "r.relpersistence",
    // That of an identity is its column's; CREATE TABLE … LIKE leaves another one until a restore.
    type: "CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'i' AND d.refobjsubid > 0) THEN s.seqtypid::pg_catalog.regtype END",
    start: "s.seqstart",
    increment: "s.seqincrement",
    range: "s.seqmin || ' to ' || s.seqmax",
    cache: "s.seqcache",
    cycle: "CASE WHEN s.seqcycle THEN true END",
    of: "(SELECT d.refobjid::pg_catalog.regclass::text || '.' || a.attname || ' ' || d.deptype::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i') AND d.refobjid NOT IN (SELECT oid FROM members) LIMIT 1)",
  })}
   FROM rel r JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid`,

  `SELECT 'trigger', r.name || '.' || pg_catalog.quote_ident(t.tgname), pg_catalog.pg_get_triggerdef(t.oid) || ' enabled=' || t.tgenabled::text
   FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
   WHERE NOT t.tgisinternal AND p.pronamespace NOT IN (SELECT oid FROM own)`,

  `SELECT 'rule', r.name || '.' || pg_catalog.quote_ident(w.rulename), pg_catalog.pg_get_ruledef(w.oid) || ' enabled=' || w.ev_enabled::text
   FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'`,

  `SELECT 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname), ${parts({
    for: "p.polcmd",
    permissive: "p.polpermissive",
    to: "(SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END, ', ' ORDER BY o::pg_catalog.regrole::text COLLATE \"C\") FROM pg_catalog.unnest(p.polroles) o)",
    using: "pg_catalog.pg_get_expr(p.polqual, p.polrelid)",
    check: "pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)",
  })}
   FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid`,

  `SELECT 'statistics', s.name || '.' || pg_catalog.quote_ident(x.stxname), ${parts({
    definition: STATISTICS,
    owner: role("x.stxowner"),
    target: "NULLIF(coalesce((pg_catalog.to_jsonb(x) ->> 'stxstattarget')::integer, -1), -1)",
  })}
   FROM pg_catalog.pg_statistic_ext x JOIN scope s ON s.oid = x.stxnamespace WHERE x.stxrelid NOT IN (SELECT oid FROM ours) AND x.stxrelid NOT IN (SELECT oid FROM members)`,
];

/**
 * What counts as a difference and comes back from no dump: foreign keys that were switched off by DISABLE TRIGGER ALL, and
 * deferred constraints. In a restored copy they are on again. A child's copy of a CHECK that was validated, where its
 * parent's is NOT VALID: in a restored copy both are. A child's column that is stored otherwise than its parent's. A replica
 * identity whose index is gone.
 */
export const STATES = `
  SELECT 'switched off' AS kind, r.name || '.' || coalesce(pg_catalog.quote_ident(k.conname), pg_catalog.quote_ident(t.tgname)) AS name,
    pg_catalog.concat_ws(' ', t.tgenabled, p.proname) AS definition
  FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
  WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'
  UNION ALL
  SELECT 'valid before its parent', r.name || '.' || pg_catalog.quote_ident(k.conname), NULL
  FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
  WHERE ${inheritedCheck("k", "r")} AND k.convalidated AND EXISTS (
    SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_constraint above ON above.conrelid = i.inhparent
    WHERE i.inhrelid = r.oid AND above.conname = k.conname AND above.contype = 'c' AND NOT above.convalidated)
  UNION ALL
  SELECT 'stored otherwise than its parent''s', r.name || '.' || pg_catalog.quote_ident(a.attname), pg_catalog.concat_ws(' ', a.attstorage, ${compression("a")})
  FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
  WHERE a.attinhcount > 0 AND NOT r.relispartition AND EXISTS (
    SELECT FROM ancestors z JOIN pg_catalog.pg_attribute o ON o.attrelid = z.above AND o.attname = a.attname
    WHERE z.oid = r.oid AND (o.attstorage, ${compression("o")}) IS DISTINCT FROM (a.attstorage, ${compression("a")}))
  UNION ALL
  SELECT 'without its replica identity', r.name, NULL FROM rel r WHERE ${REPLICA_LOST}`;
