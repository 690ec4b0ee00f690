import { EXTENSION_RIGHTS } from "./catalog-extensions.ts";
import { notOfExtension, parts, rights, role, sorted, verbatim } from "./catalog-scope.ts";

/** The first oid of what was made after initdb: comments and languages of the system's own objects lie below. */
const FIRST_USER_OID = 16_384;

function acl(kind: string, column: string, owner: string): string {
  return rights(`coalesce(${column}, pg_catalog.acldefault('${kind}', ${owner}))`);
}

/** A row of a catalog as text, without what is a number of the cluster; for kinds that are rare. */
function row(alias: string, without: readonly string[]): string {
  return `(pg_catalog.to_jsonb(${alias}) - ARRAY[${["oid", ...without].map((column) => `'${column}'`).join(", ")}])`;
}

function identity(catalog: string, oid: string): string {
  return `(pg_catalog.pg_identify_object('pg_catalog.${catalog}'::regclass, ${oid}, 0)).identity`;
}

/**
 * A function's text is compared as it is written. What the server prints around it (defaults of arguments), and a body
 * that it prints whole (BEGIN ATOMIC), are expressions. The text stands last, between two dollar quotes of equal length.
 */
const FUNCTION = `(SELECT CASE WHEN quote IS NULL THEN printed ELSE pg_catalog.left(printed, -(pg_catalog.length(p.prosrc) + 2 * pg_catalog.length(quote) + 1)) || ${verbatim("p.prosrc")} END
  FROM (SELECT pg_catalog.pg_get_functiondef(p.oid) AS printed OFFSET 0) d, LATERAL (SELECT pg_catalog.substring(printed, '([$](?:function|procedure)x*[$])\\n$') AS quote OFFSET 0) q
  WHERE p.prokind <> 'a')`;

/** What servers from 15 on know. */
const COLUMNS_OF_PUBLICATION = `coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a), ', ' ORDER BY a COLLATE "C")
  FROM pg_catalog.jsonb_array_elements_text(NULLIF(pg_catalog.to_jsonb(t) -> 'attnames', 'null')) a), '')`;

/**
 * Comments that pg_dump leaves out: on what a partition or a child has from its parent, a view's own rule, rows, arrays and
 * multiranges as types, and on what hangs on a table of an extension.
 */
const UNDUMPED_COMMENTS = `
  SELECT 'pg_catalog.pg_trigger'::regclass AS classid, t.oid AS objid FROM pg_catalog.pg_trigger t WHERE (pg_catalog.to_jsonb(t) ->> 'tgparentid')::oid <> 0 OR t.tgrelid IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM pg_catalog.pg_constraint k WHERE k.contype = 't' OR k.contype = 'f' AND k.conparentid <> 0
    OR k.contype = 'c' AND k.conrelid <> 0 AND NOT k.conislocal OR k.conrelid IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_rewrite'::regclass, w.oid FROM pg_catalog.pg_rewrite w WHERE w.rulename = '_RETURN' OR w.ev_class IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_policy'::regclass, p.oid FROM pg_catalog.pg_policy p WHERE p.polrelid IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid IN (SELECT oid FROM members)
  UNION ALL SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE t.typtype = 'm' OR c.relkind <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)`;

