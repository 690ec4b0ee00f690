import type { Connection } from "./connection.ts";
import type { RestoreObstacle } from "./restore-obstacle.ts";

/** Everything of the user's that carries rights: name, rights, owner. */
const RIGHTS = `
  SELECT c.oid::regclass::text AS name, c.relacl AS acl, c.relowner AS owner, 'pg_class'::regclass AS class, c.oid FROM pg_class c
  UNION ALL SELECT a.attrelid::regclass::text || '.' || quote_ident(a.attname), a.attacl, c.relowner, 'pg_class'::regclass, c.oid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  UNION ALL SELECT p.oid::regprocedure::text, p.proacl, p.proowner, 'pg_proc'::regclass, p.oid FROM pg_proc p
  UNION ALL SELECT t.oid::regtype::text, t.typacl, t.typowner, 'pg_type'::regclass, t.oid FROM pg_type t
  UNION ALL SELECT quote_ident(n.nspname), n.nspacl, n.nspowner, 'pg_namespace'::regclass, n.oid FROM pg_namespace n`;

/**
 * Rights that somebody granted who does not own the thing (by `WITH GRANT OPTION`): a restore grants them as that role, by
 * SET SESSION AUTHORIZATION, which only a superuser may, no managed service's role.
 */
export async function grantProblems(connection: Connection, role: { readonly name: string }): Promise<readonly RestoreObstacle[]> {
  const found = await connection.query<{ name: string; grantors: string }>(
    `SELECT r.name, string_agg(DISTINCT pg_get_userbyid(x.grantor)::text, ', ') AS grantors
     FROM (${RIGHTS}) r CROSS JOIN LATERAL aclexplode(r.acl) x
     WHERE x.grantor <> r.owner AND r.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = r.class AND d.objid = r.oid AND d.deptype = 'e')
     GROUP BY r.name ORDER BY r.name`,
  );
  if (found.length === 0) return [];
  const shown = found.slice(0, 5).map(({ name, grantors }) => `${name} by ${grantors}`);
  return [
    {
      problem: `rights that others than the owner granted (${shown.join("; ")}${found.length > shown.length ? "; …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
      fix: "Name a superuser in database-admin-url; or let the owner grant them instead of the others.",
    },
  ];
}
