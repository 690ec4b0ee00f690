/**
 * Rights on what extensions brought along. What they were created with is the extension's own (pg_init_privs) and may
 * be otherwise in a newer version; what somebody granted or took away since is the user's, and pg_dump brings it back.
 */
const MEMBERS = `
  SELECT 'pg_catalog.pg_class'::regclass AS class, c.oid, 0 AS sub, c.relacl AS acl, CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END AS kind, c.relowner AS owner
    FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum, a.attacl, 'c', c.relowner
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_init_privs p WHERE p.classoid = 'pg_catalog.pg_class'::regclass AND p.objoid = a.attrelid AND p.objsubid = a.attnum)
  UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, 0, proacl, 'f', proowner FROM pg_catalog.pg_proc
  UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid, 0, typacl, 'T', typowner FROM pg_catalog.pg_type WHERE typelem = 0
  UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0, nspacl, 'n', nspowner FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid, 0, lanacl, 'l', lanowner FROM pg_catalog.pg_language
  UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl, 'F', fdwowner FROM pg_catalog.pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 0, srvacl, 'S', srvowner FROM pg_catalog.pg_foreign_server`;

/** Lines of an acl. A restored copy's extension may belong to another role: its owner is called so. */
function grants(acl: string): string {
  return `SELECT pg_catalog.concat_ws(' ', CASE WHEN a.grantee = 0 THEN 'PUBLIC' WHEN a.grantee = m.owner THEN 'the owner' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable AND a.grantee <> m.owner THEN 'grantable' END) FROM pg_catalog.aclexplode(${acl}) a`;
}

const NOW = 'coalesce(m.acl, pg_catalog.acldefault(m.kind::"char", m.owner))';
const FIRST = 'coalesce(p.initprivs, pg_catalog.acldefault(m.kind::"char", m.owner))';

function missing(from: string, inOther: string): string {
  return `(SELECT pg_catalog.string_agg(g, ', ' ORDER BY g COLLATE "C") FROM (${grants(from)} EXCEPT ${grants(inOther)}) AS one(g))`;
}

export const EXTENSION_RIGHTS = `
  SELECT 'rights of extension', i.type || ' ' || i.identity, pg_catalog.concat_ws('; ', 'granted=' || ${missing(NOW, FIRST)}, 'revoked=' || ${missing(FIRST, NOW)})
  FROM (${MEMBERS}) m JOIN ext ON ext.classid = m.class AND ext.objid = m.oid
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = m.class AND p.objoid = m.oid AND p.objsubid = m.sub
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(m.class, m.oid, m.sub) i
  WHERE (m.acl IS NOT NULL OR p.initprivs IS NOT NULL)
    AND (EXISTS (${grants(NOW)} EXCEPT ${grants(FIRST)}) OR EXISTS (${grants(FIRST)} EXCEPT ${grants(NOW)}))`;
