import { x as Failure } from "./output.js";
import { i as readHistories, n as sameHistory, t as historyDifference$1 } from "./history-difference.js";
import { createHash } from "node:crypto";
// src/postgres/locks.ts
const OUT_OF_MEMORY = "53200";
async function lettingLocksGo(connection, read) {
	return await connection.inSnapshot(async () => {
		await connection.exec("SAVEPOINT looking");
		const result = await read();
		await connection.exec("ROLLBACK TO SAVEPOINT looking; RELEASE SAVEPOINT looking");
		return result;
	});
}
const MOST_THINGS = 50;
const MOST_LOCKS = "SELECT greatest(1, least(100, current_setting('max_locks_per_transaction')::bigint * current_setting('max_connections')::bigint / 64))::int AS locks";
async function readInBatches(connection, things, read) {
	await connection.inSnapshot(async () => {
		const [room] = await connection.query(MOST_LOCKS);
		const waiting = batchesOf(things, room?.locks ?? 1);
		await connection.exec("SAVEPOINT batch");
		for (let batch = waiting.pop(); batch !== void 0; batch = waiting.pop()) {
			try {
				await read(batch);
			} catch (error) {
				if (batch.length === 1 || !(error instanceof Failure && error.code === OUT_OF_MEMORY)) throw error;
				const half = Math.ceil(batch.length / 2);
				waiting.push(batch.slice(0, half), batch.slice(half));
			}
			await connection.exec("ROLLBACK TO SAVEPOINT batch");
		}
		await connection.exec("RELEASE SAVEPOINT batch");
	});
}
function batchesOf(things, most) {
	const batches = [];
	let locks = Infinity;
	for (const thing of things) {
		const last = batches.at(-1);
		if (last === void 0 || last.length === MOST_THINGS || locks + thing.locks > most) {
			batches.push([thing]);
			locks = thing.locks;
		} else {
			last.push(thing);
			locks += thing.locks;
		}
	}
	return batches;
}
// src/postgres/conditions.ts
function flattenConditions(text) {
	return new Flattening(text).all();
}
const JOINT = / (AND|OR) /y;
var Flattening = class {
	#text;
	#at = 0;
	constructor(text) {
		this.#text = text;
	}
	all() {
		let text = this.group().text;
		while (this.#at < this.#text.length) {
			text += this.#text[this.#at] ?? "";
			this.#at += 1;
			text += this.group().text;
		}
		return text;
	}
	group() {
		const parts = [];
		const operators = new Set();
		let text = "";
		let pieces = 0;
		let inner;
		const close = () => {
			parts.push({
				text,
				group: pieces === 1 ? inner : void 0
			});
			[text, pieces, inner] = [
				"",
				0,
				void 0
			];
		};
		for (;;) {
			const character = this.#text[this.#at];
			const joint = character === " " ? this.#joint() : void 0;
			if (character === void 0 || character === ")") break;
			if (joint !== void 0) {
				close();
				parts.push({
					text: joint,
					group: void 0
				});
				operators.add(joint);
			} else if (character === "(") {
				this.#at += 1;
				inner = this.group();
				text += `(${inner.text}${this.#text[this.#at] ?? ""}`;
				this.#at += 1;
				pieces += 1;
			} else {
				const end = character === "'" || character === "\"" ? closingQuote(this.#text, this.#at) : this.#at;
				text += this.#text.slice(this.#at, end + 1);
				this.#at = end + 1;
				pieces += 2;
			}
		}
		close();
		const [operator] = operators;
		const only = operators.size === 1 ? operator : void 0;
		return {
			text: parts.map((part) => only !== void 0 && part.group?.operator === only ? part.group.text : part.text).join(""),
			operator: only
		};
	}
	#joint() {
		JOINT.lastIndex = this.#at;
		const found = JOINT.exec(this.#text)?.[0];
		if (found !== void 0) this.#at += found.length;
		return found;
	}
};
function closingQuote(text, open) {
	const escapes = text[open] === "'" && text[open - 1] === "E";
	for (let at = open + 1; at < text.length; at += 1) if (escapes && text[at] === "\\") at += 1;
	else if (text[at] === text[open]) return at;
	return text.length;
}
// src/postgres/canonical.ts
function canonicalExpression(text) {
	return flattenConditions(moveArrayCasts(text));
}
function moveArrayCasts(text) {
	let from = 0;
	let result = text;
	for (;;) {
		const at = result.indexOf("(ARRAY[", from);
		if (at < 0) return result;
		const moved = moveCast(result, at);
		if (moved === void 0) from = at + 1;
		else result = moved;
	}
}
const ARRAY_CAST = /^\]\)::((?:"(?:[^"]|"")+"|[\w.]|\.(?=")| (?=[a-z]))+(?:\([\d,]+\))?(?: with(?:out)? time zone)?)\[\]/;
function moveCast(text, at) {
	const parts = elements(text, at + 7);
	if (parts === void 0) return void 0;
	const cast = ARRAY_CAST.exec(text.slice(parts.end));
	if (!cast) return void 0;
	const moved = parts.elements.map((element) => `(${element})::${cast[1]}`);
	return `${text.slice(0, at)}ARRAY[${moved.join(", ")}]${text.slice(parts.end + cast[0].length)}`;
}
function elements(text, start) {
	const found = [];
	let depth = 0;
	let begin = start;
	for (let at = start; at < text.length; at += 1) {
		const character = text[at];
		if (character === "'" || character === "\"") at = closingQuote(text, at);
		else if (character === "(" || character === "[") depth += 1;
		else if (depth > 0 && (character === ")" || character === "]")) depth -= 1;
		else if (depth === 0 && (character === "," || character === "]")) {
			found.push(text.slice(begin, at).trim());
			if (character === "]") return {
				elements: found,
				end: at
			};
			begin = at + 1;
		}
	}
}
// src/postgres/catalog-extensions.ts
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
function grants(acl) {
	return `SELECT pg_catalog.concat_ws(' ', CASE WHEN a.grantee = 0 THEN 'PUBLIC' WHEN a.grantee = m.owner THEN 'the owner' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable AND a.grantee <> m.owner THEN 'grantable' END) FROM pg_catalog.aclexplode(${acl}) a`;
}
const NOW = "coalesce(m.acl, pg_catalog.acldefault(m.kind::\"char\", m.owner))";
const FIRST = "coalesce(p.initprivs, pg_catalog.acldefault(m.kind::\"char\", m.owner))";
function missing(from, inOther) {
	return `(SELECT pg_catalog.string_agg(g, ', ' ORDER BY g COLLATE "C") FROM (${grants(from)} EXCEPT ${grants(inOther)}) AS one(g))`;
}
const EXTENSION_RIGHTS = `
  SELECT 'rights of extension', i.type || ' ' || i.identity, pg_catalog.concat_ws('; ', 'granted=' || ${missing(NOW, FIRST)}, 'revoked=' || ${missing(FIRST, NOW)})
  FROM (${MEMBERS}) m JOIN ext ON ext.classid = m.class AND ext.objid = m.oid
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = m.class AND p.objoid = m.oid AND p.objsubid = m.sub
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(m.class, m.oid, m.sub) i
  WHERE (m.acl IS NOT NULL OR p.initprivs IS NOT NULL)
    AND (EXISTS (${grants(NOW)} EXCEPT ${grants(FIRST)}) OR EXISTS (${grants(FIRST)} EXCEPT ${grants(NOW)}))`;