/** Queries of (kind, name, definition) over everything that is no relation. */
export const OBJECTS: readonly string[] = [
  `SELECT 'schema', pg_catalog.quote_ident(n.nspname), ${parts({ owner: role("n.nspowner"), rights: acl("n", "n.nspacl", "n.nspowner") })}
   FROM pg_catalog.pg_namespace n JOIN scope s ON s.oid = n.oid WHERE ${notOfExtension("pg_namespace", "n.oid")}`,

  `SELECT 'extension', pg_catalog.quote_ident(e.extname), 'schema=' || n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,

  `SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, ${identity("pg_proc", "p.oid")}, ${parts({
    owner: role("p.proowner"),
    rights: acl("f", "p.proacl", "p.proowner"),
    definition: FUNCTION,
    aggregate: `(SELECT pg_catalog.pg_get_function_result(p.oid) || ' ' || (pg_catalog.to_jsonb(a) - ARRAY['aggfnoid', 'aggtranstype', 'aggmtranstype', 'aggsortop'])::text
      || pg_catalog.format_type(a.aggtranstype, NULL) || a.aggsortop::pg_catalog.regoperator::text || coalesce(pg_catalog.format_type(NULLIF(a.aggmtranstype, 0), NULL), '') || p.proparallel::text || p.provolatile::text
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)`,
  })}
   FROM pg_catalog.pg_proc p JOIN scope s ON s.oid = p.pronamespace WHERE ${notOfExtension("pg_proc", "p.oid")}
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`,

  EXTENSION_RIGHTS,

  // Rows, arrays and multiranges follow from what they belong to.
  `SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, pg_catalog.format_type(t.oid, NULL), ${parts(
    {
      owner: role("t.typowner"),
      rights: acl("T", "t.typacl", "t.typowner"),
      labels:
        "(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)",
      base: "CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END",
      // That of a domain is also kept as it was printed once, under some search path and the names of that day.
      default: "coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault)",
      required: "CASE WHEN t.typnotnull THEN true END",
      collation: "CASE WHEN t.typtype = 'd' AND t.typcollation <> 0 THEN t.typcollation::pg_catalog.regcollation END",
      attributes:
        "CASE WHEN t.typtype = 'c' THEN (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped) END",
      range:
        "(SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), NULLIF(r.rngcollation, 0)::pg_catalog.regcollation, r.rngcanonical, r.rngsubdiff, (SELECT o.opcname FROM pg_catalog.pg_opclass o WHERE o.oid = r.rngsubopc)) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)",
      functions:
        "CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(' ', t.typinput, t.typoutput, t.typlen, t.typalign, t.typstorage, t.typcategory) END",
    },
  )}
   FROM pg_catalog.pg_type t JOIN scope s ON s.oid = t.typnamespace
   WHERE ${notOfExtension("pg_type", "t.oid")} AND t.typelem = 0 AND t.typtype <> 'm'
     AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`,

  `SELECT 'constraint', pg_catalog.format_type(k.contypid, NULL) || '.' || pg_catalog.quote_ident(k.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END)
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid JOIN scope s ON s.oid = t.typnamespace WHERE ${notOfExtension("pg_type", "t.oid")}`,

  `SELECT 'default rights', pg_catalog.concat_ws(' ', ${role("d.defaclrole")}, n.nspname, d.defaclobjtype), coalesce(${rights("d.defaclacl")}, '')
   FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace`,

  // One that was made from a system's own, for every encoding, comes back for the database's.
  `SELECT 'collation', ${identity("pg_collation", "c.oid")}, ${role("c.collowner")} || ${row("c", ["collnamespace", "collowner", "collversion", "collencoding"])} FROM pg_catalog.pg_collation c JOIN scope s ON s.oid = c.collnamespace WHERE ${notOfExtension("pg_collation", "c.oid")}`,

  `SELECT 'conversion', ${identity("pg_conversion", "c.oid")}, ${role("c.conowner")} || ${row("c", ["connamespace", "conowner"])} FROM pg_catalog.pg_conversion c JOIN scope s ON s.oid = c.connamespace WHERE ${notOfExtension("pg_conversion", "c.oid")}`,

  `SELECT 'cast', ${identity("pg_cast", "c.oid")}, pg_catalog.concat_ws(' ', CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure END, c.castcontext, c.castmethod) FROM pg_catalog.pg_cast c WHERE c.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_cast", "c.oid")}`,

  // One without a function is only named by another, on whose line it stands; where that one is gone, no dump holds it.
  `SELECT 'operator', ${identity("pg_operator", "o.oid")}, pg_catalog.concat_ws(' ', ${role("o.oprowner")}, pg_catalog.format_type(o.oprresult, NULL), o.oprcode, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash, o.oprcom::pg_catalog.regoperator, o.oprnegate::pg_catalog.regoperator)
   FROM pg_catalog.pg_operator o JOIN scope s ON s.oid = o.oprnamespace WHERE o.oprcode <> 0 AND ${notOfExtension("pg_operator", "o.oid")}`,

  `SELECT 'operator class', ${identity("pg_opclass", "o.oid")}, pg_catalog.concat_ws(' ', ${role("o.opcowner")}, ${identity("pg_opfamily", "o.opcfamily")}, pg_catalog.format_type(o.opcintype, NULL), CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END, o.opcdefault)
   FROM pg_catalog.pg_opclass o JOIN scope s ON s.oid = o.opcnamespace WHERE ${notOfExtension("pg_opclass", "o.oid")}`,

  `SELECT 'operator family', ${identity("pg_opfamily", "f.oid")}, pg_catalog.concat_ws(' ', ${role("f.opfowner")},
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amopstrategy, a.amopopr::pg_catalog.regoperator, a.amoppurpose), ', ' ORDER BY a.amopstrategy, a.amopopr::pg_catalog.regoperator::text COLLATE "C") FROM pg_catalog.pg_amop a WHERE a.amopfamily = f.oid),
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', p.amprocnum, p.amproc::pg_catalog.regprocedure), ', ' ORDER BY p.amprocnum, p.amproc::pg_catalog.regprocedure::text COLLATE "C") FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid))
   FROM pg_catalog.pg_opfamily f JOIN scope s ON s.oid = f.opfnamespace WHERE ${notOfExtension("pg_opfamily", "f.oid")}`,

  `SELECT 'text search configuration', ${identity("pg_ts_config", "c.oid")}, pg_catalog.concat_ws(' ', ${role("c.cfgowner")}, ${identity("pg_ts_parser", "c.cfgparser")},
     (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::pg_catalog.regdictionary), ', ' ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid))
   FROM pg_catalog.pg_ts_config c JOIN scope s ON s.oid = c.cfgnamespace WHERE ${notOfExtension("pg_ts_config", "c.oid")}`,

  `SELECT 'text search dictionary', ${identity("pg_ts_dict", "d.oid")}, pg_catalog.concat_ws(' ', ${role("d.dictowner")}, ${identity("pg_ts_template", "d.dicttemplate")}, d.dictinitoption)
   FROM pg_catalog.pg_ts_dict d JOIN scope s ON s.oid = d.dictnamespace WHERE ${notOfExtension("pg_ts_dict", "d.oid")}`,

  `SELECT 'text search parser', ${identity("pg_ts_parser", "p.oid")}, ${row("p", ["prsnamespace"])}::text FROM pg_catalog.pg_ts_parser p JOIN scope s ON s.oid = p.prsnamespace WHERE ${notOfExtension("pg_ts_parser", "p.oid")}`,

  `SELECT 'text search template', ${identity("pg_ts_template", "t.oid")}, ${row("t", ["tmplnamespace"])}::text FROM pg_catalog.pg_ts_template t JOIN scope s ON s.oid = t.tmplnamespace WHERE ${notOfExtension("pg_ts_template", "t.oid")}`,

  `SELECT 'language', pg_catalog.quote_ident(l.lanname), ${parts({ owner: role("l.lanowner"), trusted: "l.lanpltrusted", rights: acl("l", "l.lanacl", "l.lanowner") })} FROM pg_catalog.pg_language l WHERE l.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_language", "l.oid")}`,

  `SELECT 'access method', pg_catalog.quote_ident(m.amname), m.amhandler::text || ' ' || m.amtype::text FROM pg_catalog.pg_am m WHERE m.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_am", "m.oid")}`,

  `SELECT 'transform', ${identity("pg_transform", "t.oid")}, pg_catalog.concat_ws(' ', t.trffromsql, t.trftosql) FROM pg_catalog.pg_transform t WHERE t.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_transform", "t.oid")}`,

  `SELECT 'foreign data wrapper', pg_catalog.quote_ident(w.fdwname), ${parts({ owner: role("w.fdwowner"), rights: acl("F", "w.fdwacl", "w.fdwowner"), handler: "NULLIF(w.fdwhandler, 0)::pg_catalog.regproc", validator: "NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc", options: sorted("w.fdwoptions") })}
   FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${notOfExtension("pg_foreign_data_wrapper", "w.oid")}`,

  `SELECT 'foreign server', pg_catalog.quote_ident(f.srvname), ${parts({ owner: role("f.srvowner"), wrapper: "w.fdwname", rights: acl("S", "f.srvacl", "f.srvowner"), type: "f.srvtype", version: "f.srvversion", options: sorted("f.srvoptions") })}
   FROM pg_catalog.pg_foreign_server f JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = f.srvfdw WHERE ${notOfExtension("pg_foreign_server", "f.oid")}`,

  // Their options hold passwords, and who may see them depends on who asks.
  `SELECT 'user mapping', pg_catalog.quote_ident(u.srvname) || ' ' || pg_catalog.quote_ident(u.usename), '' FROM pg_catalog.pg_user_mappings u WHERE ${notOfExtension("pg_foreign_server", "u.srvid")}`,

  `SELECT 'event trigger', pg_catalog.quote_ident(t.evtname), pg_catalog.concat_ws(' ', ${role("t.evtowner")}, t.evtevent, t.evtfoid::pg_catalog.regprocedure, t.evtenabled, ${sorted("t.evttags")})
   FROM pg_catalog.pg_event_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
   WHERE ${notOfExtension("pg_event_trigger", "t.oid")} AND p.pronamespace NOT IN (SELECT oid FROM own)`,

  // Columns by name: a restore of inherited tables changes their order.
  `SELECT 'publication', pg_catalog.quote_ident(p.pubname), pg_catalog.concat_ws(' ', ${role("p.pubowner")}, ${row("p", ["pubname", "pubowner"])},
     (SELECT pg_catalog.string_agg(x.prrelid::pg_catalog.regclass::text || (pg_catalog.to_jsonb(x) - ARRAY['oid', 'prpubid', 'prrelid', 'prqual', 'prattrs'])::text, ', ' ORDER BY x.prrelid::pg_catalog.regclass::text COLLATE "C") FROM pg_catalog.pg_publication_rel x WHERE x.prpubid = p.oid AND x.prrelid NOT IN (SELECT oid FROM members)),
     (SELECT pg_catalog.string_agg((pg_catalog.to_jsonb(t) - ARRAY['pubname', 'attnames'])::text || ${COLUMNS_OF_PUBLICATION}, ', ' ORDER BY t.schemaname COLLATE "C", t.tablename COLLATE "C") FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables
       AND NOT EXISTS (SELECT FROM members m JOIN pg_catalog.pg_class c ON c.oid = m.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = t.schemaname AND c.relname = t.tablename)))
   FROM pg_catalog.pg_publication p`,

  // The system's thousands of comments are sorted out before anything is looked up for the rest.
  `SELECT 'comment', i.type || ' ' || i.identity, ${verbatim("d.description")}
   FROM (
     SELECT * FROM pg_catalog.pg_description c
     WHERE (c.objoid >= ${FIRST_USER_OID} OR c.classoid = 'pg_catalog.pg_namespace'::regclass)
       AND (c.classoid <> 'pg_catalog.pg_namespace'::regclass OR c.description <> 'standard public schema' AND EXISTS (SELECT FROM scope WHERE oid = c.objoid))
       AND c.classoid NOT IN ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)
       AND c.objoid NOT IN (SELECT oid FROM ours) AND NOT (c.classoid = 'pg_catalog.pg_class'::regclass AND c.objoid IN (SELECT oid FROM undumped))
       AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = c.classoid AND ext.objid = c.objoid)
       AND NOT EXISTS (SELECT FROM (${UNDUMPED_COMMENTS}) u WHERE u.classid = c.classoid AND u.objid = c.objoid)
     OFFSET 0
   ) d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   WHERE coalesce(i.schema, '') NOT IN (SELECT pg_catalog.quote_ident(name) FROM own) AND coalesce(i.schema, '') NOT IN ('pg_catalog', 'information_schema')`,

  `SELECT 'label', l.provider || ' ' || i.type || ' ' || i.identity, ${verbatim("l.label")}
   FROM pg_catalog.pg_seclabel l CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE l.classoid NOT IN ('pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)`,
];
