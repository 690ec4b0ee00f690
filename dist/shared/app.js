import { _ as stopIfCancelled, a as formatCount, c as plural, d as Cancelled, f as Failure, g as refusal, h as messageOf, o as formatDuration, p as clauseOf } from "./secret.js";
import { n as inQuotes, r as quote } from "./within.js";
import { h as literal, m as identifier } from "./printable.js";
import { At as freeReplacedName, Bt as databaseSettings, Cr as _usingCtx, Dt as databaseExists, Er as fileSize, Et as commentFor, Ft as afterSwap, Ht as presentSettings, It as disableSubscriptions, J as stayingPrepared, Lt as factsOf, Nr as sha256, P as backupStore, St as withLiveSecrets, Tr as exists, Ut as countRows, Vt as extensionVersions, X as heldSessions, Y as endSessionsIn, Z as stayingSessions, _t as restoreBeside, bt as settingChanges, dt as historyTableNames, et as provenFact, ht as sourceOf, jt as newSideName, kt as dropOrWarn, mt as DEFAULT_SOURCE, q as preparedFailure, tn as databaseOf, xt as applyChanges, yt as roleChanges } from "./text.js";
import { L as waitForDumps, d as bringBackAsked } from "./ways-of-deploy.js";
import { f as standstillOf } from "./gate.js";
import { r as placeFiles } from "./strategies.js";
import { t as strategyOf } from "./app-strategy.js";
// src/deploy/back/rows.ts
async function compareRows(database, { savepoint, signal, database: named }) {
	try {
		var _usingCtx$7 = _usingCtx();
		const connection = _usingCtx$7.a(await database.connect("count", {
			admin: true,
			signal,
			...named !== void 0 && { database: named }
		}));
		const counted = await countRows(connection);
		const histories = new Set([...await historyTableNames(connection), ...savepoint.schema.history.map((one) => one.table)]);
		return [...new Set([...counted.keys(), ...Object.keys(savepoint.rows)])].filter((table) => !histories.has(table)).sort().map((table) => ({
			table,
			live: counted.get(table),
			savepoint: savepoint.rows[table]
		}));
	} catch (_) {
		_usingCtx$7.e = _;
	} finally {
		await _usingCtx$7.d();
	}
}
async function compareRowsIfReadable(environment, database, request) {
	try {
		return await compareRows(database, request);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.warning(`The rows of ${request.database ?? database.name} could not be counted (${clauseOf(error)}): compare them by hand.`);
		return [];
	}
}
async function rowsLeftIn(environment, replaced, savepoint) {
	if (replaced === void 0 || savepoint === void 0) return [];
	const { signal } = environment.ports;
	return await compareRowsIfReadable(environment, await databaseOf(environment), {
		savepoint,
		signal,
		database: replaced
	});
}
function changedTables(rows) {
	return rows.filter((row) => row.live !== row.savepoint);
}
function describeRows(rows) {
	const changed = changedTables(rows);
	if (rows.length === 0) return "No table was compared.";
	if (changed.length === 0) return `${rows.length === 1 ? "The 1 table holds" : `All ${plural(rows.length, "table")} hold`} as many rows as the savepoint (updates are not seen by counts).`;
	const shown = changed.slice(0, 20).map((row) => `${row.table}: ${count(row.live)} now, ${count(row.savepoint)} in the savepoint`);
	return [`${plural(changed.length, "table")} of ${formatCount(rows.length)} ${changed.length === 1 ? "differs" : "differ"} from the savepoint (updates are not seen by counts):`, ...shown.map((line) => `  ${line}`)].join("\n");
}
const TOLD_TABLES = 5;
function rowsTold(rows) {
	const changed = changedTables(rows);
	const shown = changed.slice(0, TOLD_TABLES).map((row) => `${row.table} ${count(row.live)}, restored ${count(row.savepoint)}`);
	return changed.length > TOLD_TABLES ? [...shown, `and ${plural(changed.length - TOLD_TABLES, "further table")}`] : shown;
}
function rowsBlock(rows) {
	return {
		kind: "table",
		title: "Rows in the replaced database against the restored one (updates are not seen by counts)",
		head: [
			"table",
			"replaced",
			"restored",
			"difference"
		],
		rows: changedTables(rows).map((row) => [
			row.table,
			count(row.live),
			count(row.savepoint),
			formatCount((row.live ?? 0) - (row.savepoint ?? 0))
		])
	};
}
async function lookInto(environment, replaced) {
	const { shared, machine } = environment;
	const service = shared["database-service"];
	if (service === void 0) return await lookByAddress(await databaseOf(environment), replaced);
	const command = `${shared["compose-command"]} exec ${service} sh -c 'psql -U "\${POSTGRES_USER:-postgres}" "$0"' ${inQuotes(replaced)}`;
	return `Look into it, in ${shared["app-dir"] ?? "app-dir"} on ${machine.name}: \`${command}\``;
}
async function lookByAddress({ adminTarget, dialFrom }, replaced) {
	const { host, port, user, socket } = adminTarget;
	const command = `${quote([
		"psql",
		"-h",
		socket ?? host,
		"-p",
		String(port),
		"-U",
		user
	])} -d ${inQuotes(replaced)}`;
	return `Look into it${dialFrom.local ? "" : `, on ${dialFrom.name}`}: \`${command}\``;
}
async function keptBlock(environment, replaced) {
	return {
		kind: "text",
		text: [`The replaced database is kept as ${replaced}.`, ...await waysInto(environment, replaced)].join("\n")
	};
}
async function intoReplacedBlock(environment, replaced) {
	return {
		kind: "text",
		text: ["The replaced database:", ...await waysInto(environment, replaced)].join("\n")
	};
}
async function waysInto(environment, replaced) {
	return [await lookInto(environment, replaced), bringBackAsked(environment, replaced)];
}
function count(rows) {
	return rows === void 0 ? "no such table" : formatCount(rows);
}
// src/deploy/back/extension-versions.ts
function versionLines(present, wanted) {
	return Object.entries(wanted).flatMap(([name, version]) => {
		const now = present[name];
		return now === void 0 || now === version ? [] : [`version of the extension ${name}: ${now} now; in the savepoint it was ${version}.`];
	});
}
async function tellVersions(environment, wanted) {
	if (wanted === void 0 || Object.keys(wanted).length === 0) return [];
	const { report, signal } = environment.ports;
	try {
		try {
			var _usingCtx$6 = _usingCtx();
			const connection = _usingCtx$6.a(await (await databaseOf(environment)).connect("look", {
				admin: true,
				signal
			}));
			const lines = versionLines(await extensionVersions(connection), wanted);
			if (lines.length > 0) report.say(["Versions of extensions differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
			return lines;
		} catch (_) {
			_usingCtx$6.e = _;
		} finally {
			await _usingCtx$6.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
		report.warning(`The versions of extensions could not be compared with the savepoint's: ${error.message}`);
		return [];
	}
}
// src/deploy/back/database-settings.ts
const LOCK_TIMEOUT$1 = 5e3;
async function lookAtSettings(environment, wanted) {
	const database = await databaseOf(environment);
	const { present, entered } = await presentOf(environment, database);
	if (wanted === void 0) return {
		present,
		changes: [],
		named: []
	};
	return {
		present,
		changes: settingChanges(database.name, present, wanted),
		named: entered ? roleChanges(present, wanted) : []
	};
}
async function presentOf(environment, database) {
	const { signal } = environment.ports;
	try {
		try {
			var _usingCtx$5 = _usingCtx();
			const connection = _usingCtx$5.a(await database.connect("look", { signal }));
			return {
				present: await presentSettings(connection),
				entered: true
			};
		} catch (_) {
			_usingCtx$5.e = _;
		} finally {
			await _usingCtx$5.d();
		}
	} catch (error) {
		try {
			var _usingCtx3 = _usingCtx();
			if (!(error instanceof Failure)) throw error;
			const connection = _usingCtx3.a(await database.connectMaintenance("look", { signal }));
			const own = await databaseSettings(connection, database.name);
			if (own === void 0) throw error;
			return {
				present: {
					...own,
					roles: [],
					extensions: {}
				},
				entered: false
			};
		} catch (_) {
			_usingCtx3.e = _;
		} finally {
			await _usingCtx3.d();
		}
	}
}
async function settingsOfKept(environment, { savepoint, deploy, wish }) {
	const restoring = deploy !== void 0 && !deploy.goingBack && wish !== "keep";
	if (savepoint?.settings === void 0 || await environment.database() === void 0) return [];
	const { changes, named } = await lookAtSettings(environment, savepoint.settings);
	const left = restoring && changes.length > 0 ? await applySettings(environment, savepoint.settings, changes) : changes;
	const unset = new Set(left.map(({ what }) => what));
	return [...tell(environment, [
		...changes.filter(({ what }) => !unset.has(what)).map(backLine),
		...changes.filter(({ what }) => unset.has(what)).map(namedLine),
		...named.map(namedLine)
	]), ...await tellVersions(environment, savepoint.settings.extensions)];
}
async function applySettings(environment, wanted, changes) {
	const database = await databaseOf(environment);
	const { report } = environment.ports;
	try {
		try {
			var _usingCtx4 = _usingCtx();
			const connection = _usingCtx4.a(await database.connectMaintenance("swap", { lockTimeout: LOCK_TIMEOUT$1 }));
			const refused = await connection.transaction(async () => {
				const now = await databaseSettings(connection, database.name);
				return now === void 0 ? [] : await applyChanges(connection, settingChanges(database.name, now, wanted));
			});
			for (const { what, statement = "" } of refused) report.warning(`The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`);
			return refused;
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
		report.warning(`The settings of ${database.name} could not be put back: ${error.message}`);
		return changes;
	}
}
function settingsOfSwapped(environment, { changes, named }, refused) {
	const unset = new Set(refused.map(({ what }) => what));
	return tell(environment, [
		...changes.filter(({ what }) => !unset.has(what)).map(backLine),
		...refused.map(namedLine),
		...named.map(namedLine)
	]);
}
async function settingsOfReplaced(tx, replaced) {
	try {
		var _usingCtx5 = _usingCtx();
		const database = await databaseOf(tx.environment);
		const { present } = await lookAtSettings(tx.environment, void 0);
		const connection = _usingCtx5.a(await database.connectMaintenance("look"));
		const own = await databaseSettings(connection, replaced);
		const { entries } = await tx.state.journal.read();
		const noted = entries.findLast((entry) => entry.kind === "database.replaced" && entry.replaced === replaced);
		const comment = noted?.kind === "database.replaced" && noted.comment !== void 0 ? noted.comment : present.comment;
		return own && {
			...own,
			comment,
			roles: present.roles,
			extensions: {}
		};
	} catch (_) {
		_usingCtx5.e = _;
	} finally {
		await _usingCtx5.d();
	}
}
function tell(environment, lines) {
	if (lines.length === 0) return [];
	environment.ports.report.say(["Settings of the database differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
	return lines;
}
function backLine(change) {
	if (change.statement === void 0) return namedLine(change);
	const undo = change.undo === void 0 ? "" : ` To have it as it was: ${change.undo};`;
	return `${change.what}: ${change.wanted}, as in the savepoint (it was ${change.present}).${undo}`;
}
function namedLine({ what, present, wanted, statement }) {
	return `${what}: stays ${present}; in the savepoint it was ${wanted}.${statement === void 0 ? "" : ` To have it so again: ${statement};`}`;
}
function settingsBlock(lines) {
	return lines.length === 0 ? [] : [{
		kind: "code",
		title: "Settings of the database against the savepoint's",
		lines
	}];
}
// src/postgres/swap-outcome.ts
const TRIES = 5;
const PAUSE = 1e3;
const ENDS_WITHIN = 1e4;
const SWAP_UNKNOWN = "swap-unknown";
async function swapperOf(connection) {
	const [row] = await connection.query("SELECT backend_start::text AS at FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()");
	return {
		pid: connection.pid,
		begunAt: row?.at ?? ""
	};
}
async function outcomeOf(database, { pid, begunAt }, { replacedAs, lost, swapped }) {
	let unanswered;
	for (let attempt = 1; attempt <= TRIES; attempt += 1) {
		try {
			try {
				var _usingCtx$4 = _usingCtx();
				const connection = _usingCtx$4.a(await database.connectMaintenance("swap"));
				const until = performance.now() + ENDS_WITHIN;
				while (await ends(connection, pid, begunAt) && performance.now() < until) await pause(50);
				if (await ends(connection, pid, begunAt)) break;
				return await swapped(connection);
			} catch (_) {
				_usingCtx$4.e = _;
			} finally {
				await _usingCtx$4.d();
			}
		} catch (error) {
			if (error instanceof Failure && error.code === "lock-lost") throw error;
			unanswered = error;
		}
		if (attempt < TRIES) await pause(PAUSE);
	}
	throw new Failure(`Whether ${database.name} was swapped is not known: the connection was lost on the way (${clauseOf(lost)}), and the server cannot be asked.`, {
		code: SWAP_UNKNOWN,
		exit: 3,
		cause: unanswered ?? lost,
		evidence: unanswered === void 0 ? [] : [messageOf(unanswered)],
		hint: `Look once it answers: SELECT datname FROM pg_database WHERE datname = ${literal(replacedAs)}; one row: it was swapped, and the replaced database has that name. No row: nothing was changed.`,
		state: [`${database.name}: not known whether the restored database is in its place`]
	});
}
async function ends(connection, pid, begunAt) {
	return (await connection.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND backend_start::text = $2", [pid, begunAt])).length > 0;
}
async function pause(ms) {
	await new Promise((resolve) => setTimeout(resolve, ms));
}
// src/deploy/back/start-again.ts
const STAYS_STOPPED = "stopped, and stays so: on which database it would be started is not known";
async function startedAgain(start) {
	try {
		await start();
		return "started again, on the code and the database that it had";
	} catch (error) {
		return `stopped, and it could not be started again (${clauseOf(error)})`;
	}
}
async function orStartAgain(start, body) {
	try {
		return await body();
	} catch (error) {
		if (error instanceof Cancelled || error instanceof Failure && error.code === "lock-lost" || start === void 0) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
			code: "unexpected",
			cause: error
		});
		if (failure.code === "swap-unknown") throw failure.with({ state: [...failure.state, `app: ${STAYS_STOPPED}`] });
		const app = await startedAgain(start);
		const exit = app.startsWith("stopped") ? 3 : failure.exit === 2 ? 1 : failure.exit;
		throw failure.with({
			exit,
			state: [...failure.state, `app: ${app}`]
		});
	}
}
// src/backup/restore.ts
async function restoreToSide(request) {
	try {
		var _usingCtx$3 = _usingCtx();
		const { database, store, manifest, side, ports, noteIn } = request;
		const started = ports.clock.now().getTime();
		const bare = !("id" in manifest);
		const source = bare ? DEFAULT_SOURCE : sourceOf(manifest);
		const path = bare ? manifest.path : store.pathOf(manifest);
		if (bare) await checkBare(request, manifest);
		else {
			await requireOwn(request, manifest);
			await checkSize(store, manifest);
		}
		const restored = async (signal) => await restoreBeside({
			database,
			side,
			dump: {
				machine: store.machine,
				path
			},
			source,
			writtenBy: bare ? void 0 : manifest.tools,
			expected: bare ? void 0 : factsOf(manifest),
			settings: bare ? void 0 : manifest.settings,
			ports: {
				...ports,
				signal
			},
			noteIn
		});
		const copy = _usingCtx$3.a(bare ? await restored(ports.signal) : await whileChecked({
			check: async (signal) => await checkBytes(store, manifest, signal),
			restored,
			signal: ports.signal
		}));
		copy.keep();
		const uncompared = bare ? [
			"checksum",
			"schema",
			"rows",
			"sequences"
		].map((what) => `${what}: no manifest says what they were`) : copy.schema === "unknown" ? ["schema: another version of Savepoint, or of PostgreSQL, recorded it in its own way"] : [];
		if (!bare && uncompared.length > 0) ports.report.notice(`The restored copy's checksum, rows and sequences were compared, and this was not: ${uncompared.join("; ")}.`);
		return {
			side,
			durationMs: ports.clock.now().getTime() - started,
			uncompared
		};
	} catch (_) {
		_usingCtx$3.e = _;
	} finally {
		await _usingCtx$3.d();
	}
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
	return refusal(`Backup ${manifest.id} is damaged: ${problem}.`, {
		code: "backup-broken",
		hint: "Restore another one: the command `list` shows them.",
		evidence: [`${store.pathOf(manifest)} on ${store.machine.name}`]
	});
}
async function checkBare({ store, foreign }, { path }) {
	if (foreign !== true) throw refusal(`${path} has no manifest: nothing says which database it is of, or that it is whole.`, {
		code: "backup-foreign",
		hint: "Confirm that it is meant."
	});
	if (!await exists(store.machine, path)) throw refusal(`There is no file ${path} on ${store.machine.name}.`, { code: "backup-unknown" });
}
async function requireOwn({ database, foreign, ports }, manifest) {
	try {
		var _usingCtx3 = _usingCtx();
		if (foreign === true) return;
		const [row] = await _usingCtx3.a(await database.connectMaintenance("restore", { signal: ports.signal })).query("SELECT system_identifier::text AS system FROM pg_control_system()");
		const { system, name } = manifest.database;
		if (system === row?.system && name === database.name) return;
		throw refusal(`Backup ${manifest.id} is not of this database.`, {
			code: "backup-foreign",
			hint: "Where it is meant, as on a new server, say `foreign: true`; else choose one of this database.",
			evidence: [`the backup: database ${name} of cluster ${system}`, `here: database ${database.name} of cluster ${row?.system ?? "unknown"}`]
		});
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
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
	try {
		var _usingCtx$2 = _usingCtx();
		const { database, side, replacedAs, signal, report } = request;
		const renamer = _usingCtx$2.a(await database.connectMaintenance("swap", {
			lockTimeout: LOCK_TIMEOUT,
			signal
		}));
		const evictor = _usingCtx$2.a(await database.connectMaintenance("swap"));
		if (await alreadySwapped(renamer, request)) return {
			blockedMs: 0,
			refused: []
		};
		await refuseObstacles(renamer, request);
		await refuseHolders(evictor, database, [database.name, side], signal);
		const swapper = await swapperOf(renamer);
		for (let attempt = 1;; attempt += 1) {
			if (signal) stopIfCancelled(signal);
			try {
				const { blockedMs, refused, ended } = await attemptSwap(renamer, evictor, request, async (lost) => {
					const swapped = async (connection) => await alreadySwapped(connection, request);
					return await outcomeOf(database, swapper, {
						replacedAs,
						lost,
						swapped
					});
				});
				report.detail(`${side} is now ${database.name}; ${plural(ended, "session")} ended; blocked for ${Math.round(blockedMs)} ms`);
				const unset = refused.map((change) => inPlace(change, request));
				for (const { what, statement = "" } of unset) report.warning(`The role ${database.adminTarget.user} may not set this for ${database.name}: ${what}. Run as a superuser: ${statement};`);
				return {
					blockedMs,
					refused: unset
				};
			} catch (error) {
				if (!(error instanceof Failure && AGAIN.includes(error.code ?? ""))) throw error;
				const held = await heldSessions(evictor, [database.name, side]);
				if (held.length > 0) throw whoHolds(database, held, error);
				if (attempt === ATTEMPTS) throw error.with({
					hint: `Nothing was changed; something keeps ${database.name} or ${side} in use: run it again.`,
					state: [`${database.name} is as it was`, `${side} is still beside it; ${replacedAs} does not exist`]
				});
				report.detail(`the databases are in use (${error.code}); trying again`);
			}
		}
	} catch (_) {
		_usingCtx$2.e = _;
	} finally {
		await _usingCtx$2.d();
	}
}
function inPlace({ shown, ...change }, { database, side, replacedAs }) {
	const statement = (shown?.(replacedAs) ?? change.statement)?.replace(identifier(side), identifier(database.name));
	return {
		...change,
		statement
	};
}
async function attemptSwap(renamer, evictor, { database, side, replacedAs, settings }, outcome) {
	const live = database.name;
	let started = 0;
	const evicting = {
		on: false,
		ended: 0
	};
	let loop = Promise.resolve();
	let kept = [];
	try {
		await renamer.transaction(async () => {
			const [present, besides] = [await databaseSettings(renamer, live), await databaseSettings(renamer, side)];
			if (present === void 0 || besides === void 0) throw refusal(`There is no database ${live} in the cluster.`, { code: "3D000" });
			const wanted = settings === void 0 ? present : withLiveSecrets(settings, present);
			kept = await applyChanges(renamer, settingChanges(side, besides, wanted));
			await renamer.exec(`COMMENT ON DATABASE ${identifier(live)} IS ${literal(commentFor(live, replacedAs, new Date()))}`);
			started = performance.now();
			evicting.on = true;
			loop = keepEvicting(evictor, [live, side], evicting);
			loop.catch(() => void 0);
			await renamer.exec(`ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replacedAs)}`);
			await renamer.exec(`ALTER DATABASE ${identifier(side)} RENAME TO ${identifier(live)}`);
			evicting.on = false;
			await loop;
		});
		return {
			blockedMs: performance.now() - started,
			refused: kept,
			ended: evicting.ended
		};
	} catch (error) {
		const unsure = error instanceof Cancelled || error instanceof Failure && error.code === "connection-lost";
		if (started === 0 || !unsure || !await outcome(error)) throw error;
		return {
			blockedMs: performance.now() - started,
			refused: kept,
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
	if (!await databaseExists(connection, side)) throw refusal(`There is no database ${side} to swap in.`, { code: "3D000" });
	if (await databaseExists(connection, replacedAs)) throw refusal(`A database ${replacedAs} exists already.`, { code: "42P04" });
}
async function refuseHolders(connection, database, names, signal) {
	const prepared = await stayingPrepared(connection, names, signal);
	if (prepared.length > 0) throw preparedFailure(database, prepared);
	const staying = await stayingSessions(connection, names, signal);
	if (staying.length > 0) throw whoHolds(database, staying);
}
async function refuseBeforeSwap(database, signal) {
	try {
		var _usingCtx3 = _usingCtx();
		await refuseHolders(_usingCtx3.a(await database.connectMaintenance("look", { signal })), database, [database.name], signal);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function whoHolds(database, held, cause) {
	return new Failure(`${database.name} cannot be swapped: ${plural(held.length, "session")} in it cannot be ended by ${database.adminTarget.user}.`, {
		code: "55006",
		evidence: held,
		hint: `Nothing was changed. End them, or GRANT pg_signal_backend TO ${identifier(database.adminTarget.user)} (a superuser's session only a superuser can end: name one in database-admin-url).`,
		cause
	});
}
// src/deploy/back/swap.ts
const DUMP_WAIT_MS = 18e5;
async function restoreBesideLive(tx, manifest, { signal, side, foreign }) {
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
	return newSideName(database.name, "restore", environment.ports.clock.now());
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
	const look = await lookAtSettings(environment, request.settings);
	const { comment } = look.present;
	await tx.write({
		kind: "database.replaced",
		database: database.name,
		replaced,
		backup: request.backup,
		comment
	});
	const { signal, side, settings } = request;
	const { report } = environment.ports;
	const { blockedMs, refused } = await withoutSubscriptions(environment, {
		database,
		replaced,
		signal
	}, async () => {
		return await (await standstillOf(tx)).timed((swapped) => `swapping the databases, of which connections were blocked for ${formatDuration(swapped.blockedMs)}`, async () => await swapDatabases({
			database,
			side,
			replacedAs: replaced,
			settings,
			signal,
			report
		}));
	});
	return {
		replaced,
		blockedMs,
		settings: [...settingsOfSwapped(environment, look, refused), ...await tellVersions(environment, settings?.extensions)]
	};
}
async function withoutSubscriptions(environment, { database, replaced, signal }, swap) {
	const enableAgain = await detach(environment, database, signal);
	try {
		return await swap();
	} catch (error) {
		await orWarn(environment, enableAgain);
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
async function orWarn({ ports }, enableAgain) {
	try {
		await enableAgain();
	} catch (error) {
		ports.report.warning(`Subscriptions that were stopped for the swap could not be started again (${clauseOf(error)}). Look with SELECT subname, subenabled FROM pg_subscription, and enable those that are not.`);
	}
}
async function sayWhatStayed({ ports }, database, replaced) {
	try {
		try {
			var _usingCtx$1 = _usingCtx();
			const connection = _usingCtx$1.a(await database.connectMaintenance("look"));
			if (!await databaseExists(connection, replaced)) return;
			for (const warning of await afterSwap(connection, database.name, replaced)) ports.report.warning(warning);
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	} catch (error) {
		ports.report.warning(`What of replication stayed with ${replaced} could not be asked: ${messageOf(error)}`);
	}
}
// src/deploy/back/app.ts
const STOPPED = "stopped";
var App = class {
	#tx;
	#clone;
	#settings;
	#signal;
	#stopped = false;
	constructor(tx, world) {
		this.#tx = tx;
		this.#clone = world.clone;
		this.#settings = world.settings;
		this.#signal = world.signal;
	}
	async stop(commit) {
		if (this.#clone === void 0) return "not ours to stop (no app-dir is given)";
		const strategy = await this.#open(this.#settings.stop, commit);
		const stop = await strategy.stop();
		this.#stopped = stop === "stopped";
		if (stop === "failed") return "not stopped, or only in part: stopping it failed";
		return strategy.stops ? STOPPED : "running (no stop-command is given)";
	}
	async stops(commit) {
		return this.#clone !== void 0 && (await this.#open(this.#settings.stop, commit)).stops;
	}
	get stopped() {
		return this.#stopped;
	}
	async start(commit) {
		if (this.#clone !== void 0) await (await this.#open(this.#settings.start, commit)).start();
	}
	async moveTo(commit, previous) {
		if (this.#clone === void 0) return;
		await (await this.#open(this.#settings.start, commit, previous)).switchTo({
			commit,
			stopped: true,
			edits: "keep"
		});
	}
	async placeFiles(commit) {
		if (this.#clone === void 0) return;
		const ports = {
			...this.#tx.environment.ports,
			signal: this.#signal
		};
		await placeFiles({
			clone: this.#clone,
			ports,
			noteIn: this.#tx.note()
		}, {
			commit,
			edits: "keep"
		});
	}
	async clearAway() {
		const deploy = await this.#deploy();
		if (this.#clone === void 0 || deploy === void 0) return void 0;
		const { "start-command": start, command } = this.#settings.start;
		return await (await this.#open(this.#settings.stop, deploy.commit)).clearAway({
			stopped: this.#stopped,
			startedBy: start ?? command
		});
	}
	async runsOtherImages(commit) {
		if (this.#clone === void 0 || commit === void 0) return false;
		return await (await this.#open(this.#settings.start, commit)).runsOtherImages();
	}
	async canStart(commit) {
		return this.#clone !== void 0 && (await this.#open(this.#settings.start, commit)).starts;
	}
	async #deploy() {
		return this.#tx.deploy === void 0 ? void 0 : await this.#tx.record();
	}
	async #open(settings, commit, previous) {
		return await strategyOf(this.#tx.environment, {
			settings,
			commit,
			previous,
			deploy: await this.#deploy(),
			signal: this.#signal,
			noteIn: this.#tx.note(),
			standstill: await standstillOf(this.#tx)
		});
	}
};
function codeMovesFrom(running, target, deploy) {
	if (running === void 0) return false;
	if (target === void 0 && deploy?.goingBack === true) return true;
	return deploy?.steps.some((step) => step.step === "switch" || step.step === "rollback") === true || target !== void 0 && running !== target;
}
export { rowsLeftIn as C, rowsBlock as S, compareRowsIfReadable as _, readyFor as a, keptBlock as b, restoreToSide as c, startedAgain as d, SWAP_UNKNOWN as f, changedTables as g, settingsOfReplaced as h, planSide as i, STAYS_STOPPED as l, settingsOfKept as m, codeMovesFrom as n, restoreBesideLive as o, settingsBlock as p, dropSide as r, swapIn as s, App as t, orStartAgain as u, describeRows as v, rowsTold as w, lookInto as x, intoReplacedBlock as y };