const SCOPE = `
  own AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname = 'savepoint' AND pg_catalog.obj_description(n.oid, 'pg_namespace') = 'Savepoint keeps here what it needs for itself; it is no part of the schema.'
  ),
  scope AS (
    SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT oid FROM own)
  ),
  ext AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
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
  rel AS (
    SELECT c.*, pg_catalog.format('%I.%I', s.name, c.relname) AS name, s.name AS schema_name
    FROM pg_catalog.pg_class c JOIN scope s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid)
      AND c.oid NOT IN (SELECT oid FROM ours) AND c.oid NOT IN (SELECT oid FROM undumped)
  )`;
function rights(acl) {
	return `(SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable THEN 'grantable' END), ', ' ORDER BY a.grantee::pg_catalog.regrole::text COLLATE "C", a.privilege_type) FROM pg_catalog.aclexplode(${acl}) a)`;
}
function notOfExtension(catalog, oid) {
	return `NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.${catalog}'::regclass AND objid = ${oid})`;
}
function parts(values) {
	return `pg_catalog.concat_ws('; ', ${Object.entries(values).map(([key, sql]) => `'${key}=' || (${sql})::text`).join(", ")})`;
}
function verbatim(sql) {
	return `(E'\\x01' || ${sql})`;
}
function role(oid) {
	return `pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(${oid}))`;
}
function sorted(array) {
	return `(SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C") FROM pg_catalog.unnest(${array}) o)`;
}
// src/postgres/catalog-objects.ts
const FIRST_USER_OID = 16384;
function acl(kind, column, owner) {
	return rights(`coalesce(${column}, pg_catalog.acldefault('${kind}', ${owner}))`);
}
function row(alias, without) {
	return `(pg_catalog.to_jsonb(${alias}) - ARRAY[${["oid", ...without].map((column) => `'${column}'`).join(", ")}])`;
}
function identity(catalog, oid) {
	return `(pg_catalog.pg_identify_object('pg_catalog.${catalog}'::regclass, ${oid}, 0)).identity`;
}
const FUNCTION = `(SELECT CASE WHEN quote IS NULL THEN printed ELSE pg_catalog.left(printed, -(pg_catalog.length(p.prosrc) + 2 * pg_catalog.length(quote) + 1)) || ${verbatim("p.prosrc")} END
  FROM (SELECT pg_catalog.pg_get_functiondef(p.oid) AS printed OFFSET 0) d, LATERAL (SELECT pg_catalog.substring(printed, '([$](?:function|procedure)x*[$])\\n$') AS quote OFFSET 0) q
  WHERE p.prokind <> 'a')`;
