import "./rolldown-runtime.js";
import { Ar as Failure, Gt as healthSection, Jn as OF_OPENING, Nr as messageOf, Pr as refusal, Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, br as formatDuration, dn as restoreSection, kr as Cancelled, mt as journaledSettings, vr as formatAgo, vt as rolloutSection, xr as formatMoment } from "./start.js";
import { $ as rowsBlock, $r as databaseOf, $t as standstillOf, An as undoingRestore, B as restoreBesideLive, Dn as describeCandidate, Gt as unhealthy, H as restoreToSide, Ht as describeHealth, I as App, J as settingsOfReplaced, Jn as backupStore, Jt as awayFor, L as dropLeftSides, Lr as newestFirst, Mi as listWay, Ni as nextCommand, On as readableSchema, P as waysWithoutHealth, Pi as rollbackCommand, Q as keptBlock, R as planSide, Tn as waysOfDeploy, U as orStartAgain, Ut as expectedVersion, V as swapIn, Vt as askHealth, X as compareRowsIfReadable, Xt as downtimeOutputs, Y as changedTables, Yt as downtimeBlocks, Z as describeRows, _ as missingIn, ai as howItFailed, an as beginStep, bn as standing, br as drillSide, cr as compareRestored, dr as sameSchema, et as rowsTold, fn as readHealthSettings, g as confirmationHint, in as hearable, ir as noteProof, jn as replacedDatabases, kn as replacedHere, lr as compareSchemas, ni as openEnvironment, pn as withoutForeign, q as settingsBlock, qt as DOWNTIME_OUTPUTS, ri as stateOf, sr as asRestored, ur as liveSchema, wr as dropOrWarn, xr as dropLeftCopies, y as refusingWhere, ya as NOT_CHECKED, z as readyFor } from "./work.js";
// src/deploy/back/restore-preview.ts
function sourceName(source) {
	return source.kind === "backup" ? source.manifest.id : source.database;
}
function restoring(environment, { foreign }, source) {
	const words = [
		"--backup",
		sourceName(source),
		...foreign ? ["--foreign", "true"] : [],
		"--confirm",
		environment.name
	];
	return {
		command: nextCommand(environment, "restore", words),
		means: `Restores ${sourceName(source)}; the live database is kept under another name.`
	};
}
async function whatItWouldDo(environment, source) {
	if (source.kind === "replaced") return ["What is in it is not compared here. Its schema may be another version's than the one that runs; then this ends red, with the commands that bring them together."];
	const { manifest } = source;
	const { signal } = environment.ports;
	const rows = describeRows(await compareRowsIfReadable(environment, await databaseOf(environment), {
		savepoint: manifest,
		signal
	}));
	const running = await (await environment.clone())?.current();
	const expected = running === void 0 ? void 0 : (await stateOf(environment).journal.read()).schemas.get(running);
	return running !== void 0 && expected !== void 0 && compareRestored(manifest.schema, expected) === "different" ? [rows, `Code and schema would be apart: ${shortCommit(running)} runs, and the backup's schema is not its own.`] : [rows];
}
async function restoreUnconfirmed(environment, told, source) {
	const { name } = environment;
	const what = `Restoring ${sourceName(source)} over the live database`;
	const { sentences, hints } = missingIn({
		confirm: told.confirm,
		reason: ""
	}, {
		name,
		what
	});
	return refusal([...sentences, "Nothing was touched."].join(" "), {
		code: "not-confirmed",
		evidence: (await whatItWouldDo(environment, source)).flatMap((text) => text.split("\n")),
		hint: hints.join("\n"),
		ways: told.confirm === void 0 ? [restoring(environment, told, source)] : []
	});
}
// src/deploy/steps/drill.ts
async function drill(environment, source) {
	const backup = source.manifest.id;
	try {
		const drilled = await restoreAndDrop(environment, source);
		environment.notify({
			kind: "drill.done",
			backup
		});
		return drilled;
	} catch (error) {
		environment.notify({
			kind: "drill.failed",
			backup,
			...howItFailed(error, environment.ports.signal)
		});
		throw error;
	}
}
async function restoreAndDrop(environment, { manifest, foreign }) {
	const { ports } = environment;
	const state = stateOf(environment);
	const database = await databaseOf(environment);
	const now = ports.clock.now();
	for (const name of await dropLeftCopies(database, ports.report)) ports.report.detail(`dropped ${name}, which a killed run left`);
	const side = drillSide(database.name, now);
	const { uncompared } = await ports.report.step(`Restoring ${manifest.id} into ${side}`, async () => {
		const restored = await restoreToSide({
			database,
			store: backupStore(environment, state),
			manifest,
			side,
			foreign,
			ports
		});
		await dropOrWarn(database, side, ports.report);
		if (restored.uncompared.length === 0) await noteProof(environment, manifest, restored.durationMs);
		return restored;
	}, () => "restored, compared and removed");
	return {
		side,
		uncompared
	};
}
// src/deploy/back/to-restore.ts
const SHOWN = 5;
async function toRestore(environment, own, { drill = false } = {}) {
	const now = environment.ports.clock.now().getTime();
	const first = own.toSorted(newestFirst).slice(0, SHOWN);
	const ago = (at) => formatAgo(now - at.getTime());
	const backups = first.map((one) => {
		const what = `${describeCandidate(one)}, ${ago(new Date(one.startedAt))}`;
		return {
			command: nextCommand(environment, "restore", [
				"--backup",
				one.id,
				...drill ? ["--drill"] : []
			]),
			means: drill ? `Proves the backup ${what}, beside the live database, which stays as it is.` : `Shows what restoring the backup ${what}, would do.`
		};
	});
	const replaced = (drill ? [] : await replacedHere(environment)).map(({ name, replacedAt }) => ({
		command: nextCommand(environment, "restore", ["--backup", name]),
		means: `Shows what bringing back ${name} would do, which was live until ${formatMoment(replacedAt)}, ${ago(replacedAt)}.`
	}));
	const older = own.length > first.length ? [listWay(environment)] : [];
	const none = `There is no backup of ${environment.title} in ${stateOf(environment).paths.backups}.`;
	return {
		evidence: first.length === 0 ? [none] : [],
		ways: [
			...backups,
			...older,
			...replaced
		]
	};
}
async function orWhatThereIs(environment, own, { drill, find }) {
	try {
		return await find();
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "backup-unknown" && error.code !== "backup-broken") throw error;
		throw error.with(await toRestore(environment, own, { drill }));
	}
}
// src/deploy/back/restore-blocks.ts
async function restoreBlocks(environment, done) {
	return [
		{
			kind: "text",
			text: `Connections were blocked for ${formatDuration(done.blockedMs)}${awayFor(done.downtime)}.`
		},
		...downtimeBlocks(done.downtime),
		...changedTables(done.rows).length > 0 ? [rowsBlock(done.rows)] : [],
		...settingsBlock(done.settings),
		await keptBlock(environment, done.replaced)
	];
}
// src/deploy/back/replace-database.ts
async function replaceDatabase(tx, source, touched = { app: false }) {
	const { environment } = tx;
	const database = await databaseOf(environment);
	const backup = source.kind === "backup" ? source.manifest.id : source.database;
	const side = source.kind === "backup" ? await planSide(environment) : source.database;
	return await tx.step("restore", {
		title: `Restoring ${backup} over ${database.name}`,
		intent: {
			backup,
			side
		}
	}, async (signal) => {
		const orDrop = async (body) => {
			try {
				return await body();
			} catch (error) {
				if (source.kind === "backup" && !(error instanceof Cancelled) && !isUnknown(error)) await dropOrWarn(database, side, environment.ports.report);
				throw error;
			}
		};
		if (source.kind === "backup") await restoreBesideLive(tx, source.manifest, {
			signal,
			side,
			foreign: source.foreign
		});
		if (source.kind === "backup") environment.ports.report.say(describeRows(await compareRowsIfReadable(environment, database, {
			savepoint: source.manifest,
			signal
		})));
		const { app, commit } = await appOf(tx, signal);
		await orDrop(async () => await readyFor("restore", environment, signal));
		touched.app = true;
		const standstill = await standstillOf(tx);
		const settings = source.kind === "backup" ? source.manifest.settings : await settingsOfReplaced(tx, side);
		const start = async () => await app.start(commit);
		const swapped = await orStartAgain(await app.stops(commit) ? start : void 0, async () => {
			return await orDrop(async () => {
				await app.stop(commit);
				return await swapIn(tx, {
					side,
					backup,
					settings,
					signal
				});
			});
		});
		const { replaced, blockedMs } = swapped;
		environment.ports.report.say(`Swapped in ${formatDuration(blockedMs)}. The replaced database is kept as ${replaced}.`);
		const rest = await afterSwap(replaced, async () => {
			await app.start(commit);
			const health = await checkHealthAfter(environment, signal, standstill);
			return {
				rows: source.kind === "backup" ? await compareRowsIfReadable(environment, database, {
					savepoint: source.manifest,
					signal,
					database: replaced
				}) : [],
				health,
				...await schemaAfter(tx, source)
			};
		});
		const { downtime } = standstill;
		const done = {
			database: database.name,
			...swapped,
			downtime,
			...rest
		};
		return {
			value: done,
			result: {
				backup,
				replaced,
				rows: rowsTold(rest.rows),
				blockedMs,
				health: done.health,
				...downtime && { downtime }
			},
			headline: `swapped in ${formatDuration(blockedMs)}, the replaced one is ${replaced}${awayFor(downtime)}`
		};
	});
}
function isUnknown(error) {
	return error instanceof Failure && error.code === "swap-unknown";
}
async function afterSwap(replaced, rest) {
	try {
		return await rest();
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		const failure = error instanceof Failure ? error : new Failure(messageOf(error), {
			code: "unexpected",
			cause: error
		});
		throw failure.with({
			exit: 3,
			outputs: {
				...failure.outputs,
				"replaced-database": replaced
			},
			state: [...failure.state, `database: restored; the replaced one is kept as ${replaced}`]
		});
	}
}
async function appOf(tx, signal) {
	const clone = await tx.environment.clone();
	const settings = tx.environment.settingsOf(rolloutSection);
	return {
		app: new App(tx, {
			clone,
			settings: {
				stop: settings,
				start: settings
			},
			signal
		}),
		commit: await clone?.current() ?? ""
	};
}
async function checkHealthAfter(environment, signal, standstill) {
	const health = withoutForeign(environment, readHealthSettings(environment.settings));
	if (health === void 0) {
		environment.ports.report.warning("Health not checked: no health settings are known.");
		return NOT_CHECKED;
	}
	const commit = await (await environment.clone())?.current();
	const verdict = await askHealth(environment, health, commit === void 0 ? void 0 : await expectedVersion(environment, commit), signal);
	if (verdict.state === "failing") throw unhealthy(verdict).with({ exit: 3 });
	standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
	const healthy = describeHealth(verdict);
	environment.ports.report.say(`The app is ${healthy}.`);
	return healthy;
}
async function schemaAfter(tx, source) {
	const { environment } = tx;
	const running = await (await environment.clone())?.current();
	const { schemas } = await tx.state.journal.read();
	const expected = running === void 0 ? void 0 : schemas.get(running);
	const live = await liveSchema(environment);
	if (running === void 0 || expected === void 0 || live === void 0) return {
		schema: "unknown",
		apart: void 0
	};
	const likeness = compareSchemas(live, source.kind === "backup" ? asRestored(expected) : expected);
	if (likeness === "same") return {
		schema: "proven",
		apart: void 0
	};
	if (likeness === "unknown") {
		environment.ports.report.warning(`Whether the restored schema is the one of ${shortCommit(running)} cannot be told: another version of Savepoint, or of PostgreSQL, recorded that one in its own way.`);
		return {
			schema: "unknown",
			apart: void 0
		};
	}
	return {
		schema: "apart",
		apart: apartness(environment, {
			running,
			from: versionOf(source, schemas, {
				running,
				live
			})
		})
	};
}
function versionOf(source, schemas, { running, live }) {
	const from = [...schemas].findLast(([, schema]) => sameSchema(schema, live))?.[0] ?? (source.kind === "backup" ? source.manifest.from : void 0);
	return from === running ? void 0 : from;
}
function apartness(environment, { running, from }) {
	return {
		why: `the restored schema is not the one that ${shortCommit(running)} was seen on`,
		running,
		schemaOf: from === void 0 ? "another version's" : `${shortCommit(from)}'s`,
		ways: from === void 0 ? [] : [{
			command: rollbackCommand(environment, "code to the restored schema", [
				"--to",
				from,
				"--database",
				"keep"
			]),
			means: `Takes the code to ${shortCommit(from)}, whose schema it is, and leaves the database as it is now.`
		}]
	};
}
// src/deploy/back/restore-by-hand.ts
async function restoreByHand(tx, source) {
	const { environment } = tx;
	const running = await (await environment.clone())?.current();
	const ledger = await tx.state.journal.read();
	await dropLeftSides(environment, ledger);
	if (running === void 0) return await replaceDatabase(tx, source);
	const live = await readableSchema(environment);
	const told = {
		settings: journaledSettings(environment.settings),
		hooks: environment.hooks
	};
	await tx.open({
		commit: running,
		goingBack: true,
		from: running,
		live,
		...told
	}, ledger);
	const touched = { app: false };
	try {
		const done = await replaceDatabase(tx, source, touched);
		const restored = done.schema === "proven" ? await readableSchema(environment) : void 0;
		if (restored !== void 0) await tx.write({
			kind: "version.seen",
			commit: running,
			schema: restored,
			during: "rollback"
		});
		const what = source.kind === "backup" ? source.manifest.id : source.database;
		await tx.close({
			as: "rolled-back",
			why: `${what} was restored by hand`,
			on: running,
			schema: done.schema
		});
		return done;
	} catch (error) {
		throw await conclude(tx, error, touched.app);
	}
}
async function conclude(tx, error, touched) {
	if (error instanceof Failure && error.code === "lock-lost") return error;
	const unknown = error instanceof Failure && error.code === "swap-unknown";
	if (touched && (unknown || error instanceof Cancelled)) return await standing(tx, error);
	const id = tx.deploy;
	await tx.close({
		as: touched ? "failed" : "abandoned",
		why: messageOf(error),
		blocks: false
	});
	const ledger = await tx.state.journal.read();
	const { unwell } = ledger;
	if (!(error instanceof Failure) || unwell === void 0 || unwell.deploy !== id) return error;
	const running = await (await tx.environment.clone())?.current();
	return error.with({ ways: await waysWithoutHealth(tx.environment, ledger, {
		unwell,
		running,
		justAsked: true
	}) });
}
const restore = hearable({
	name: "restore",
	description: "Restores a backup into a side database, verifies it and swaps it in by rename; the replaced one is kept.",
	sections: {
		shared: sharedSection,
		restore: restoreSection
	},
	passesOver: OF_OPENING,
	own: "restore",
	outputs: {
		database: "The database that was restored, or the drill's side database.",
		"replaced-database": "The name under which the replaced database is kept.",
		"duration-ms": "How long it took, in milliseconds.",
		...DOWNTIME_OUTPUTS
	},
	branding: {
		icon: "database",
		color: "orange"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { ports } = call;
			const { restore: settings, shared } = call.inputs;
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			environment.settings.read({
				rollout: rolloutSection,
				health: healthSection
			});
			const started = ports.clock.now().getTime();
			const source = await refusingWhere(async () => await sourceOf(environment, settings));
			if (shared["dry-run"] && !settings.drill) return planned(environment, settings, source, await whatItWouldDo(environment, source));
			if (settings.drill) {
				if (source.kind === "replaced") throw refusal("A drill restores a backup; a replaced database is there already.", {
					code: "inputs",
					hint: "Name a backup.",
					ways: [listWay(environment)]
				});
				if (shared["dry-run"]) return drillPlanned(environment, source.manifest, settings);
				return drilled(environment, source.manifest, await drill(environment, source), started);
			}
			if (settings.confirm !== environment.name) throw await restoreUnconfirmed(environment, settings, source);
			const check = async ({ ledger }) => {
				if (ledger.open === void 0) return;
				throw refusal(`Deploy ${ledger.open.id} is open: a rollback takes code and database back together.`, {
					hint: "To restore all the same, end it first.",
					code: "blocked",
					ways: await waysOfDeploy(environment, ledger, ledger.open)
				});
			};
			return await outcome(environment, source, await restoreByHand(_usingCtx$1.a(await beginStep(environment, {
				wants: "end",
				commit: void 0,
				check
			})), source), ports.clock.now().getTime() - started);
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function sourceOf(environment, { backup: named, foreign, confirm, drill: drilled }) {
	const store = backupStore(environment, stateOf(environment));
	const { manifests } = await store.all();
	const own = manifests.filter((one) => one.app === environment.app && one.environment === environment.name);
	if (named === void 0) throw refusal("Which backup to restore is not said.", {
		code: "inputs",
		...await toRestore(environment, own, { drill: drilled }),
		hint: ["Give `backup`: an id, a file, or `latest`.", ...drilled || environment.shared["dry-run"] ? [] : confirmationHint(confirm, environment.name)].join("\n")
	});
	if ((await replacedDatabases(await databaseOf(environment))).some((one) => one.name === named)) return {
		kind: "replaced",
		database: named
	};
	const find = async () => await store.find(named, {
		app: environment.app,
		environment: environment.name
	});
	return {
		kind: "backup",
		foreign,
		manifest: await orWhatThereIs(environment, own, {
			drill: drilled,
			find
		})
	};
}
function planned(environment, settings, source, evidence) {
	return {
		ways: [restoring(environment, settings, source)],
		outputs: {},
		headline: `Would restore ${sourceName(source)} over the database of ${environment.title}; the live one would be kept under another name`,
		blocks: evidence.map((text) => ({
			kind: "text",
			text
		}))
	};
}
function drillPlanned(environment, { id }, { foreign }) {
	const way = {
		command: nextCommand(environment, "restore", [
			"--backup",
			id,
			"--drill",
			...foreign ? ["--foreign"] : []
		]),
		means: `Proves the backup ${id}, beside the live database, which stays as it is.`
	};
	const headline = `Would restore ${id} into a side database of ${environment.title}, compare it and drop it; the live one would not be touched`;
	return {
		ways: [way],
		outputs: {},
		headline,
		blocks: []
	};
}
function drilled(environment, manifest, result, started) {
	const durationMs = environment.ports.clock.now().getTime() - started;
	return {
		outputs: {
			database: result.side,
			"duration-ms": durationMs
		},
		headline: `Drill passed: ${manifest.id} restores, and ${result.uncompared.length === 0 ? "what came back is what was dumped" : "its rows came back; its schema could not be compared"} (${formatDuration(durationMs)})`,
		blocks: [{
			kind: "text",
			text: `It was restored into ${result.side}, compared and removed. The live database was not touched.`
		}]
	};
}
async function outcome(environment, source, done, durationMs) {
	const outputs = {
		database: done.database,
		"replaced-database": done.replaced,
		"duration-ms": durationMs,
		...downtimeOutputs(done.downtime)
	};
	const blocks = await restoreBlocks(environment, done);
	const headline = `Restored ${sourceName(source)} into ${done.database} of ${environment.title} in ${formatDuration(durationMs)}`;
	if (done.apart === void 0) return {
		outputs,
		headline,
		blocks
	};
	throw new Failure(`${headline}, and now code and schema are apart: ${done.apart.why}.`, {
		exit: 3,
		code: "apart",
		outputs,
		blocks,
		state: [
			`code: ${shortCommit(done.apart.running)}`,
			`schema: ${done.apart.schemaOf}`,
			`replaced database: ${done.replaced}`
		],
		ways: [...done.apart.ways, undoingRestore(environment, done.replaced)]
	});
}
export { restore as t };
