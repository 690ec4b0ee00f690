import { D as refusal, E as messageOf, F as compactUtc, L as formatDuration, O as stopIfCancelled, w as Failure, z as plural } from "./output.js";
import { At as sideName, Ct as commentFor, Dt as freeReplacedName, Et as dropOrWarn, Ft as factsOf, J as waitForDumps, Jt as databaseOf, Lt as isComparable, Nt as afterSwap, Ot as isSideOf, Pt as disableSubscriptions, St as restoreBeside$1, Y as backupStore, at as heldSessions, bn as sha256, ct as provenFact, hn as fileSize, it as endSessionsIn, lr as identifier, mn as exists, nt as preparedFailure, ot as stayingSessions, rt as stayingPrepared, ur as literal, wt as databaseExists } from "./github.js";
import { w as standstillOf } from "./gate.js";
// src/backup/restore.ts
async function restoreToSide(request) {
	const { database, store, manifest, side, ports, noteIn } = request;
	const started = ports.clock.now().getTime();
	const bare = !("id" in manifest);
	const path = bare ? manifest.path : store.pathOf(manifest);
	if (bare) await checkBare(request, manifest);
	else {
		await requireOwn(request, manifest);
		await checkSize(store, manifest);
	}
	const restored = async (signal) => await restoreBeside$1({
		database,
		side,
		dump: {
			machine: store.machine,
			path
		},
		writtenBy: bare ? void 0 : manifest.tools,
		expected: bare ? void 0 : factsOf(manifest),
		ports: {
			...ports,
			signal
		},
		noteIn
	});
	await using copy = bare ? await restored(ports.signal) : await whileChecked({
		check: async (signal) => await checkBytes(store, manifest, signal),
		restored,
		signal: ports.signal
	});
	copy.keep();
	const uncompared = bare ? [
		"checksum",
		"schema",
		"rows",
		"sequences"
	].map((what) => `${what}: no manifest says what they were`) : isComparable(manifest.schema.fingerprint) ? [] : ["schema: another version of Savepoint recorded it, in its own way"];
	if (!bare && uncompared.length > 0) ports.report.notice(`The restored copy's checksum, rows and sequences were compared, and this was not: ${uncompared.join("; ")}.`);
	return {
		side,
		durationMs: ports.clock.now().getTime() - started,
		uncompared
	};
}
async function whileChecked({ check, restored, signal }) {
	const damaged = new AbortController();
	const checking = check(signal).catch((error) => {
		damaged.abort();
		throw error;
	});
	const [checked, copy] = await Promise.allSettled([checking, restored(AbortSignal.any([signal, damaged.signal]))]);
	if (copy.status === "fulfilled") {
		if (checked.status === "fulfilled") return copy.value;
		await copy.value[Symbol.asyncDispose]();
		throw checked.reason;
	}
	throw checked.status === "rejected" ? checked.reason : copy.reason;
}
async function checkSize(store, manifest) {
	const path = store.pathOf(manifest);
	if (!await exists(store.machine, path)) throw damagedBackup(store, manifest, "its dump is missing");
	const size = await fileSize(store.machine, path);
	if (size !== manifest.sizeBytes) throw damagedBackup(store, manifest, `its dump has ${size} bytes instead of ${manifest.sizeBytes}`);
}
async function checkBytes(store, manifest, signal) {
	const sum = await sha256(store.machine, store.pathOf(manifest), { signal });
	if (sum !== manifest.sha256) throw damagedBackup(store, manifest, `its checksum is ${sum} instead of ${manifest.sha256}`);
}
function damagedBackup(store, manifest, problem) {
	return refusal(`backup ${manifest.id} is damaged: ${problem}`, {
		code: "backup-broken",
		hint: "restore another: savepoint list",
		evidence: [`${store.pathOf(manifest)} on ${store.machine.name}`]
	});
}
async function checkBare({ store, foreign }, { path }) {
	if (foreign !== true) throw refusal(`${path} has no manifest: nothing says which database it is of, or that it is whole`, {
		code: "backup-foreign",
		hint: "confirm that it is meant"
	});
	if (!await exists(store.machine, path)) throw refusal(`there is no file ${path} on ${store.machine.name}`, { code: "backup-unknown" });
}
async function requireOwn({ database, foreign, ports }, manifest) {
	if (foreign === true) return;
	await using connection = await database.connectMaintenance("restore", { signal: ports.signal });
	const [row] = await connection.query("SELECT system_identifier::text AS system FROM pg_control_system()");
	const { system, name } = manifest.database;
	if (system === row?.system && name === database.name) return;
	throw refusal(`backup ${manifest.id} is not of this database`, {
		code: "backup-foreign",
		hint: "where it is meant, as on a new server, say `foreign: true`; else choose one of this database",
		evidence: [`the backup: database ${name} of cluster ${system}`, `here: database ${database.name} of cluster ${row?.system ?? "unknown"}`]
	});
}
// src/postgres/carry.ts
async function databaseProperties(connection, name) {
	const [row] = await connection.query(`SELECT pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) AS grants,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, 'config', s.setconfig)), '[]')
        FROM pg_db_role_setting s WHERE s.setdatabase = d.oid) AS settings
     FROM pg_database d WHERE d.datname = $1`, [name]);
	if (row === void 0) return void 0;
	return {
		owner: row.owner,
		comment: row.comment,
		connectionLimit: row.limit,
		grants: row.grants.map((grant) => ({
			...grant,
			grantee: grant.grantee ?? void 0
		})),
		settings: row.settings.map((one) => ({
			...one,
			role: one.role ?? void 0
		}))
	};
}
function carryStatements(name, present, wanted) {
	const database = identifier(name);
	const statements = [];
	if (present.owner !== wanted.owner) statements.push(`ALTER DATABASE ${database} OWNER TO ${identifier(wanted.owner)}`);
	const grantees = new Set([
		...present.grants.map((grant) => grant.grantee),
		void 0,
		wanted.owner
	]);
	for (const grantee of grantees) statements.push(`REVOKE ALL ON DATABASE ${database} FROM ${grantee === void 0 ? "PUBLIC" : identifier(grantee)}`);
	for (const { grantee, privilege, grantable } of wanted.grants) statements.push(`GRANT ${privilege} ON DATABASE ${database} TO ${grantee === void 0 ? "PUBLIC" : identifier(grantee)}${grantable ? " WITH GRANT OPTION" : ""}`);
	if (present.connectionLimit !== wanted.connectionLimit) statements.push(`ALTER DATABASE ${database} CONNECTION LIMIT ${wanted.connectionLimit}`);
	if (present.comment !== wanted.comment) statements.push(`COMMENT ON DATABASE ${database} IS ${wanted.comment === null ? "NULL" : literal(wanted.comment)}`);
	return statements;
}
function settingStatements(name, settings) {
	return settings.flatMap(({ role, config }) => {
		const subject = role === void 0 ? `ALTER DATABASE ${identifier(name)}` : `ALTER ROLE ${identifier(role)} IN DATABASE ${identifier(name)}`;
		return config.map((entry) => {
			const equals = entry.indexOf("=");
			const parameter = entry.slice(0, equals);
			return `${subject} SET ${identifier(parameter)} TO ${settingValue(parameter, entry.slice(equals + 1))}`;
		});
	});
}
const LISTS = new Set([
	"local_preload_libraries",
	"search_path",
	"session_preload_libraries",
	"shared_preload_libraries",
	"temp_tablespaces",
	"unix_socket_directories"
]);
function settingValue(parameter, value) {
	if (!LISTS.has(parameter.toLowerCase())) return literal(value);
	const items = value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
	if (items.length === 0) return "''";
	return items.map((item) => literal(item.startsWith("\"") ? item.slice(1, -1).replaceAll("\"\"", "\"") : item)).join(", ");
}
async function carryProperties(connection, from, name) {
	const present = await databaseProperties(connection, name);
	if (present === void 0) throw new Failure(`there is no database ${name} in the cluster`, { code: "3D000" });
	for (const statement of carryStatements(name, present, from)) await connection.exec(statement);
	const refused = [];
	for (const statement of settingStatements(name, from.settings)) {
		await connection.exec("SAVEPOINT setting");
		try {
			await connection.exec(statement);
		} catch (error) {
			if (!(error instanceof Failure && ["42501", "42704"].includes(error.code ?? ""))) throw error;
			await connection.exec("ROLLBACK TO setting");
			refused.push(statement);
		}
	}
	return refused;
}
// src/postgres/swap.ts
const ATTEMPTS = 4;
const LOCK_TIMEOUT = 5e3;
const AGAIN = [
	"55P03",
	"55006",
	"40P01"
];
async function swapDatabases(request) {
	const { database, side, replacedAs, signal, report } = request;
	await using renamer = await database.connectMaintenance("swap", {
		lockTimeout: LOCK_TIMEOUT,
		signal
	});
	await using evictor = await database.connectMaintenance("swap");
	if (await alreadySwapped(renamer, request)) return { blockedMs: 0 };
	await refuseObstacles(renamer, request);
	await refuseHolders(evictor, database, [database.name, side], signal);
	for (let attempt = 1;; attempt += 1) {
		if (signal) stopIfCancelled(signal);
		try {
			const { blockedMs, refused, ended } = await attemptSwap(renamer, evictor, request);
			report.detail(`${side} is now ${database.name}; ${plural(ended, "session")} ended; blocked for ${Math.round(blockedMs)} ms`);
			for (const statement of refused) report.warning(`A setting of the replaced database could not be carried over by the role ${database.adminTarget.user}. Run as a superuser: ${statement.replace(identifier(side), identifier(database.name))}`);
			return { blockedMs };
		} catch (error) {
			if (!(error instanceof Failure && AGAIN.includes(error.code ?? ""))) throw error;
			const held = await heldSessions(evictor, [database.name, side]);
			if (held.length > 0) throw whoHolds(database, held, error);
			if (attempt === ATTEMPTS) throw error.with({
				hint: `nothing was changed; something keeps ${database.name} or ${side} in use: run it again`,
				state: [`${database.name} is as it was`, `${side} is still beside it; ${replacedAs} does not exist`]
			});
			report.detail(`the databases are in use (${error.code}); trying again`);
		}
	}
}
async function attemptSwap(renamer, evictor, { database, side, replacedAs }) {
	const live = database.name;
	let started = 0;
	const evicting = {
		on: false,
		ended: 0
	};
	let loop = Promise.resolve();
	try {
		const refused = await renamer.transaction(async () => {
			const properties = await databaseProperties(renamer, live);
			if (properties === void 0) throw refusal(`there is no database ${live} in the cluster`, { code: "3D000" });
			const kept = await carryProperties(renamer, properties, side);
			await renamer.exec(`COMMENT ON DATABASE ${identifier(live)} IS ${literal(commentFor(live, replacedAs, new Date()))}`);
			started = performance.now();
			evicting.on = true;
			loop = keepEvicting(evictor, [live, side], evicting);
			loop.catch(() => void 0);
			await renamer.exec(`ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replacedAs)}`);
			await renamer.exec(`ALTER DATABASE ${identifier(side)} RENAME TO ${identifier(live)}`);
			evicting.on = false;
			await loop;
			return kept;
		});
		return {
			blockedMs: performance.now() - started,
			refused,
			ended: evicting.ended
		};
	} finally {
		evicting.on = false;
		await loop;
	}
}
async function keepEvicting(evictor, names, state) {
	while (state.on) {
		state.ended += await endSessionsIn(evictor, names);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
async function alreadySwapped(connection, { database, side, replacedAs }) {
	return await databaseExists(connection, replacedAs) && await databaseExists(connection, database.name) && !await databaseExists(connection, side);
}
async function refuseObstacles(connection, { side, replacedAs }) {
	if (!await databaseExists(connection, side)) throw refusal(`there is no database ${side} to swap in`, { code: "3D000" });
	if (await databaseExists(connection, replacedAs)) throw refusal(`a database ${replacedAs} exists already`, { code: "42P04" });
}
async function refuseHolders(connection, database, names, signal) {
	const prepared = await stayingPrepared(connection, names, signal);
	if (prepared.length > 0) throw preparedFailure(database, prepared);
	const staying = await stayingSessions(connection, names, signal);
	if (staying.length > 0) throw whoHolds(database, staying);
}
async function refuseBeforeSwap(database, signal) {
	await using connection = await database.connectMaintenance("look", { signal });
	await refuseHolders(connection, database, [database.name], signal);
}
function whoHolds(database, held, cause) {
	return new Failure(`${database.name} cannot be swapped: ${plural(held.length, "session")} in it cannot be ended by ${database.adminTarget.user}`, {
		code: "55006",
		evidence: held,
		hint: `nothing was changed. End them, or GRANT pg_signal_backend TO ${identifier(database.adminTarget.user)} (a superuser's session only a superuser can end: name one in database-admin-url)`,
		cause
	});
}
// src/deploy/steps/swap.ts
const DUMP_WAIT_MS = 18e5;
async function restoreBeside(tx, manifest, { signal, side, foreign }) {
	const { environment } = tx;
	const { durationMs, uncompared } = await restoreToSide({
		database: await databaseOf(environment),
		store: backupStore(environment, tx.state),
		manifest,
		side,
		foreign,
		ports: {
			...environment.ports,
			signal
		},
		noteIn: tx.note()
	});
	if (uncompared.length === 0) await tx.write(provenFact(manifest, durationMs));
	return side;
}
async function planSide(environment) {
	const database = await databaseOf(environment);
	return sideName(database.name, `restore_${compactUtc(environment.ports.clock.now())}`);
}
async function dropLeftSides(environment, deploy) {
	const sides = (deploy?.steps ?? []).flatMap((step) => typeof step.intent["side"] === "string" ? [step.intent["side"]] : []);
	if (sides.length === 0) return;
	const database = await databaseOf(environment);
	for (const side of sides) if (isSideOf(database.name, side)) await dropOrWarn(database, side, environment.ports.report);
}
async function dropSide(environment, side) {
	await dropOrWarn(await databaseOf(environment), side, environment.ports.report);
}
async function waitForBackups(environment, signal) {
	const { clock, report } = environment.ports;
	await waitForDumps(await databaseOf(environment), {
		clock,
		report,
		signal,
		timeoutMs: DUMP_WAIT_MS
	});
}
async function readyFor(action, environment, signal) {
	if (action === "restore" || action === "down") await waitForBackups(environment, signal);
	if (action === "restore") await refuseBeforeSwap(await databaseOf(environment), signal);
}
async function swapIn(tx, request) {
	const { environment } = tx;
	const database = await databaseOf(environment);
	await waitForBackups(environment, request.signal);
	const replaced = await freeReplacedName(database, environment.ports.clock.now());
	await tx.write({
		kind: "database.replaced",
		database: database.name,
		replaced,
		backup: request.backup
	});
	const { signal } = request;
	const { report } = environment.ports;
	const enableAgain = await detach(environment, database, signal);
	try {
		const { blockedMs } = await (await standstillOf(tx)).timed((swapped) => `swapping the databases, of which connections were blocked for ${formatDuration(swapped.blockedMs)}`, async () => await swapDatabases({
			database,
			side: request.side,
			replacedAs: replaced,
			signal,
			report
		}));
		return {
			replaced,
			blockedMs
		};
	} catch (error) {
		await enableAgain();
		throw error;
	} finally {
		await sayWhatStayed(environment, database, replaced);
	}
}
async function detach(environment, database, signal) {
	if (!environment.shared["detach-subscriptions"]) return async () => void 0;
	return await disableSubscriptions(database, {
		name: database.name,
		signal
	});
}
async function sayWhatStayed({ ports }, database, replaced) {
	try {
		await using connection = await database.connectMaintenance("look");
		if (!await databaseExists(connection, replaced)) return;
		for (const warning of await afterSwap(connection, database.name, replaced)) ports.report.warning(warning);
	} catch (error) {
		ports.report.warning(`What of replication stayed with ${replaced} could not be asked: ${messageOf(error)}`);
	}
}
export { restoreBeside as a, readyFor as i, dropSide as n, swapIn as o, planSide as r, restoreToSide as s, dropLeftSides as t };