const OBJECTS = [
	`SELECT 'schema', pg_catalog.quote_ident(n.nspname), ${parts({
		owner: role("n.nspowner"),
		rights: acl("n", "n.nspacl", "n.nspowner")
	})}
   FROM pg_catalog.pg_namespace n JOIN scope s ON s.oid = n.oid WHERE ${notOfExtension("pg_namespace", "n.oid")}`,
	`SELECT 'extension', pg_catalog.quote_ident(e.extname), 'schema=' || n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
	`SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, ${identity("pg_proc", "p.oid")}, ${parts({
		owner: role("p.proowner"),
		rights: acl("f", "p.proacl", "p.proowner"),
		definition: FUNCTION,
		aggregate: `(SELECT pg_catalog.pg_get_function_result(p.oid) || ' ' || (pg_catalog.to_jsonb(a) - ARRAY['aggfnoid', 'aggtranstype', 'aggmtranstype', 'aggsortop'])::text
      || pg_catalog.format_type(a.aggtranstype, NULL) || a.aggsortop::pg_catalog.regoperator::text || coalesce(pg_catalog.format_type(NULLIF(a.aggmtranstype, 0), NULL), '') || p.proparallel::text || p.provolatile::text
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid)`
	})}
   FROM pg_catalog.pg_proc p JOIN scope s ON s.oid = p.pronamespace WHERE ${notOfExtension("pg_proc", "p.oid")}
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`,
	EXTENSION_RIGHTS,
	`SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, pg_catalog.format_type(t.oid, NULL), ${parts({
		owner: role("t.typowner"),
		rights: acl("T", "t.typacl", "t.typowner"),
		labels: "(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)",
		base: "CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END",
		default: "t.typdefault",
		required: "CASE WHEN t.typnotnull THEN true END",
		collation: "CASE WHEN t.typtype = 'd' AND t.typcollation <> 0 THEN t.typcollation::pg_catalog.regcollation END",
		attributes: "CASE WHEN t.typtype = 'c' THEN (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped) END",
		range: "(SELECT pg_catalog.concat_ws(' ', pg_catalog.format_type(r.rngsubtype, NULL), NULLIF(r.rngcollation, 0)::pg_catalog.regcollation, r.rngcanonical, r.rngsubdiff, (SELECT o.opcname FROM pg_catalog.pg_opclass o WHERE o.oid = r.rngsubopc)) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)",
		functions: "CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(' ', t.typinput, t.typoutput, t.typlen, t.typalign, t.typstorage, t.typcategory) END"
	})}
   FROM pg_catalog.pg_type t JOIN scope s ON s.oid = t.typnamespace
   WHERE ${notOfExtension("pg_type", "t.oid")} AND t.typelem = 0 AND t.typtype <> 'm'
     AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`,
	`SELECT 'constraint', pg_catalog.format_type(k.contypid, NULL) || '.' || pg_catalog.quote_ident(k.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END)
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid JOIN scope s ON s.oid = t.typnamespace WHERE ${notOfExtension("pg_type", "t.oid")}`,
	`SELECT 'default rights', pg_catalog.concat_ws(' ', ${role("d.defaclrole")}, n.nspname, d.defaclobjtype), ${rights("d.defaclacl")}
   FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace`,
	`SELECT 'collation', ${identity("pg_collation", "c.oid")}, ${role("c.collowner")} || ${row("c", [
		"collnamespace",
		"collowner",
		"collversion"
	])} FROM pg_catalog.pg_collation c JOIN scope s ON s.oid = c.collnamespace WHERE ${notOfExtension("pg_collation", "c.oid")}`,
	`SELECT 'conversion', ${identity("pg_conversion", "c.oid")}, ${role("c.conowner")} || ${row("c", ["connamespace", "conowner"])} FROM pg_catalog.pg_conversion c JOIN scope s ON s.oid = c.connamespace WHERE ${notOfExtension("pg_conversion", "c.oid")}`,
	`SELECT 'cast', ${identity("pg_cast", "c.oid")}, pg_catalog.concat_ws(' ', CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure END, c.castcontext, c.castmethod) FROM pg_catalog.pg_cast c WHERE c.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_cast", "c.oid")}`,
	`SELECT 'operator', ${identity("pg_operator", "o.oid")}, pg_catalog.concat_ws(' ', ${role("o.oprowner")}, pg_catalog.format_type(o.oprresult, NULL), o.oprcode, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash, o.oprcom::pg_catalog.regoperator, o.oprnegate::pg_catalog.regoperator)
   FROM pg_catalog.pg_operator o JOIN scope s ON s.oid = o.oprnamespace WHERE ${notOfExtension("pg_operator", "o.oid")}`,
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
	`SELECT 'language', pg_catalog.quote_ident(l.lanname), ${parts({
		owner: role("l.lanowner"),
		trusted: "l.lanpltrusted",
		rights: acl("l", "l.lanacl", "l.lanowner")
	})} FROM pg_catalog.pg_language l WHERE l.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_language", "l.oid")}`,
	`SELECT 'access method', pg_catalog.quote_ident(m.amname), m.amhandler::text || ' ' || m.amtype::text FROM pg_catalog.pg_am m WHERE m.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_am", "m.oid")}`,
	`SELECT 'transform', ${identity("pg_transform", "t.oid")}, pg_catalog.concat_ws(' ', t.trffromsql, t.trftosql) FROM pg_catalog.pg_transform t WHERE t.oid >= ${FIRST_USER_OID} AND ${notOfExtension("pg_transform", "t.oid")}`,
	`SELECT 'foreign data wrapper', pg_catalog.quote_ident(w.fdwname), ${parts({
		owner: role("w.fdwowner"),
		rights: acl("F", "w.fdwacl", "w.fdwowner"),
		handler: "NULLIF(w.fdwhandler, 0)::pg_catalog.regproc",
		validator: "NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc",
		options: sorted("w.fdwoptions")
	})}
   FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${notOfExtension("pg_foreign_data_wrapper", "w.oid")}`,
	`SELECT 'foreign server', pg_catalog.quote_ident(f.srvname), ${parts({
		owner: role("f.srvowner"),
		wrapper: "w.fdwname",
		rights: acl("S", "f.srvacl", "f.srvowner"),
		type: "f.srvtype",
		version: "f.srvversion",
		options: sorted("f.srvoptions")
	})}
   FROM pg_catalog.pg_foreign_server f JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = f.srvfdw WHERE ${notOfExtension("pg_foreign_server", "f.oid")}`,
	`SELECT 'user mapping', pg_catalog.quote_ident(u.srvname) || ' ' || pg_catalog.quote_ident(u.usename), '' FROM pg_catalog.pg_user_mappings u`,
	`SELECT 'event trigger', pg_catalog.quote_ident(t.evtname), pg_catalog.concat_ws(' ', ${role("t.evtowner")}, t.evtevent, t.evtfoid::pg_catalog.regprocedure, t.evtenabled, ${sorted("t.evttags")})
   FROM pg_catalog.pg_event_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
   WHERE ${notOfExtension("pg_event_trigger", "t.oid")} AND p.pronamespace NOT IN (SELECT oid FROM own)`,
	`SELECT 'publication', pg_catalog.quote_ident(p.pubname), pg_catalog.concat_ws(' ', ${role("p.pubowner")}, ${row("p", ["pubname", "pubowner"])},
     (SELECT pg_catalog.string_agg(x.prrelid::pg_catalog.regclass::text || (pg_catalog.to_jsonb(x) - ARRAY['oid', 'prpubid', 'prrelid', 'prqual', 'prattrs'])::text, ', ' ORDER BY x.prrelid::pg_catalog.regclass::text COLLATE "C") FROM pg_catalog.pg_publication_rel x WHERE x.prpubid = p.oid),
     (SELECT pg_catalog.string_agg((pg_catalog.to_jsonb(t) - 'pubname')::text, ', ' ORDER BY t.schemaname COLLATE "C", t.tablename COLLATE "C") FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables))
   FROM pg_catalog.pg_publication p`,
	`SELECT 'comment', i.type || ' ' || i.identity, ${verbatim("d.description")}
   FROM (
     SELECT * FROM pg_catalog.pg_description c
     WHERE (c.objoid >= ${FIRST_USER_OID} OR c.classoid = 'pg_catalog.pg_namespace'::regclass)
       AND (c.classoid <> 'pg_catalog.pg_namespace'::regclass OR c.description <> 'standard public schema' AND EXISTS (SELECT FROM scope WHERE oid = c.objoid))
       AND c.classoid NOT IN ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)
       AND c.objoid NOT IN (SELECT oid FROM ours) AND NOT (c.classoid = 'pg_catalog.pg_class'::regclass AND c.objoid IN (SELECT oid FROM undumped))
       AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = c.classoid AND ext.objid = c.objoid)
     OFFSET 0
   ) d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   WHERE coalesce(i.schema, '') NOT IN (SELECT pg_catalog.quote_ident(name) FROM own)`,
	`SELECT 'label', l.provider || ' ' || i.type || ' ' || i.identity, ${verbatim("l.label")}
   FROM pg_catalog.pg_seclabel l CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE l.classoid NOT IN ('pg_catalog.pg_largeobject'::regclass, 'pg_catalog.pg_subscription'::regclass)`
];
// src/postgres/catalog-relations.ts
function givenOptions(options) {
	return `ARRAY(SELECT given FROM pg_catalog.unnest(${options}) given WHERE given !~ '^pg_')`;
}
const RELATIONS = [
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
		parents: "(SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid)",
		partitioned: "CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END",
		bound: "pg_catalog.pg_get_expr(r.relpartbound, r.oid)",
		security: "CASE WHEN r.relrowsecurity OR r.relforcerowsecurity THEN r.relrowsecurity::text || ' forced ' || r.relforcerowsecurity::text END",
		replica: "NULLIF(r.relreplident, 'd')",
		populated: "CASE WHEN r.relkind = 'm' THEN r.relispopulated END",
		foreign: "(SELECT s.srvname || ' ' || coalesce(" + sorted("f.ftoptions") + ", '') FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid)",
		query: "CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid) END"
	})} AS definition
   FROM rel r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')`,
	`SELECT 'column', r.name || '.' || pg_catalog.quote_ident(a.attname),
    ${parts({
		type: "pg_catalog.format_type(a.atttypid, a.atttypmod)",
		required: "CASE WHEN a.attnotnull THEN 'not null' END",
		generated: "NULLIF(a.attgenerated, '')",
		identity: "NULLIF(a.attidentity, '')",
		default: "(SELECT e FROM pg_catalog.pg_attrdef d, pg_catalog.pg_get_expr(d.adbin, d.adrelid) e WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND e !~ '^NULL(::|$)')",
		collation: "CASE WHEN a.attcollation <> t.typcollation THEN (SELECT a.attcollation::pg_catalog.regcollation) END",
		storage: "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END",
		compression: "NULLIF(pg_catalog.to_jsonb(a) ->> 'attcompression', '')",
		statistics: "NULLIF(coalesce(a.attstattarget, -1), -1)",
		options: sorted(givenOptions("a.attoptions")),
		foreign: sorted("a.attfdwoptions"),
		rights: rights("a.attacl")
	})}
   FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped`,
	`SELECT 'constraint', r.name || '.' || pg_catalog.quote_ident(k.conname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'NOT VALID' END)
   FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
   WHERE k.contype NOT IN ('t', 'n') AND NOT (k.contype = 'f' AND k.conparentid <> 0)`,
	`SELECT 'index', x.name, ${parts({
		definition: "pg_catalog.pg_get_indexdef(i.indexrelid)",
		invalid: "CASE WHEN NOT i.indisvalid THEN true END",
		clustered: "CASE WHEN i.indisclustered THEN true END",
		replica: "CASE WHEN i.indisreplident THEN true END",
		parent: "(SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)",
		tablespace: "(SELECT spcname FROM pg_catalog.pg_tablespace WHERE oid = x.reltablespace)",
		statistics: "(SELECT pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)"
	})}
   FROM rel x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid`,
	`SELECT 'sequence', r.name, ${parts({
		owner: role("r.relowner"),
		rights: rights("coalesce(r.relacl, pg_catalog.acldefault('s', r.relowner))"),
		persistence: "r.relpersistence",
		type: "CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'i' AND d.refobjsubid > 0) THEN s.seqtypid::pg_catalog.regtype END",
		start: "s.seqstart",
		increment: "s.seqincrement",
		range: "s.seqmin || ' to ' || s.seqmax",
		cache: "s.seqcache",
		cycle: "CASE WHEN s.seqcycle THEN true END",
		of: "(SELECT d.refobjid::pg_catalog.regclass::text || '.' || a.attname || ' ' || d.deptype::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i') LIMIT 1)"
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
		check: "pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)"
	})}
   FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid`,
	`SELECT 'statistics', s.name || '.' || pg_catalog.quote_ident(x.stxname), ${parts({
		definition: "pg_catalog.pg_get_statisticsobjdef(x.oid)",
		owner: role("x.stxowner"),
		target: "NULLIF(coalesce((pg_catalog.to_jsonb(x) ->> 'stxstattarget')::integer, -1), -1)"
	})}
   FROM pg_catalog.pg_statistic_ext x JOIN scope s ON s.oid = x.stxnamespace WHERE x.stxrelid NOT IN (SELECT oid FROM ours)`
];
const STATES = `
  SELECT 'switched off' AS kind, r.name || '.' || coalesce(pg_catalog.quote_ident(k.conname), pg_catalog.quote_ident(t.tgname)) AS name,
    pg_catalog.concat_ws(' ', t.tgenabled, p.proname) AS definition
  FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
  WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'`;
