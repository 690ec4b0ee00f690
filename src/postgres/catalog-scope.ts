/** The comment on our own schema `savepoint`, which tells it from a user's of that name. */
export const OWN_SCHEMA = "Savepoint keeps here what it needs for itself; it is no part of the schema.";

/**
 * The common part of the queries over the catalogs: which schemas, relations and other objects are the user's.
 * Left out: the system's, what belongs to extensions, and what is ours.
 */
export const SCOPE = `WITH RECURSIVE
  own AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname = 'savepoint' AND pg_catalog.obj_description(n.oid, 'pg_namespace') = '${OWN_SCHEMA}'
  ),
  scope AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT oid FROM own)
  ),
  ext AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
  -- Tables of extensions: what hangs on them is made by the extension, and by no dump.
  members AS (SELECT objid AS oid FROM ext WHERE classid = 'pg_catalog.pg_class'::regclass),
  history AS (
    SELECT c.oid FROM pg_catalog.pg_class c
    WHERE c.relname = 'schema_migrations' AND c.relkind IN ('r', 'p')
      AND 5 = (SELECT count(*) FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('version', 'checksum', 'state', 'started_at', 'deploy_id'))
  ),
  ours AS (
    SELECT oid FROM history
    UNION ALL SELECT i.indexrelid FROM pg_catalog.pg_index i JOIN history h ON h.oid = i.indrelid
    UNION ALL SELECT d.objid FROM pg_catalog.pg_depend d JOIN history h ON h.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
  ),
  undumped AS (
    -- An INVALID index, which a dump leaves out (pg_dump's own condition).
    SELECT i.indexrelid AS oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE NOT (i.indisvalid OR t.relkind = 'p') OR NOT i.indisready
  ),
  -- What a table has its columns from, by INHERITS; a partition's are its own.
  ancestors (oid, above) AS (
    SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'f') AND NOT c.relispartition
    UNION SELECT a.oid, i.inhparent FROM ancestors a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.above
  ),
  rel AS (
    SELECT c.*, pg_catalog.format('%I.%I', s.name, c.relname) AS name, s.name AS schema_name
    FROM pg_catalog.pg_class c JOIN scope s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid)
      AND c.oid NOT IN (SELECT oid FROM ours) AND c.oid NOT IN (SELECT oid FROM undumped)
  )`;

/** Rights as sorted text. Who granted them is left out: a restore grants them all as the owner. */
export function rights(acl: string): string {
  return `(SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable THEN 'grantable' END), ', ' ORDER BY a.grantee::pg_catalog.regrole::text COLLATE "C", a.privilege_type) FROM pg_catalog.aclexplode(${acl}) a)`;
}

/** Not a member of an extension. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.${catalog}'::regclass AND objid = ${oid})`;
}

/** `<key>=<value>` parts of a definition; NULL values disappear. */
export function parts(values: Readonly<Record<string, string>>): string {
  const pieces = Object.entries(values).map(([key, sql]) => `'${key}=' || (${sql})::text`);
  return `pg_catalog.concat_ws('; ', ${pieces.join(", ")})`;
}

/** Text that is compared as it is written; what stands before it is an expression, see `schemaListing`. */
export const VERBATIM = "\u0001";

export function verbatim(sql: string): string {
  return `(E'\\x01' || ${sql})`;
}

export function role(oid: string): string {
  return `pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(${oid}))`;
}

export function sorted(array: string): string {
  return `(SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C") FROM pg_catalog.unnest(${array}) o)`;
}
