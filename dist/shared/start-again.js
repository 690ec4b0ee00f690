import { C as Cancelled, E as messageOf, I as formatCount, w as Failure, x as inQuotes, z as plural } from "./output.js";
import { Gn as _usingCtx, Tn as databaseOf, Vt as commandEnvironment, Wt as historyTableNames, ar as nextCommand, gn as countRows } from "./text.js";
import { c as preparedIn, s as composeAppOf, w as standstillOf } from "./gate.js";
import { a as removeBrought, i as switchTo, n as startApp, o as runsOtherImages, r as stopApp, t as placeFiles } from "./switch.js";
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
	if (changed.length === 0) return `All ${plural(rows.length, "table")} hold as many rows as the savepoint (updates are not seen by counts).`;
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
function lookInto({ shared, machine }, replaced) {
	const service = shared["database-service"];
	if (service === void 0) return `Look into it: \`psql -d ${inQuotes(replaced)}\``;
	const command = `${shared["compose-command"]} exec ${service} sh -c 'psql -U "\${POSTGRES_USER:-postgres}" "$0"' ${inQuotes(replaced)}`;
	return `Look into it, in ${shared["app-dir"] ?? "app-dir"} on ${machine.name}: \`${command}\``;
}
function bringBack(environment, replaced) {
	return nextCommand(environment, "restore", [
		"--backup",
		replaced,
		"--confirm",
		environment.name
	]);
}
function keptBlock(environment, replaced) {
	return {
		kind: "text",
		text: [
			`The replaced database is kept as ${replaced}.`,
			lookInto(environment, replaced),
			`Bring it back: \`${bringBack(environment, replaced)}\``
		].join("\n")
	};
}
function count(rows) {
	return rows === void 0 ? "no such table" : formatCount(rows);
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
		const request = await this.#request(this.#clone, this.#settings.stop, commit);
		const stopped = await stopApp(request);
		this.#stopped = stopped || request.compose !== void 0;
		return this.#settings.stop["stop-command"] === void 0 && request.compose === void 0 ? "running (no stop-command is given)" : STOPPED;
	}
	get stopped() {
		return this.#stopped;
	}
	async start(commit) {
		if (this.#clone !== void 0) await startApp(await this.#request(this.#clone, this.#settings.start, commit));
	}
	async moveTo(commit, previous) {
		if (this.#clone === void 0) return;
		const request = await this.#request(this.#clone, this.#settings.start, commit, previous);
		await switchTo({
			...request,
			commit,
			stopped: true,
			edits: "keep",
			images: await this.#knownImages(commit)
		});
	}
	async placeFiles(commit) {
		if (this.#clone !== void 0) await placeFiles({
			...await this.#request(this.#clone, this.#settings.stop, commit),
			commit,
			edits: "keep"
		});
	}
	async removeBrought() {
		const deploy = await this.#deploy();
		if (this.#clone === void 0 || deploy === void 0) return;
		const { compose, ports, clone } = await this.#request(this.#clone, this.#settings.stop, deploy.commit);
		if (compose !== void 0) await removeBrought({
			app: compose,
			clone,
			ports
		});
	}
	async runsOtherImages(commit) {
		if (this.#clone === void 0 || commit === void 0) return false;
		const { compose } = await this.#request(this.#clone, this.#settings.start, commit);
		return compose !== void 0 && await runsOtherImages(compose, commit, await this.#knownImages(commit));
	}
	async canStart(commit) {
		if (this.#clone === void 0) return false;
		const { compose, settings } = await this.#request(this.#clone, this.#settings.start, commit);
		return compose !== void 0 || settings["start-command"] !== void 0;
	}
	async #knownImages(commit) {
		const deploy = await this.#deploy();
		return deploy?.from === commit ? preparedIn(deploy)?.running : void 0;
	}
	async #deploy() {
		return this.#tx.deploy === void 0 ? void 0 : await this.#tx.record();
	}
	async #request(clone, settings, commit, previous) {
		const { environment } = this.#tx;
		const env = commandEnvironment(environment, {
			commit,
			previous,
			id: this.#tx.deploy
		});
		return {
			clone,
			settings,
			compose: await composeAppOf(environment, {
				settings,
				commit,
				env,
				deploy: await this.#deploy()
			}),
			environment: env,
			ports: {
				...environment.ports,
				signal: this.#signal
			},
			noteIn: this.#tx.note(),
			standstill: await standstillOf(this.#tx)
		};
	}
};
function codeMovesFrom(running, target, deploy) {
	if (running === void 0) return false;
	if (target === void 0 && deploy?.goingBack === true) return true;
	return deploy?.steps.some((step) => step.step === "switch" || step.step === "rollback") === true || target !== void 0 && running !== target;
}
// src/deploy/back/start-again.ts
async function startedAgain(start) {
	try {
		await start();
		return "started again, on the code and the database that it had";
	} catch (error) {
		return `stopped, and it could not be started again (${messageOf(error)})`;
	}
}
async function orStartAgain(start, body) {
	try {
		return await body();
	} catch (error) {
		if (error instanceof Cancelled || error instanceof Failure && error.code === "lock-lost" || start === void 0) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), { cause: error });
		const app = await startedAgain(start);
		const exit = app.startsWith("stopped") ? 3 : failure.exit === 2 ? 1 : failure.exit;
		throw failure.with({
			exit,
			state: [...failure.state, `app: ${app}`]
		});
	}
}
export { codeMovesFrom as a, compareRowsIfReadable as c, lookInto as d, rowsBlock as f, STOPPED as i, describeRows as l, startedAgain as n, bringBack as o, rowsLeftIn as p, App as r, changedTables as s, orStartAgain as t, keptBlock as u };