function writeFingerprint(restored, beyond) {
	return `2:${restored}${beyond === void 0 ? "" : `+${beyond}`}`;
}
function compareFingerprints(a, b) {
	if (a === b) return "same";
	return algorithmOf(a) === algorithmOf(b) ? "different" : "unknown";
}
function restoredFingerprint(fingerprint) {
	return fingerprint.replace(/\+.*$/, "");
}
function isComparable(fingerprint) {
	return algorithmOf(fingerprint) === 2;
}
function algorithmOf(fingerprint) {
	const number = /^(\d+):/.exec(fingerprint)?.[1];
	return number === void 0 ? 1 : Number(number);
}
// src/postgres/fingerprint.ts
const PRINTED = {
	search_path: "",
	TimeZone: "UTC",
	DateStyle: "ISO, YMD",
	IntervalStyle: "postgres",
	extra_float_digits: "1",
	bytea_output: "hex",
	quote_all_identifiers: "off",
	standard_conforming_strings: "on",
	jit: "off"
};
async function schemaFingerprint(connection) {
	const { lines, states } = await readSchema(connection);
	return writeFingerprint(sum(lines), states.length === 0 ? void 0 : sum(states));
}
async function schemaListing(connection) {
	return (await readSchema(connection)).lines;
}
function sum(lines) {
	return createHash("sha256").update(lines.join("\n")).digest("hex");
}
async function readSchema(connection) {
	const before = await settings(connection, PRINTED);
	const read = await lettingLocksGo(connection, async () => await readObjects(connection)).catch(async (error) => {
		await settings(connection, before).catch(() => void 0);
		throw error;
	});
	await settings(connection, before);
	return {
		lines: read.objects.map(lineOf).sort(),
		states: read.states.map(lineOf).sort()
	};
}
async function readObjects(connection) {
	return {
		objects: await connection.query(`WITH ${SCOPE} ${[...RELATIONS, ...OBJECTS].join(" UNION ALL ")}`),
		states: await connection.query(`WITH ${SCOPE} ${STATES}`)
	};
}
function lineOf({ kind, name, definition }) {
	const at = definition.indexOf("");
	return `${kind} ${name}: ${at < 0 ? canonicalExpression(definition) : canonicalExpression(definition.slice(0, at)) + definition.slice(at + 1)}`.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
async function settings(connection, wanted) {
	const rows = await connection.query("SELECT w.name, w.before FROM (SELECT name, setting, current_setting(name) AS before FROM unnest($1::text[], $2::text[]) AS given(name, setting) OFFSET 0) w, LATERAL set_config(w.name, w.setting, false)", [Object.keys(wanted), Object.values(wanted)]);
	return Object.fromEntries(rows.map((row) => [row.name, row.before]));
}
// src/deploy/versions.ts
async function readSchemaView(connection, historyTables) {
	return {
		fingerprint: await schemaFingerprint(connection),
		history: await readHistories(connection, historyTables)
	};
}
async function liveSchema(environment) {
	const database = await environment.database();
	if (database === void 0) return void 0;
	await using connection = await database.connect("look", { signal: environment.ports.signal });
	return await readSchemaView(connection, environment.shared["history-tables"] ?? []);
}
function compareSchemas(a, b) {
	return sameHistory(a.history, b.history) ? compareFingerprints(a.fingerprint, b.fingerprint) : "different";
}
function sameSchema(a, b) {
	return compareSchemas(a, b) === "same";
}
function asRestored(schema) {
	return {
		...schema,
		fingerprint: restoredFingerprint(schema.fingerprint)
	};
}
function historyDifference(a, b) {
	const { onlyFirst, onlySecond, changed } = historyDifference$1(a, b);
	return [
		...onlyFirst.map((one) => `- ${one}`),
		...onlySecond.map((one) => `+ ${one}`),
		...changed.map((one) => `~ ${one}`)
	];
}
export { readSchemaView as a, schemaListing as c, restoredFingerprint as d, readInBatches as f, liveSchema as i, compareFingerprints as l, compareSchemas as n, sameSchema as o, historyDifference as r, schemaFingerprint as s, asRestored as t, isComparable as u };
