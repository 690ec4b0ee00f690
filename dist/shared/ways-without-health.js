import { C as quote, F as plural, L as shortCommit, M as formatCount, S as inQuotes, z as Failure } from "./output.js";
import { Gt as countRows, Jt as newestFirst, P as backupStore, Rr as _usingCtx, dr as nextCommand, dt as historyTableNames, fr as rollbackCommand, rn as databaseOf, sn as stateOf } from "./text.js";
import { c as rankWays, f as lookAtDatabase, o as asSavepoint, u as savepointFor } from "./begin.js";
// src/deploy/back/rows.ts
async function compareRows(database, { savepoint, signal, database: named }) {
	try {
		var _usingCtx$1 = _usingCtx();
		const connection = _usingCtx$1.a(await database.connect("count", {
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
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
async function compareRowsIfReadable(environment, database, request) {
	try {
		return await compareRows(database, request);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.warning(`The rows of ${request.database ?? database.name} could not be counted (${error.message}): compare them by hand.`);
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
function bringBack(environment, replaced) {
	return nextCommand(environment, "restore", [
		"--backup",
		replaced,
		"--confirm",
		environment.name
	]);
}
function undoingRestore(environment, replaced) {
	return {
		command: bringBack(environment, replaced),
		means: "Undoes the restore: brings back the database that was live before it, with every row; the one that is live now is kept, too."
	};
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
	return [await lookInto(environment, replaced), `Bring it back: \`${bringBack(environment, replaced)}\``];
}
function count(rows) {
	return rows === void 0 ? "no such table" : formatCount(rows);
}
// src/deploy/back/further-back.ts
async function furtherBack(environment, ledger, { on, reason, after }) {
	const failed = ledger.deploys.find(({ id }) => id === after)?.commit;
	const before = stableBefore(ledger, on, failed);
	return before === void 0 ? {
		to: void 0,
		ways: []
	} : {
		to: before.commit,
		ways: await waysTo(environment, ledger, {
			before,
			reason
		})
	};
}
function stableBefore({ stable }, on, failed) {
	const at = stable.findIndex((one) => one.commit === on);
	return (at === -1 ? stable : stable.slice(0, at)).findLast((one) => one.commit !== on && one.commit !== failed);
}
async function waysTo(environment, ledger, { before, reason }) {
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const target = {
		commit: before.commit,
		schema: ledger.schemas.get(before.commit),
		why: "it was stable before",
		stable: true
	};
	const savepoint = savepointFor(manifests, void 0, target, ledger);
	const look = await lookIfItAnswers(environment, {
		target,
		savepoint,
		others: manifests.toSorted(newestFirst)
	});
	const action = look?.decision.action;
	return rankWays({
		place: environment,
		reason,
		deploy: void 0,
		target: shortCommit(before.commit),
		to: before.tag,
		database: action !== "none",
		down: look?.canGoDown === true,
		savepoint: savepoint && asSavepoint(savepoint),
		others: [],
		tried: [],
		mustBeSaid: action === void 0 || action === "restore" || action === "impossible"
	});
}
async function lookIfItAnswers(environment, about) {
	try {
		return await lookAtDatabase(environment, {
			...about,
			wish: "auto",
			preferDown: false,
			deploy: void 0
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		environment.ports.report.detail(`What would become of the database further back could not be looked at: ${error.message}`);
		return;
	}
}
// src/deploy/back/ways-without-health.ts
async function waysWithoutHealth(environment, ledger, request) {
	const { unwell, justAsked = false } = request;
	const on = unwell.commit ?? request.running;
	const ask = asking(environment, on);
	if (on === void 0) return [ask];
	const start = starting(environment, ledger, {
		on,
		unwell
	});
	const further = (await furtherBack(environment, ledger, {
		on,
		reason: `${shortCommit(on)} is not healthy`,
		after: unwell.deploy
	})).ways;
	if (ledger.deploys.find(({ id }) => id === unwell.deploy)?.goingBack === true) {
		const again = {
			...start,
			means: `Only once what failed is mended: ${start.means}`
		};
		const before = bringingBack(environment, ledger, unwell);
		return justAsked ? [
			...before,
			...further,
			again,
			ask
		] : [
			ask,
			...before,
			...further,
			again
		];
	}
	if (justAsked) return [
		start,
		...further,
		ask
	];
	return unwell.how === "unasked" ? [
		ask,
		start,
		...further
	] : [
		start,
		ask,
		...further
	];
}
function bringingBack(environment, { entries, deploys }, { deploy }) {
	const restored = deploys.find(({ id }) => id === deploy)?.steps.findLast(({ step }) => step === "restore");
	const aside = entries.findLast((entry) => entry.kind === "database.replaced" && entry.deploy === deploy);
	if (restored === void 0 || aside?.kind !== "database.replaced" || restored.intent["side"] === restored.intent["backup"]) return [];
	const { replaced } = aside;
	if (entries.some((entry) => entry.kind === "database.dropped" && entry.replaced === replaced)) return [];
	const means = `Brings back the database that was replaced by ${aside.backup}; what is live now is kept under another name.`;
	return [{
		command: bringBack(environment, replaced),
		means
	}];
}
function asking(environment, on) {
	return {
		command: nextCommand(environment, "health-check", on === void 0 ? [] : ["--commit", on]),
		means: "Asks the app again and changes nothing: for when the cause was mended."
	};
}
function starting(environment, { wentBack }, { on, unwell }) {
	const name = shortCommit(on);
	const reason = unwell.how === "unhealthy" ? `${name} is not healthy` : `${name} was not seen healthy`;
	const words = wentBack?.to === on ? [] : [
		"--to",
		on,
		"--database",
		"keep"
	];
	return {
		command: rollbackCommand(environment, reason, words),
		means: `Asks ${name}, and starts it once more where it does not answer; the database stays as it is.`
	};
}
export { describeRows as a, rowsBlock as c, compareRowsIfReadable as i, rowsLeftIn as l, furtherBack as n, intoReplacedBlock as o, changedTables as r, keptBlock as s, waysWithoutHealth as t, undoingRestore as u };
