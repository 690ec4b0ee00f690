import { Failure } from "../core/failure.ts";
import type { Connection } from "./connection.ts";
import { identifier } from "./literal.ts";

/** A function that finds something only by the search path, and what a restore, which has none, evaluates it for. */
export interface PathDependent {
  /** With its arguments, as SQL names it. */
  readonly function: string;
  /** `the index public.by_rate`, … */
  readonly usedBy: readonly string[];
  /** Whether PostgreSQL itself said so of its body, and rows are there for which it is evaluated. */
  readonly certain: boolean;
  /** The whole statement that lets it be restored. */
  readonly fix: string;
}

/** The same as what stands in the way. */
export function pathProblem(one: PathDependent): { readonly problem: string; readonly fix: string } {
  return {
    problem: `${one.function}, used by ${one.usedBy.join(", ")}, finds its tables by the search path alone; a restore has none, so no backup can be restored`,
    fix: `In the database: ${one.fix}`,
  };
}

interface Used {
  readonly oid: bigint;
  readonly name: string;
  readonly schema: string;
  readonly language: string;
  readonly body: string;
  readonly what: string;
  readonly rows: boolean;
}

/** What a restore evaluates, also through views: indexes, CHECKs, generated columns, materialized views. */
const USED = `
  WITH RECURSIVE evaluated (classid, objid, what, rows) AS (
    SELECT 'pg_class'::regclass::oid, i.indexrelid, 'the index ' || i.indexrelid::regclass, pg_relation_size(i.indrelid) > 0
      FROM pg_index i WHERE i.indisvalid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, format('the CHECK %I of %s', k.conname, coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text)),
      k.conrelid <> 0 AND pg_relation_size(nullif(k.conrelid, 0)) > 0
      FROM pg_constraint k WHERE k.contype = 'c' AND k.convalidated
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, format('the generated column %I of %s', a.attname, d.adrelid::regclass), pg_relation_size(d.adrelid) > 0
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
    UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 'the materialized view ' || c.oid::regclass, c.relispopulated
      FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE c.relkind = 'm'
    UNION SELECT 'pg_rewrite'::regclass, w.oid, e.what, e.rows
      FROM evaluated e
      JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
      JOIN pg_rewrite w ON w.ev_class = v.oid
  )
  SELECT DISTINCT p.oid::bigint AS oid, p.oid::regprocedure::text AS name, n.nspname::text AS schema, l.lanname::text AS language, p.prosrc AS body, e.what, coalesce(e.rows, false) AS rows
  FROM evaluated e
  JOIN pg_depend d ON d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.refobjid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
  WHERE to_jsonb(p) ->> 'prosqlbody' IS NULL
    AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE lower(s) LIKE 'search_path=%')
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
  ORDER BY 2, 6`;

/**
 * Functions that need a search path and are evaluated by a restore, which has an empty one: such a dump is whole and
 * cannot be restored. Reads only. Of a function in SQL PostgreSQL is asked; one in PL/pgSQL is read for names of tables.
 * What these functions call in turn is not followed: that a restore was proven says more.
 */
export async function pathDependent(connection: Connection): Promise<readonly PathDependent[]> {
  return await connection.inSnapshot(async () => {
    const used = await connection.query<Used & Record<string, unknown>>(USED);
    if (used.length === 0) return [];
    const relations = await connection.query<{ name: string }>(
      "SELECT DISTINCT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
    );
    const names = new Set(relations.map(({ name }) => name));
    const found: PathDependent[] = [];
    for (const uses of Map.groupBy(used, ({ name }) => name).values()) {
      const [one] = uses;
      if (one === undefined) continue;
      const asked = one.language === "sql";
      const needs = asked ? await failsWithoutPath(connection, one.oid) : namesBare(one.body, names);
      if (!needs) continue;
      found.push({
        function: one.name,
        usedBy: uses.map(({ what }) => what),
        certain: asked && uses.some(({ rows }) => rows),
        fix: `ALTER FUNCTION ${one.name} SET search_path = ${await pathFor(connection, one.schema)};`,
      });
    }
    return found;
  });
}

/** No such table, function, type, schema. */
const NOT_FOUND = ["42P01", "42883", "42704", "3F000"];

/** PostgreSQL's own check of a body in SQL, under the empty path that a restore has. */
async function failsWithoutPath(connection: Connection, oid: bigint): Promise<boolean> {
  await connection.exec("SAVEPOINT body; SET LOCAL search_path = ''; SET LOCAL check_function_bodies = on");
  try {
    await connection.query("SELECT pg_catalog.fmgr_sql_validator($1::bigint::oid)", [oid]);
    return false;
  } catch (error) {
    // Whatever else is wrong with it (that we may not look, for one), a path does not mend it.
    if (error instanceof Failure && error.code !== "connection-lost") return NOT_FOUND.includes(error.code ?? "");
    throw error;
  } finally {
    await connection.exec("ROLLBACK TO SAVEPOINT body");
  }
}

/** Whether a body names one of these tables without its schema, where statements name tables. */
export function namesBare(body: string, names: ReadonlySet<string>): boolean {
  const code = body.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  const named =
    /\b(?:from|join|into|update|only|table)\s+(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))(?![\p{L}\p{N}_$])(?!\s*\.)|([\p{L}_][\p{L}\p{N}_$]*)(?=%(?:row)?type\b)/giu;
  return [...code.matchAll(named)].some(([, quoted, plain, typed]) =>
    names.has(quoted?.replaceAll('""', '"') ?? (plain ?? typed ?? "").toLowerCase()),
  );
}

/** The schemas that the application's sessions find names in, else the function's own. */
async function pathFor(connection: Connection, schema: string): Promise<string> {
  await connection.exec("SAVEPOINT path");
  await connection.exec("SELECT set_config('search_path', reset_val, true) FROM pg_settings WHERE name = 'search_path'");
  const [row] = await connection.query<{ path: string | null }>(
    "SELECT string_agg(pg_catalog.quote_ident(s), ', ' ORDER BY at) AS path FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS x(s, at)",
  );
  await connection.exec("ROLLBACK TO SAVEPOINT path");
  return row?.path ?? identifier(schema);
}
