import { M as identifier, d as stateOf, p as journaledSettings, v as freeBytesOnServer } from "./github.js";
import { C as formatSize, D as Failure, T as shortCommit, b as compactUtc, k as refusal, w as plural } from "./output.js";
import { _ as dropDatabase, b as sidesOf, g as createSide, o as stayingSessions, t as dropLeftSides, y as sideName } from "./swap.js";
import { n as liveSchema } from "./versions.js";
import { n as moveWaitingTags, o as checkPrefix } from "./tags.js";
import { t as endLeftovers } from "./leftovers.js";
// src/postgres/wayback.ts
const MANAGED_ADMINS = [
	"rds_superuser",
	"cloudsqlsuperuser",
	"alloydbsuperuser",
	"azure_pg_admin"
];
async function proveWayBack(database, options = {}) {
	const entered = await enter(database);
	if (!("connection" in entered)) return [entered];
	await using connection = entered.connection;
	const problems = [];
	const role = await adminRole(connection, database);
	if (!role.superuser) problems.push(...rolesProblems(role), ...await ownerProblems(connection, role));
	problems.push(...await sessionProblems(connection, database, role), ...await extensionProblems(connection, role));
	if (!role.superuser && !role.managed) problems.push(...await superuserProblems(connection, role));
	const { freeBytesOnServer: free } = options;
	if (free !== void 0 && free < role.size) problems.push({
		problem: `the server has ${formatSize(free)} free, and a second copy of ${database.name} takes ${formatSize(role.size)}`,
		fix: "Free disk space on the server."
	});
	return problems;
}
async function enter(database) {
	try {
		await using maintenance = await database.connectMaintenance("look");
		await maintenance.query("SELECT 1");
		return { connection: await database.connect("look", { admin: true }) };
	} catch (error) {
		if (!(error instanceof Failure && ["42501", "3D000"].includes(error.code ?? ""))) throw error;
		return {
			problem: error.message,
			fix: error.hint ?? `GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${identifier(database.adminTarget.user)};`
		};
	}
}
async function adminRole(connection, database) {
	const [row] = await connection.query(`SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolcreatedb AS createdb, pg_get_userbyid(d.datdba) AS owner,
       pg_has_role(d.datdba, 'USAGE') AS owns, pg_database_size(d.oid) AS size,
       EXISTS (SELECT FROM pg_roles m WHERE m.rolname = ANY ($1) AND pg_has_role(m.oid, 'USAGE')) AS managed
     FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`, [MANAGED_ADMINS]);
	if (row === void 0) throw refusal(`the role ${database.adminTarget.user} cannot be found in the cluster`);
	return {
		...row,
		quoted: identifier(row.name),
		size: Number(row.size)
	};
}
function rolesProblems(role) {
	const problems = [];
	if (!role.createdb) problems.push({
		problem: `the role ${role.name} may not create databases`,
		fix: `ALTER ROLE ${role.quoted} CREATEDB;`
	});
	if (!role.owns) problems.push({
		problem: `the role ${role.name} neither owns the database nor belongs to its owner ${role.owner}`,
		fix: `GRANT ${identifier(role.owner)} TO ${role.quoted};`
	});
	return problems;
}
async function ownerProblems(connection, role) {
	const how = connection.serverVersion >= 16e4 ? "SET" : "MEMBER";
	return (await connection.query(`SELECT r.rolname AS owner, r.rolsuper AS super, count(*) AS objects
     FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.deptype = 'o'
       AND s.classid <> 'pg_extension'::regclass
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e')
       AND NOT pg_has_role(r.oid, $1)
     GROUP BY 1, 2 ORDER BY 1`, [how])).map(({ owner, super: superuser, objects }) => ({
		problem: `${plural(Number(objects), "object")} in the database belong to ${owner}, and ${role.name} may not give them to it`,
		fix: superuser ? `REASSIGN OWNED BY ${identifier(owner)} TO ${identifier(role.owner)}; or name a superuser in database-admin-url.` : `GRANT ${identifier(owner)} TO ${role.quoted};`
	}));
}
async function sessionProblems(connection, database, role) {
	const held = await stayingSessions(connection, [database.name]);
	if (held.length === 0) return [];
	return [{
		problem: `${plural(held.length, "session")} in the database cannot be ended by ${role.name}: ${held.slice(0, 3).join("; ")}`,
		fix: `GRANT pg_signal_backend TO ${role.quoted}; (a superuser's session only a superuser can end: close it, or name a superuser in database-admin-url)`
	}];
}
async function extensionProblems(connection, role) {
	const trusted = connection.serverVersion >= 13e4 ? "(to_jsonb(v) ->> 'trusted')::boolean" : "false";
	return (await connection.query(`SELECT e.extname AS name, v.name IS NOT NULL AS available, coalesce(NOT v.superuser OR ${trusted}, false) AS installable
     FROM pg_extension e
     LEFT JOIN pg_available_extensions a ON a.name = e.extname
     LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
     WHERE e.extname <> 'plpgsql' ORDER BY 1`)).flatMap(({ name, available, installable }) => {
		if (!available) return [{
			problem: `the extension ${name} is in use, but its files are no longer on the server`,
			fix: `Install the package of ${name} on the server again.`
		}];
		if (installable || role.superuser || role.managed) return [];
		return [{
			problem: `the extension ${name} can only be restored by a superuser, and ${role.name} is none`,
			fix: `Name a superuser in database-admin-url; or ALTER ROLE ${role.quoted} SUPERUSER;`
		}];
	});
}
async function superuserProblems(connection, role) {
	const own = (catalog, oid) => `${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`;
	return (await connection.query(`SELECT what, array_agg(name ORDER BY name) AS names FROM (
       SELECT 'event triggers' AS what, evtname::text AS name FROM pg_event_trigger t WHERE ${own("pg_event_trigger", "t.oid")}
       UNION ALL SELECT 'foreign data wrappers', fdwname FROM pg_foreign_data_wrapper w WHERE ${own("pg_foreign_data_wrapper", "w.oid")}
       UNION ALL SELECT 'functions in C', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE l.lanname IN ('c', 'internal') AND p.prokind <> 'a' AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'functions in an untrusted language', p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal') AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'leakproof functions', p.oid::regprocedure::text FROM pg_proc p WHERE p.proleakproof AND ${own("pg_proc", "p.oid")}
       UNION ALL SELECT 'operator classes', o.opcname FROM pg_opclass o WHERE ${own("pg_opclass", "o.oid")}
       UNION ALL SELECT 'base types', t.typname FROM pg_type t WHERE t.typtype = 'b' AND t.typelem = 0 AND ${own("pg_type", "t.oid")}
       UNION ALL SELECT 'access methods', m.amname FROM pg_am m WHERE ${own("pg_am", "m.oid")}
       UNION ALL SELECT 'text search templates or parsers', x.name FROM (SELECT oid, tmplname AS name FROM pg_ts_template UNION ALL SELECT oid, prsname FROM pg_ts_parser) x WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.deptype = 'e')
       UNION ALL SELECT 'publications for all tables', p.pubname FROM pg_publication p WHERE p.puballtables
       UNION ALL SELECT 'subscriptions', s.subname FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     ) AS found(what, name) GROUP BY what ORDER BY what`)).map(({ what, names }) => ({
		problem: `${what} (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}) can only be restored by a superuser, and ${role.name} is none`,
		fix: "Name a superuser in database-admin-url."
	}));
}
// src/deploy/steps/opening.ts
const PROBE = "probe";
async function openingOf(environment, commit, ledger) {
	const { report } = environment.ports;
	const clone = await environment.clone();
	const from = clone === void 0 ? ledger.on : await clone.current();
	const journaled = ledger.on;
	if (clone !== void 0 && from !== void 0 && journaled !== void 0 && from !== journaled) report.notice(`${shortCommit(from)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`);
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		await cleanUpAfter(environment, ledger.open);
		await proveDatabaseWayBack(environment);
	});
	await moveWaitingTags(environment, ledger);
	return {
		commit,
		from,
		live: await liveSchema(environment),
		settings: journaledSettings(environment.settings)
	};
}
async function cleanUpAfter(environment, abandoned) {
	const { machine, ports } = environment;
	for (const one of await endLeftovers(machine, stateOf(environment).paths.running)) ports.report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return;
	await dropLeftSides(environment, abandoned);
	for (const side of await sidesOf(database, PROBE)) await dropDatabase(database, side);
}
async function proveDatabaseWayBack(environment) {
	const database = await environment.database();
	if (database === void 0) return;
	const problems = await proveWayBack(database, { freeBytesOnServer: await freeBytesOnServer(database) });
	if (problems.length > 0) throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
		hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
		evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
		code: "way-back"
	});
	await createAndDrop(database, sideName(database.name, `${PROBE}_${compactUtc(environment.ports.clock.now())}`));
}
async function refusing(look) {
	try {
		await look();
	} catch (error) {
		throw error instanceof Failure ? error.with({ exit: 2 }) : error;
	}
}
async function createAndDrop(database, side) {
	try {
		await createSide(database, side);
		await dropDatabase(database, side);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw refusal(`The way back is not open: a database beside ${database.name} cannot be made: ${error.message}`, {
			cause: error,
			evidence: error.evidence,
			hint: `Nothing was touched. ${error.hint ?? "Name a role that may create databases in `database-admin-url`."}`,
			code: "way-back"
		});
	}
}
export { openingOf as t };
