import { refusal } from "../core/failure.ts";
import { plural } from "../core/format.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Database } from "../postgres/database.ts";
import { identifier, literal } from "../postgres/literal.ts";

/** As whom the database is read. */
export interface Reader {
  readonly admin: boolean;
}

interface Unreadable {
  /** Quoted: `public.users`; of a large object its number. */
  readonly name: string;
  readonly schema: string;
  readonly lacks: "usage" | "select" | "rows" | "object";
  readonly sequence: boolean;
}

/**
 * The role that may read everything: the application's, else that of `database-admin-url`; of a service, its own.
 * @throws Failure (exit 2) that names what may not be read, and the GRANT.
 */
export async function chooseReader(database: Database, signal: AbortSignal): Promise<Reader> {
  const missing = await unreadable(database, database.adminReads, signal);
  if (missing.length === 0) return { admin: database.adminReads };
  const { user } = database.adminReads ? database.adminTarget : database.target;
  if (database.adminTarget.user !== user && (await unreadable(database, true, signal)).length === 0) return { admin: true };
  throw refusal(`The role ${identifier(user)} may not read all of database ${identifier(database.name)}: a backup would not be whole.`, {
    code: "42501",
    hint: `${grants(missing, user)}   (or give a role that may read everything as database-admin-url)`,
    evidence: evidenceOf(missing),
  });
}

async function unreadable(database: Database, admin: boolean, signal: AbortSignal): Promise<Unreadable[]> {
  await using connection: Connection = await database.connect("backup", { admin, signal });
  return await connection.query<Unreadable>(UNREADABLE);
}

/** What pg_dump locks and reads: tables, partitioned ones, sequences, large objects; not what belongs to extensions. */
const UNREADABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema, c.relkind = 'S' AS sequence,
    CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'usage'
         WHEN NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END THEN 'select'
         ELSE 'rows' END AS lacks
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    AND (NOT has_schema_privilege(n.oid, 'USAGE')
      OR NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
      OR (c.relkind IN ('r', 'p') AND row_security_active(c.oid)))
  UNION ALL
  SELECT m.oid::text, '', false, 'object' FROM pg_largeobject_metadata m
  WHERE NOT current_setting('lo_compat_privileges')::bool AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
      WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
  ORDER BY 1`;

function grants(missing: readonly Unreadable[], user: string): string {
  const role = identifier(user);
  const statements = new Set<string>();
  for (const { schema, lacks } of missing) if (lacks === "usage") statements.add(`GRANT USAGE ON SCHEMA ${schema} TO ${role};`);
  for (const { schema, lacks, sequence, name } of missing) {
    const kind = sequence ? "SEQUENCE" : "TABLE";
    if (lacks === "object") continue;
    const many = missing.filter((one) => one.schema === schema && one.sequence === sequence && one.lacks !== "rows").length > 3;
    if (lacks !== "rows")
      statements.add(many ? `GRANT SELECT ON ALL ${kind}S IN SCHEMA ${schema} TO ${role};` : `GRANT SELECT ON ${kind} ${name} TO ${role};`);
  }
  if (missing.some((one) => one.lacks === "rows")) statements.add(`ALTER ROLE ${role} BYPASSRLS;`);
  const objects = missing.filter((one) => one.lacks === "object").map(({ name }) => name);
  if (objects.length > 0) statements.add(grantObjects(objects, role));
  return [...statements].join(" ");
}

/** There is no GRANT for all of them. */
function grantObjects(objects: readonly string[], role: string): string {
  if (objects.length <= 10) return `GRANT SELECT ON LARGE OBJECT ${objects.join(", ")} TO ${role};`;
  const each = `EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %s', o, ${literal(role)})`;
  return `DO $do$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP ${each}; END LOOP; END $do$;`;
}

function evidenceOf(missing: readonly Unreadable[]): string[] {
  const shown = missing.slice(0, 10).map(({ name, lacks }) => {
    if (lacks === "rows") return `${name}: row security hides rows`;
    return `${lacks === "object" ? "large object " : ""}${name}: no SELECT`;
  });
  return missing.length > shown.length ? [...shown, `and ${plural(missing.length - shown.length, "other")}`] : shown;
}
