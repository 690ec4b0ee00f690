import { d as Cancelled, f as Failure, h as messageOf, o as formatDuration, p as clauseOf, u as shortCommit } from "./secret.js";
import { a as variableName } from "./nearest.js";
import { Br as AS_FOUND, Cr as _usingCtx, Ir as beingTakenBack, P as backupStore, Vr as NOT_CHECKED, _n as stableTag, an as stateOf, at as readSchemaView, ct as commandEnvironment, it as liveSchema, lt as runHooks, nt as compareSchemas, ot as sameSchema, rt as historyDifference, tn as databaseOf, tt as asRestored, zt as isComparable } from "./text.js";
import { f as rolloutSection, h as healthSection, l as settingsOfDeploy, m as migrateSection } from "./owner.js";
import { n as JOURNAL, r as Settings } from "./settings.js";
import { a as timelineOf, r as standing, s as endReplaced } from "./begin.js";
import { a as savepointFor, c as readableSchema, h as schemaOwner, n as waysOfDeploy, p as nameOf, s as lookAtDatabase, v as changesDatabase, y as downMigrations } from "./ways-of-deploy.js";
import { a as commitsBetween } from "./switch-plan.js";
import { a as unhealthy, c as awayFor, f as standstillOf, l as downtimeBlocks, n as describeHealth, r as expectedVersion, t as askHealth } from "./gate.js";
import { n as withoutForeign, t as readHealthSettings } from "./known-health.js";
import { a as withdrawTags, i as stableName, r as noteTo, t as moveTags } from "./tags.js";
import { t as limitsOf } from "./limits.js";
import { C as rowsLeftIn, S as rowsBlock, _ as compareRowsIfReadable, a as readyFor, b as keptBlock, d as startedAgain, g as changedTables, i as planSide, l as STAYS_STOPPED, m as settingsOfKept, n as codeMovesFrom, o as restoreBesideLive, p as settingsBlock, r as dropSide, s as swapIn, t as App, u as orStartAgain, v as describeRows, w as rowsTold, y as intoReplacedBlock } from "./app.js";
import { t as dropLeftSides } from "./left-sides.js";
import { t as waysWithoutHealth } from "./ways-without-health.js";
// src/deploy/back/rollback-blocks.ts
async function rollbackBlocks(environment, rolledBack, kept = keptBlock) {
	const blocks = [{
		kind: "text",
		text: `Database: ${rolledBack.database}, because ${rolledBack.why}.`
	}];
	const { commits, migrations } = rolledBack;
	blocks.push(...downtimeBlocks(rolledBack.downtime));
	if (commits.length > 0) blocks.push({
		kind: "code",
		title: "Commits taken back",
		lines: commits
	});
	if (migrations.length > 0) blocks.push(...rolledBack.database === "kept" ? keptApart(rolledBack) : [{
		kind: "code",
		title: "Migrations taken back",
		lines: migrations.map((line) => withoutSign(line))
	}]);
	blocks.push(...settingsBlock(rolledBack.settings));
	if (rolledBack.replaced !== void 0) {
		if (changedTables(rolledBack.rows).length > 0) blocks.push(rowsBlock(rolledBack.rows));
		blocks.push(await kept(environment, rolledBack.replaced));
	}
	return blocks;
}
function keptApart({ commit, migrations, schema }) {
	const name = commit === void 0 ? "that version" : shortCommit(commit);
	const blocks = [{
		kind: "code",
		title: `Where the database is not as ${name} was seen on it`,
		lines: migrations.map(asItStays)
	}];
	if (schema !== "proven") return blocks;
	return [...blocks, {
		kind: "text",
		text: `Because \`keep\` was said and the app is healthy, this schema counts as ${name}'s from now on.`
	}];
}
function asItStays(difference) {
	const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
	if (sign === "- ") return `${rest} (is missing)`;
	return sign === "~ " ? `${rest} (is another one)` : sign === "+ " ? `${rest} (stays applied)` : difference;
}
function whoAndWhy({ owner }, why) {
	return {
		kind: "text",
		text: `Why: ${why}\nBy: ${owner.terminal ? owner.id : `${owner.actor ?? "somebody"}, in run ${owner.id}`}`
	};
}
function withoutSign(difference) {
	const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
	if (sign === "- ") return `${rest} (was missing, and is back)`;
	return sign === "~ " ? `${rest} (was changed, and is as before)` : sign === "+ " ? rest : difference;
}
function stopByHand({ what, ways }, title) {
	return `Nothing of ${title} ran before, and the failed version is ${what}. Its database is not the one that it was made for: ${ways.length > 0 ? "the command below stops it" : "stop it by hand, and give `stop-command`"}. Then fix the cause and deploy again.`;
}
// src/deploy/back/target-settings.ts
function settingsForTarget(environment, known) {
	const rollout = appSettingsForTarget(environment, known);
	if (known.target.commit === void 0) return {
		rollout,
		health: void 0
	};
	const { confirmed, open } = sourcesFor(known);
	return {
		rollout,
		health: knownHealth(environment, chosen(environment.settings, healthSection, [confirmed, open]))
	};
}
function appSettingsForTarget({ settings }, known) {
	const { confirmed, open } = sourcesFor(known);
	return {
		start: chosen(settings, rolloutSection, [confirmed, open]).section(rolloutSection),
		stop: chosen(settings, rolloutSection, [open, confirmed]).section(rolloutSection)
	};
}
function sourcesFor({ ledger, deploy, target }) {
	const marked = ledger.stable.findLast((one) => one.commit === target.commit);
	return {
		confirmed: {
			of: `the stable mark ${marked?.tag}`,
			raw: marked?.settings ?? {}
		},
		open: {
			of: `deploy ${deploy?.id}`,
			raw: deploy === void 0 || deploy.goingBack ? {} : settingsOfDeploy(deploy)
		}
	};
}
function chosen(given, section, sources) {
	const { name } = section;
	const source = sources.find(({ raw }) => Object.keys(raw[name] ?? {}).length > 0);
	if (source === void 0) return given;
	const known = new Settings([{
		source: JOURNAL,
		of: source.of,
		raw: { [name]: source.raw[name] ?? {} }
	}], given.own);
	const mended = textsOf(given.saidHere(), name, known.unreadable(section));
	const secrets = textsOf(given, name, known.missing(name));
	return known.withFirst([{
		source: "this call",
		raw: { [name]: mended }
	}]).withFallback({
		source: "this call",
		raw: { [name]: secrets }
	});
}
function textsOf(given, section, names) {
	return Object.fromEntries(names.flatMap((name) => {
		const value = given.text(section, name);
		return value === void 0 ? [] : [[name, value]];
	}));
}
function knownHealth(environment, settings) {
	const missing = settings.missing("health");
	if (missing.length === 0) return withoutForeign(environment, readHealthSettings(settings));
	const variables = missing.map((name) => variableName("health", name)).join(", ");
	environment.ports.report.warning(`The health check of this version used secrets (${missing.join(", ")}), which are not in the journal: set ${variables} to have it done.`);
}
// src/deploy/back/parts.ts
const NOT_LOOKED_AT = "not looked at";
var Parts = class {
	code = NOT_LOOKED_AT;
	schema = NOT_LOOKED_AT;
	app = "not touched";
	touched = false;
	swapped = false;
	replaced;
	databases = [];
	get unseen() {
		return this.schema === NOT_LOOKED_AT;
	}
	lines() {
		return [
			`code: ${this.code}`,
			`schema: ${this.schema}`,
			`app: ${this.app}`,
			...this.databases.map((one) => `database: ${one}`)
		];
	}
};
// src/deploy/back/proof.ts
async function prove(environment, target, expected, { code = true } = {}) {
	const name = schemaOwner(target);
	const head = code && target.commit !== void 0 ? await (await environment.clone())?.current() : void 0;
	if (head !== void 0 && head !== target.commit) throw new Failure(`After the way back ${shortCommit(head)} is checked out, not ${name}.`, {
		exit: 3,
		code: "code-differs"
	});
	if (await environment.database() === void 0) return "no database is configured";
	const live = expected === void 0 ? void 0 : await liveSchema(environment);
	if (expected === void 0 || live === void 0) return `as it was; what ${name} was seen on is not known`;
	const likeness = compareSchemas(live, expected);
	if (likeness === "same") return target.apart === true ? "as it was when the deploy opened" : `${name}'s, proven`;
	if (likeness === "unknown") throw new Failure(`After the way back it cannot be told whether the schema is ${name}'s.`, {
		hint: "An earlier version of Savepoint recorded that schema, and its fingerprint cannot be compared with today's. Look at the database; `--database keep` takes it as it is.",
		exit: 3,
		code: "schema-unknown"
	});
	throw new Failure(`After the way back the schema is not ${name}'s.`, {
		evidence: historyDifference(expected.history, live.history),
		hint: "Something changes the schema when the app starts, or by hand, while this runs.",
		exit: 3,
		code: "schema-differs"
	});
}
async function proveNow({ tx, request: { wish, savepoint }, target, parts }, decision) {
	const known = target.schema ?? (changesDatabase(decision) ? savepoint?.schema : void 0);
	const expected = known !== void 0 && parts.swapped ? asRestored(known) : known;
	const proven = await prove(tx.environment, target, wish === "keep" ? void 0 : expected);
	parts.schema = wish === "keep" && decision.action === "kept" ? keptAs(target, decision.proven) : proven;
}
function keptAs(target, proven) {
	const name = schemaOwner(target);
	if (target.schema === void 0) return `kept as it was; what ${name} was seen on is not known`;
	return proven ? `${name}'s` : `kept as it was, not ${name}'s`;
}
function schemaProof(target, { decision, wish, health }) {
	if (target.apart === true) return "apart";
	const seen = target.schema !== void 0 || decision.action === "restore";
	const asSaid = wish === "keep" && decision.action === "kept" && !decision.proven;
	if (seen && !asSaid) return "proven";
	if (health !== "not checked") return "proven";
	return seen ? "apart" : "unknown";
}
// src/deploy/back/health.ts
const UP_ALREADY = 5e3;
async function healthAfter(request) {
	const { environment, settings, restart } = request;
	const { report } = environment.ports;
	if (settings === void 0) {
		report.warning("Health not checked: no health settings are known for this version.");
		return NOT_CHECKED;
	}
	let verdict = await ask(request, restart === void 0 && request.seen !== "unhealthy" ? settings : quick(settings));
	if (verdict.state === "failing" && request.seen === "unhealthy") {
		report.warning(`${shortCommit(request.commit)} is not healthy (${verdict.reason}), as it was not when this deploy opened: all is as it was found.`);
		return AS_FOUND;
	}
	if (verdict.state === "failing" && restart !== void 0) {
		report.say("Not healthy although nothing had to be taken back: starting it once more.");
		request.standstill.nothingAnswered();
		await restart();
		verdict = await ask(request, settings);
	}
	if (verdict.state === "healthy") {
		request.standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
		return describeHealth(verdict);
	}
	const { evidence, hint } = unhealthy(verdict);
	throw new Failure(`${shortCommit(request.commit)} is back, and it is not healthy either: ${verdict.reason}.`, {
		evidence,
		hint: nextMove(request) ?? hint,
		exit: 3,
		code: request.proven ? "unhealthy-at-target" : "unhealthy-and-apart"
	});
}
function nextMove({ kept, proven, seen }) {
	if (!proven) return "The database was kept, and its schema is not known to be this version's: mend it by hand, or go back to a savepoint.";
	if (!kept) return void 0;
	if (seen !== "healthy" && seen !== "nameless") return "Code and schema are this version's, and it was never seen healthy: it may never have been. Mend it by hand or deploy a version that works; no further rollback is tried.";
	return "Code and schema are as they were when it was healthy: the cause lies elsewhere (a service it needs, the machine, the data). No further rollback is tried.";
}
function quick(settings) {
	return {
		...settings,
		timeout: Math.min(settings.timeout, UP_ALREADY + settings.successes * settings.interval)
	};
}
async function ask({ environment, commit, signal, started }, settings) {
	const version = await expectedVersion(environment, commit);
	let verdict;
	try {
		return await environment.ports.report.step("Checking the health of the version gone back to", async () => {
			verdict = await askHealth(environment, settings, version, signal, { started });
			if (verdict.state === "failing") throw unhealthy(verdict);
			return verdict;
		}, describeHealth);
	} catch (error) {
		if (verdict?.state === "failing") return verdict;
		throw error;
	}
}
// src/deploy/back/to-nothing.ts
async function leaveNothing(app, parts, { deploy, running }) {
	if (running === void 0) return { health: parts.app === "not touched" ? "app not touched" : `app ${parts.app}` };
	const found = await app.clearAway();
	const up = deploy?.goingBack === true || deploy?.steps.some(({ step }) => step === "switch") === true ? found : void 0;
	const before = deploy?.checkedOut;
	if (before !== void 0 && before !== running) await app.placeFiles(before);
	parts.code = before === void 0 ? `${shortCommit(running)} is checked out` : `${shortCommit(before)} is checked out, as before`;
	parts.app = up === void 0 ? "nothing runs" : up.what;
	return {
		health: parts.app,
		up
	};
}
// src/deploy/back/target-health.ts
async function checkTargetHealth(way, found, state) {
	const { parts, request, target } = way;
	if (target.commit === void 0) return await leaveNothing(found.app, parts, {
		deploy: request.deploy,
		running: found.running
	});
	try {
		const health = await askTarget(way, found.app, {
			...state,
			commit: target.commit
		});
		parts.app = health;
		return { health };
	} catch (error) {
		parts.app = "not healthy";
		throw error;
	}
}
async function askTarget({ tx, request, target, signal }, app, { commit, decision, stopped }) {
	const { deploy } = request;
	const seen = deploy?.from === commit && !deploy.goingBack && !target.stable ? deploy.ran : void 0;
	const restart = async () => {
		await orStartAgain(async () => await app.start(commit), async () => await app.stop(commit));
		await app.start(commit);
	};
	const { environment, deploy: id } = tx;
	return await healthAfter({
		environment,
		settings: seen === "nameless" ? withoutVersion(environment, request.health, commit) : request.health,
		commit,
		started: id !== void 0 ? {
			deploy: id,
			rollout: request.rollout.start,
			kept: deploy?.from === commit
		} : void 0,
		seen: target.stable ? "healthy" : seen,
		signal,
		kept: !changesDatabase(decision),
		proven: decision.action !== "kept" || decision.proven,
		restart: !stopped && await app.canStart(commit) ? restart : void 0,
		standstill: await standstillOf(tx)
	});
}
function provesVersion({ health: settings, deploy }, { health, stopped }) {
	if (health === "not checked" || health === "not healthy, as it was found") return false;
	const source = settings?.["expect-version"]?.from;
	return stopped || source !== void 0 && source !== "literal" && deploy?.ran !== "nameless";
}
function withoutVersion(environment, health, commit) {
	if (health?.["expect-version"] === void 0) return health;
	environment.ports.report.say(`${shortCommit(commit)} did not tell its version when this deploy opened: \`expect-version\` is not asked of it.`);
	return {
		...health,
		"expect-version": void 0
	};
}
// src/deploy/back/account.ts
async function accountOf(way, { app, clone, running }, ended) {
	const { tx, request, target } = way;
	const { found, decision, database, health, up } = ended;
	const newest = request.deploy?.goingBack === false ? request.deploy.commit : running;
	const [before, wanted] = [found.look.live, found.target.schema];
	return {
		commit: target.commit,
		from: running,
		...database,
		rows: await rowsLeftIn(tx.environment, database.replaced, request.savepoint),
		why: decision.why,
		health,
		up,
		downtime: (await standstillOf(tx)).downtime,
		schema: schemaProof(target, {
			decision,
			wish: request.wish,
			health
		}),
		proven: provesVersion(request, {
			health,
			stopped: app.stopped
		}),
		commits: await commitsBetween(clone, target.commit, newest),
		migrations: before && wanted ? historyDifference(wanted.history, before.history) : []
	};
}
// src/deploy/back/impossible.ts
function impossibleRollback(about) {
	const { why, others, broken, replaced = [], touched } = about;
	return new Failure(`The database cannot be taken back: ${why}. ${touched ? "The way back had begun." : "Nothing was touched."}`, {
		evidence: [
			...others.length === 0 ? ["No backup of this database can be restored."] : ["Backups that can be gone back to by hand:", ...others],
			...broken.length === 0 ? [] : ["Damaged:", ...broken],
			...replaced
		],
		hint: "Say what is to become of the database: it can stay as it is, or go back to one of those backups, with the version that ran then.",
		exit: 3,
		code: "no-way-back"
	});
}
function restoreNotSaid({ savepoint, rows, touched }) {
	return new Failure(`The database would be restored to the savepoint, and that was not said. ${touched ? "The app is stopped." : "Nothing was touched."}`, {
		evidence: rows.split("\n"),
		hint: `Say \`database: restore\` to go back to ${savepoint} (the live database is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`,
		exit: 2,
		code: "restore-not-said"
	});
}
// src/deploy/back/prepare-side.ts
async function prepareSide(tx, about) {
	const { environment } = tx;
	const { request, target, savepoint, signal } = about;
	const rows = describeRows(await compareRowsIfReadable(environment, await databaseOf(environment), {
		savepoint,
		signal
	}));
	const notSaid = restoreNotSaid({
		savepoint: savepoint.id,
		rows,
		touched: about.touched
	});
	const known = !onlyCopyTells(target, savepoint);
	if (request.restoreMustBeSaid && known) throw notSaid;
	environment.ports.report.say(rows);
	const side = await environment.ports.report.step(`Restoring ${savepoint.id} beside the running database`, async () => {
		const planned = about.plannedSide ?? await planSide(environment);
		return await restoreBesideLive(tx, savepoint, {
			signal,
			side: planned,
			foreign: false
		});
	}, (name) => `restored into ${name} and compared`);
	if (known) return {
		side,
		target,
		look: void 0
	};
	try {
		const shown = {
			...target,
			schema: await targetSchema(tx, about, side)
		};
		const look = await about.look(shown);
		if (look.decision.action === "restore") {
			if (request.restoreMustBeSaid) throw notSaid;
			return {
				side,
				target: shown,
				look
			};
		}
		await dropSide(environment, side);
		return {
			side: void 0,
			target: shown,
			look
		};
	} catch (error) {
		await dropSide(environment, side);
		throw error;
	}
}
function onlyCopyTells(target, savepoint) {
	return !isComparable(savepoint.schema.fingerprint) || target.schema !== void 0 && !isComparable(target.schema.fingerprint);
}
async function targetSchema(tx, { request, target, savepoint, touched }, side) {
	try {
		var _usingCtx$1 = _usingCtx();
		const { environment } = tx;
		const database = await databaseOf(environment);
		const connection = _usingCtx$1.a(await database.connect("look", {
			admin: true,
			database: side,
			signal: environment.ports.signal
		}));
		const copy = await readSchemaView(connection, environment.shared["history-tables"] ?? []);
		if (target.schema === void 0 || compareSchemas(copy, asRestored(target.schema)) !== "different") return copy;
		throw impossibleRollback({
			why: `the savepoint ${savepoint.id} is on another schema than the target's`,
			others: [],
			broken: request.broken,
			touched
		});
	} catch (_) {
		_usingCtx$1.e = _;
	} finally {
		await _usingCtx$1.d();
	}
}
function knownBySavepoint(target, savepoint) {
	if (savepoint === void 0 || target.schema === void 0 || isComparable(target.schema.fingerprint)) return target;
	return isComparable(savepoint.schema.fingerprint) && compareSchemas(target.schema, savepoint.schema) === "unknown" ? {
		...target,
		schema: savepoint.schema
	} : target;
}
// src/deploy/back/under-way.ts
async function lookNow({ tx, request, target, parts }) {
	const look = await lookAtDatabase(tx.environment, {
		...request,
		target
	});
	if (look.unreadable !== void 0) parts.schema = `cannot be read (${look.unreadable})`;
	else if (look.live === void 0) parts.schema = "no database is configured";
	else if (target.schema && sameSchema(look.live, target.schema)) parts.schema = `${schemaOwner(target)}'s`;
	else parts.schema = `not ${schemaOwner(target)}'s`;
	return look;
}
async function survey(way) {
	const { environment } = way.tx;
	try {
		const head = await (await environment.clone())?.current();
		if (head !== void 0) way.parts.code = shortCommit(head);
		await lookNow(way);
	} catch (error) {
		environment.ports.report.detail(`It could not be asked how things stand: ${messageOf(error)}`);
	}
}
function refuseImpossible({ request, parts }, decision) {
	if (decision.action === "impossible") throw impossibleRollback({
		...decision,
		broken: request.broken,
		touched: parts.touched
	});
}
function say({ tx }, text) {
	tx.environment.ports.report.say(text);
}
async function runRollbackHooks({ tx, target, signal }, name, previous) {
	const env = commandEnvironment(tx.environment, {
		commit: target.commit ?? "",
		previous,
		id: tx.deploy
	});
	await runHooks(tx.environment, name, {
		env,
		noteIn: tx.note(),
		signal
	});
}
// src/deploy/back/decide-now.ts
async function decideFirst(way) {
	const look = await lookNow(way);
	const { target } = way;
	say(way, `Target: ${nameOf(target)}: ${target.why}.`);
	refuseImpossible(way, look.decision);
	say(way, `Database: ${look.decision.action}, because ${look.decision.why}.`);
	return {
		look,
		target
	};
}
async function prepare(way, look) {
	if (look.decision.action !== "restore") return {
		look,
		side: void 0
	};
	const prepared = await prepareSide(way.tx, {
		request: way.request,
		target: way.target,
		savepoint: savepointOf(way),
		touched: way.parts.touched,
		plannedSide: way.plannedSide,
		signal: way.signal,
		look: async (target) => {
			way.target = target;
			return await lookNow(way);
		}
	});
	if (prepared.look === void 0) return {
		look,
		side: prepared.side
	};
	say(way, `Compared with the savepoint's copy: ${prepared.look.decision.action}, because ${prepared.look.decision.why}.`);
	refuseImpossible(way, prepared.look.decision);
	return {
		look: prepared.look,
		side: prepared.side
	};
}
async function decideAgain(way, decided) {
	const again = await lookNow(way);
	if (again.decision.action === decided.look.decision.action) return decided;
	say(way, `Looked again: ${again.decision.action}, because ${again.decision.why}.`);
	refuseImpossible(way, again.decision);
	if (decided.side !== void 0) await dropSide(way.tx.environment, decided.side);
	return await prepare(way, again);
}
function savepointOf({ request: { savepoint } }) {
	if (savepoint !== void 0) return savepoint;
	throw new Failure("The decision names a savepoint that is not there.", {
		code: "unexpected",
		exit: 3
	});
}
// src/deploy/back/end-left.ts
async function endWhatIsLeft(tx) {
	await endReplaced(tx.environment, tx.state);
	await dropLeftSides(tx.environment, await tx.state.journal.read());
}
// src/deploy/back/move-app.ts
async function findApp({ tx, request, signal, parts }) {
	const clone = await tx.environment.clone();
	const app = new App(tx, {
		clone,
		settings: request.rollout,
		signal
	});
	const running = await clone?.current();
	parts.code = running === void 0 ? "no app-dir is given, the code is not ours to move" : shortCommit(running);
	return {
		clone,
		app,
		running
	};
}
async function whatMoves({ request, target }, { app, running }, decision) {
	const code = codeMovesFrom(running, target.commit, request.deploy) || await app.runsOtherImages(target.commit);
	return {
		code,
		stopped: code || changesDatabase(decision)
	};
}
async function stopAndLookAgain(way, { app, running }, decided) {
	const { commit } = way.target;
	const ran = running ?? commit;
	if (ran !== void 0 && commit !== void 0 && await app.stops(ran)) way.startAgain = async () => await app.start(ran);
	way.parts.app = await app.stop(ran ?? "");
	return await decideAgain(way, decided);
}
async function startTarget(way, { app, running }, { code, stopped }) {
	way.startAgain = void 0;
	const { commit } = way.target;
	if (commit === void 0) return;
	if (code) await app.moveTo(commit, running);
	else if (stopped) await app.start(commit);
	if (stopped) way.parts.app = "started";
	if (running !== void 0) way.parts.code = shortCommit(commit);
}
// src/deploy/back/down.ts
async function goDownOrWhyNot(tx, about) {
	try {
		await goDown(tx, about.keep, about.signal);
		await prove(tx.environment, about.target, about.expected, { code: false });
	} catch (error) {
		if (error instanceof Failure && error.code !== "lock-lost") return error;
		throw error;
	}
}
async function goDown(tx, keep, signal) {
	const { environment } = tx;
	const settings = environment.settingsOf(migrateSection);
	await downMigrations({
		database: await databaseOf(environment),
		target: { keep },
		limits: limitsOf(settings),
		ports: {
			...environment.ports,
			signal
		}
	});
}
// src/deploy/back/take-database.ts
const UNTOUCHED = {
	savepoint: void 0,
	replaced: void 0,
	blockedMs: 0,
	settings: []
};
async function takeDatabase(way, { look: { decision, live }, side }) {
	switch (decision.action) {
		case "none":
		case "impossible": return {
			...UNTOUCHED,
			database: "none"
		};
		case "kept": return {
			...UNTOUCHED,
			database: "kept",
			settings: await settingsOfKept(way.tx.environment, way.request)
		};
		case "down": return await goDownOrRestore(way, decision.keep, live);
		case "restore": return await swap(way, side);
	}
}
async function goDownOrRestore(way, keep, live) {
	const { tx, request, target, signal } = way;
	const trouble = await goDownOrWhyNot(tx, {
		keep,
		target,
		expected: target.schema ?? request.savepoint?.schema,
		signal
	});
	if (trouble === void 0) return {
		...UNTOUCHED,
		database: "down",
		settings: await settingsOfKept(tx.environment, request)
	};
	await stayStoppedUnless(way, live);
	if (request.savepoint === void 0) throw trouble;
	say(way, `Going down did not lead back: ${clauseOf(trouble)}. Restoring the savepoint instead.`);
	const { side } = await prepare(way, {
		live: void 0,
		canGoDown: false,
		decision: {
			action: "restore",
			why: trouble.message,
			savepoint: request.savepoint
		}
	});
	return await swap(way, side);
}
async function stayStoppedUnless(way, same) {
	const start = way.startAgain;
	way.startAgain = void 0;
	const { live } = await lookNow(way);
	if (same !== void 0 && live !== void 0 && sameSchema(same, live)) way.startAgain = start;
}
async function swap(way, side) {
	const savepoint = savepointOf(way);
	if (side === void 0) throw new Failure("There is no restored database to swap in.", {
		code: "unexpected",
		exit: 3
	});
	const { settings } = savepoint;
	const swapped = await swapIn(way.tx, {
		side,
		backup: savepoint.id,
		settings,
		signal: way.signal
	});
	const { replaced, blockedMs } = swapped;
	const { parts } = way;
	parts.swapped = true;
	way.startAgain = void 0;
	parts.replaced = replaced;
	parts.databases.push(`the replaced one is kept as ${replaced}`);
	say(way, `Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
	return {
		database: "restored",
		savepoint: savepoint.deploy ?? savepoint.id,
		...swapped
	};
}
// src/deploy/back/carry-out.ts
async function carryOut(tx, request, told) {
	const target = knownBySavepoint(request.target, request.savepoint);
	const way = {
		tx,
		request,
		...told,
		target,
		startAgain: void 0
	};
	const { parts } = way;
	try {
		return await goBack(way);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
			code: "unexpected",
			cause: error
		});
		const nothingToFinish = request.deploy === void 0 || request.deploy.goingBack && !beingTakenBack(request.deploy);
		if (failure.exit === 2 && !parts.touched && nothingToFinish) throw failure;
		if (failure.code === "swap-unknown") parts.app = STAYS_STOPPED;
		else if (failure.code !== "lock-lost" && way.startAgain !== void 0) parts.app = await startedAgain(way.startAgain);
		await survey(way);
		throw failure.with({
			exit: 3,
			state: parts.lines(),
			code: failure.code
		});
	}
}
async function goBack(way) {
	await endWhatIsLeft(way.tx);
	const app = await findApp(way);
	const found = await decideFirst(way);
	const prepared = await prepare(way, found.look);
	const moves = await whatMoves(way, app, prepared.look.decision);
	await readyFor(prepared.look.decision.action, way.tx.environment, way.signal);
	way.parts.touched = true;
	await runRollbackHooks(way, "before-rollback", app.running);
	const decided = moves.stopped ? await stopAndLookAgain(way, app, prepared) : prepared;
	const { decision } = decided.look;
	const database = await takeDatabase(way, decided);
	await startTarget(way, app, moves);
	await proveNow(way, decision);
	const { health, up } = await checkTargetHealth(way, app, {
		decision,
		stopped: moves.stopped
	});
	await proveNow(way, decision);
	await runRollbackHooks(way, "after-rollback", app.running);
	return await accountOf(way, app, {
		found,
		decision,
		database,
		health,
		up
	});
}
// src/deploy/back/stable-again.ts
async function noteStableAgain(tx, rolledBack) {
	const { journal } = tx.state;
	if (!marksStable(rolledBack, await journal.read())) return;
	const { clock } = tx.environment.ports;
	const ledger = await journal.read();
	const left = rolledBack.from === rolledBack.commit ? void 0 : ledger.stable.find((one) => one.commit === rolledBack.from);
	if (left !== void 0) await tx.writeAbout(void 0, {
		kind: "stable.withdrawn",
		commit: left.commit,
		tag: left.tag
	});
	const now = await journal.read();
	if (now.stable.at(-1)?.commit === rolledBack.commit) return;
	const known = now.stable.findLast((one) => one.commit === rolledBack.commit);
	const schema = now.schemas.get(rolledBack.commit);
	const tag = stableTag(stableName(tx.environment), clock.now());
	const mark = {
		commit: rolledBack.commit,
		...schema && { schema },
		settings: known?.settings ?? {},
		tag
	};
	await tx.writeAbout(known?.deploy, {
		kind: "stable.marked",
		...mark
	});
}
function marksStable({ commit, health, proven }, ledger) {
	if (health === "not checked" || health === "not healthy, as it was found" || commit === void 0) return false;
	return proven || wasStable(ledger, commit);
}
function wasStable(ledger, commit) {
	return ledger.entries.some((entry) => entry.kind === "stable.marked" && entry.commit === commit);
}
async function moveTagsAfterRollback(environment, rolledBack) {
	const { commit, health } = rolledBack;
	if (commit === void 0) return [];
	const ledger = await stateOf(environment).journal.read();
	if (!marksStable(rolledBack, ledger)) {
		environment.ports.report.warning(health === "not checked" ? "Health was not checked, so latest-stable stays where it is." : `${shortCommit(commit)} was never confirmed, and nothing proves that it is what answers, so latest-stable stays where it is. What would prove it: \`health-expect-version\`, or a \`stop-command\`.`);
		return [];
	}
	return await tagsAfterRollback(environment, {
		returned: {
			...rolledBack,
			commit
		},
		ledger
	});
}
async function tagsAfterRollback(environment, request) {
	const { returned: rolledBack, ledger } = request;
	const stable = ledger.stable.at(-1);
	for (const left of ledger.withdrawn) await withdrawTags(environment, ledger, {
		commit: left,
		to: rolledBack.commit,
		deploy: stable?.deploy ?? "rollback"
	});
	const { report } = environment.ports;
	try {
		const wish = {
			commit: rolledBack.commit,
			deploy: stable?.deploy ?? `rollback-${shortCommit(rolledBack.commit)}`,
			at: new Date(stable?.at ?? environment.ports.clock.now()),
			keepTags: Number.MAX_SAFE_INTEGER
		};
		return [{
			kind: "text",
			text: `${(await moveTags(environment, wish, ledger, noteTo(environment))).latestTag} is at ${shortCommit(rolledBack.commit)}.`
		}];
	} catch (error) {
		const { cause = error, ways } = error instanceof Failure ? error : { ways: [] };
		const next = ways[0]?.command;
		const later = `They wait in the journal, and the next deploy moves them${next === void 0 ? "" : `, or: ${next}`}`;
		report.warning(`The stable tags could not be moved: ${messageOf(cause)} ${later}`);
		return [{
			kind: "text",
			text: `The stable tags could not be moved. ${later}`
		}];
	}
}
// src/deploy/back/conclusion.ts
async function conclude(tx, request, rolledBack) {
	const { commit } = rolledBack;
	if (commit !== void 0) {
		const schema = await readableSchema(tx.environment);
		if (schema !== void 0 && rolledBack.schema === "proven") await tx.write({
			kind: "version.seen",
			commit,
			schema,
			during: "rollback"
		});
		await tx.write(wentBack(request, commit, {
			from: rolledBack.from,
			database: rolledBack.database,
			finished: true
		}));
		if (request.byHand) await noteStableAgain(tx, {
			...rolledBack,
			commit
		});
	}
	await tx.close({
		as: "rolled-back",
		why: request.settings.reason ?? request.target.why,
		...commit !== void 0 && { on: commit },
		...commit === void 0 && rolledBack.from !== void 0 && rolledBack.up === void 0 && { nothingRuns: true },
		schema: rolledBack.schema,
		...request.settings.reason !== void 0 && { reason: request.settings.reason }
	});
}
function wentBack(request, to, { from, database, finished }) {
	const { reason } = request.settings;
	return {
		kind: "went-back",
		to,
		database,
		finished,
		...from !== void 0 && { from },
		...reason !== void 0 && { reason }
	};
}
async function concludeFailed(tx, request, error, parts) {
	const { environment } = tx;
	if (error instanceof Cancelled) return await standing(tx, error);
	if (error instanceof Failure && error.exit === 2) {
		if ((await tx.record()).goingBack) await tx.close({
			as: "abandoned",
			why: error.message
		});
		return error.with({ outputs: {
			...error.outputs,
			"rolled-back": false
		} });
	}
	const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
		code: "unexpected",
		cause: error,
		exit: 3
	});
	if (failure.code === "lock-lost") return failure;
	const onlyHealth = failure.code === "unhealthy-at-target";
	const id = tx.deploy;
	try {
		const { commit } = request.target;
		if (commit !== void 0) await tx.write(wentBack(request, commit, {
			from: void 0,
			database: "unknown",
			finished: onlyHealth
		}));
		await tx.close({
			as: "failed",
			why: failure.message,
			blocks: !onlyHealth,
			...onlyHealth && commit !== void 0 && { on: commit }
		});
	} catch (unwritten) {
		environment.ports.report.warning(`That the rollback failed could not be written to the journal: ${messageOf(unwritten)}`);
	}
	const ledger = await tx.state.journal.read();
	const record = ledger.deploys.find((one) => one.id === id);
	return failure.with({
		exit: 3,
		ways: await waysAfter(environment, {
			ledger,
			record,
			onlyHealth
		}),
		outputs: {
			...failure.outputs,
			"rolled-back": false,
			"replaced-database": parts.replaced
		},
		blocks: [
			...failure.blocks,
			...parts.replaced === void 0 ? [] : [await intoReplacedBlock(environment, parts.replaced)],
			...record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())]
		],
		state: [...failure.state, onlyHealth ? "lock: released" : "lock: held, until a rollback finishes it or an unlock ends it"]
	});
}
async function waysAfter(environment, { ledger, record, onlyHealth }) {
	if (record === void 0) return [];
	if (!onlyHealth || ledger.unwell === void 0) return await waysOfDeploy(environment, ledger, record);
	return await waysWithoutHealth(environment, ledger, {
		unwell: ledger.unwell,
		running: record.end?.on
	});
}
// src/deploy/back/rollback-step.ts
async function rollBack(tx, request) {
	const { environment } = tx;
	const ledger = await tx.state.journal.read();
	const deploy = ledger.deploys.find((one) => one.id === tx.deploy);
	const backups = await backupStore(environment, tx.state).all();
	const savepoint = request.savepoint ?? savepointFor(backups.manifests, deploy, request.target, ledger);
	const target = targetWith(request.target, savepoint);
	const settings = settingsForTarget(environment, {
		ledger,
		deploy,
		target
	});
	const side = savepoint === void 0 ? void 0 : await planSide(environment);
	const parts = new Parts();
	try {
		const rolledBack = await tx.step("rollback", {
			title: `Rolling ${environment.title} back to ${nameOf(target)}`,
			intent: {
				target: target.commit,
				to: request.settings.to,
				database: request.settings.database,
				why: request.target.why,
				savepoint: savepoint?.id,
				side,
				reason: request.settings.reason,
				byHand: request.byHand
			},
			unseen: () => parts.unseen
		}, async (signal) => {
			const back = await carryOut(tx, {
				target,
				wish: request.settings.database,
				preferDown: request.settings["prefer-down"],
				savepoint,
				others: backups.manifests,
				broken: backups.broken.map(({ file, problem }) => `${file} (${problem})`),
				deploy,
				...settings,
				restoreMustBeSaid: deploy?.goingBack === true && request.settings.database !== "restore"
			}, {
				signal,
				plannedSide: side,
				parts
			});
			return {
				value: back,
				result: {
					commit: back.commit,
					database: back.database,
					replaced: back.replaced,
					...back.rows.length > 0 && {
						rows: rowsTold(back.rows),
						tables: changedTables(back.rows)
					},
					health: back.health,
					...back.downtime && { downtime: back.downtime }
				},
				headline: describeRollback(back)
			};
		});
		await conclude(tx, request, rolledBack);
		return rolledBack;
	} catch (error) {
		throw await concludeFailed(tx, request, error, parts);
	}
}
function targetWith(target, savepoint) {
	return target.commit === void 0 && savepoint !== void 0 ? {
		...target,
		schema: savepoint.schema
	} : target;
}
function describeRollback(rolledBack) {
	const database = {
		none: "no database",
		kept: "database kept",
		down: "database taken down",
		restored: "database restored"
	}[rolledBack.database];
	return rolledBack.commit === void 0 ? `${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}` : `code ${shortCommit(rolledBack.commit)}, ${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`;
}
export { appSettingsForTarget as a, stopByHand as c, impossibleRollback as i, whoAndWhy as l, moveTagsAfterRollback as n, settingsForTarget as o, onlyCopyTells as r, rollbackBlocks as s, rollBack as t };
