import "./rolldown-runtime.js";
import { Qn as Failure, Qt as _usingCtx, Un as formatDuration, _t as migrateSection, dt as journaledSettings, ht as rolloutSection, nr as refusal, pt as rollbackSection, qn as shortCommit, tr as messageOf, vt as healthSection, yn as sharedSection } from "./start.js";
import { An as changesDatabase, Ar as openEnvironment, Br as ownerOf, C as furtherBack, Cn as readableSchema, Dn as placeOf, Dr as databaseOf, E as codeMovesFrom, En as nameOf, Ft as strategyOf, Gt as DOWNTIME_OUTPUTS, H as stopByHand, In as backupStore, J as describeRows, Jt as downtimeOutputs, Kt as awayFor, L as appSettingsForTarget, O as onlyCopyTells, Oi as changedSomething, On as targetByHand, P as impossibleRollback, Qr as ownDeployOver, R as settingsForTarget, Sn as lookAtDatabase, Sr as refuseDamaged, U as whoAndWhy, V as rollbackBlocks, _n as waysOfDeploy, at as tellActs, bn as savepointFor, cn as hearable, cr as NOT_AUTOMATIC, fn as stepsOf, gn as asSavepoint, jr as stateOf, kn as targetOfDeploy, ln as beginStep, lr as isAutomatic, mn as timelineNow, n as missingIn, ni as listWay, pn as stillOpen, q as compareRowsIfReadable, ri as nextCommand, rt as planned, sr as newestFirst, ur as quarantineNote, vn as rankWays, vr as resolveName, w as moveTagsAfterRollback, wn as replacedThere, x as rollBack, xn as describeCandidate, yi as isFullCommit, yn as reasonOf } from "./work.js";
// src/deploy/back/app-plan.ts
async function planApp(environment, about) {
	const { settings, running, target, deploy, decision } = about;
	const back = target === void 0 ? void 0 : await strategyOf(environment, {
		settings: settings.start,
		commit: target,
		previous: running,
		deploy
	});
	const moves = codeMovesFrom(running, target, deploy) || await back?.runsOtherImages() === true;
	if (!moves && !changesDatabase(decision)) return void 0;
	return await planned(environment, "the way back", async () => {
		const { plan } = await strategyOf(environment, {
			settings: settings.stop,
			commit: running,
			deploy
		});
		return [
			...tellActs(await plan.stop()),
			...changesDatabase(decision) ? [`the database: ${decision.action}`] : [],
			...back === void 0 || target === void 0 ? [`what the deploy of ${shortCommit(running)} brought is removed, and its files with it`] : tellActs(moves ? await back.plan.switchTo({
				commit: target,
				stopped: true,
				edits: "keep",
				exact: false
			}) : await back.plan.start())
		];
	});
}
// src/deploy/back/refuse-unsaid.ts
async function refuseUnsaid(environment, asked) {
	const { settings, chosen } = asked;
	const { name } = environment;
	const { sentences: missing, hints } = missingIn(settings, {
		name,
		what: "A rollback by hand"
	});
	const elsewhere = settings.confirm !== void 0 && settings.confirm !== name;
	if (chosen instanceof Failure && (missing.length === 0 || settings.to === void 0 && !elsewhere)) throw chosen;
	const looked = await lookOrNot(environment, asked, missing.length > 0);
	const decision = looked?.look.decision;
	if (missing.length === 0 && decision?.action === "impossible") throw impossibleRollback({
		...decision,
		broken: [],
		touched: false
	}).with({
		exit: 2,
		ways: waysFor(environment, asked, looked)
	});
	const open = !(chosen instanceof Failure) && looked?.savepoint !== void 0 && onlyCopyTells(chosen.target, looked.savepoint);
	const restores = decision?.action === "restore" && settings.database === "auto" && !open;
	if (missing.length === 0 && !restores) return;
	const evidence = restores && looked?.savepoint !== void 0 ? await counts(environment, looked.savepoint) : [];
	const plan = chosen instanceof Failure || looked === void 0 ? [] : planBlocks(await runningOn(environment), chosen.target, looked.look);
	throw refusal([
		...missing,
		...restores ? [RESTORE_NOT_SAID] : [],
		"Nothing was touched."
	].join(" "), {
		code: restores ? "restore-not-said" : "not-confirmed",
		evidence: chosen instanceof Failure ? [chosen.message, ...chosen.evidence] : evidence,
		hint: [...hints, ...restores ? [howToSay(looked?.savepoint)] : []].join("\n"),
		ways: elsewhere ? [] : waysFor(environment, asked, looked),
		blocks: plan
	});
}
async function runningOn(environment) {
	return await (await environment.clone())?.current();
}
function planBlocks(running, target, { decision }) {
	return [
		{
			kind: "text",
			text: `On the host now: ${running ?? "not known (no app-dir)"}.`
		},
		{
			kind: "text",
			text: `Target: ${target.commit ?? "nothing"}: ${target.why}.`
		},
		{
			kind: "text",
			text: `Database: ${decision.action}, because ${decision.why}.`
		}
	];
}
const RESTORE_NOT_SAID = "The database would be restored to the savepoint, and that was not said.";
function howToSay(savepoint) {
	return `Say \`database: restore\` to go back to ${savepoint?.id} (the live one is kept under another name), or \`database: keep\` to leave it as it is: nobody proved that the older code works on it.`;
}
async function lookOrNot(environment, asked, tolerant) {
	const { ledger, settings, chosen, manifests } = asked;
	if (ledger.open !== void 0 || chosen instanceof Failure) return void 0;
	const savepoint = chosen.savepoint ?? savepointFor(manifests, void 0, chosen.target, ledger);
	try {
		return {
			look: await lookAtDatabase(environment, {
				target: chosen.target,
				wish: settings.database,
				preferDown: settings["prefer-down"],
				savepoint,
				others: manifests,
				deploy: void 0
			}),
			savepoint
		};
	} catch (error) {
		if (!tolerant || !(error instanceof Failure)) throw error;
		environment.ports.report.detail(`What becomes of the database could not be looked at: ${messageOf(error)}`);
		return;
	}
}
async function counts(environment, savepoint) {
	const rows = await compareRowsIfReadable(environment, await databaseOf(environment), {
		savepoint,
		signal: environment.ports.signal
	});
	return describeRows(rows).split("\n");
}
function waysFor(environment, { settings, chosen, manifests }, looked) {
	if (chosen instanceof Failure) return chosen.ways;
	const { target } = chosen;
	const name = placeOf(target);
	const action = looked?.look.decision.action;
	const facts = {
		place: environment,
		reason: settings.reason ?? `back to ${name} by hand`,
		deploy: void 0,
		target: name,
		to: settings.to,
		database: looked !== void 0 && action !== "none",
		differs: target.schema !== void 0,
		down: looked?.look.canGoDown === true,
		savepoint: looked?.savepoint && asSavepoint(looked.savepoint),
		others: manifests.toSorted(newestFirst).map(asSavepoint),
		tried: action === "impossible" ? [{
			to: settings.to,
			database: settings.database,
			code: "no-way-back"
		}] : [],
		mustBeSaid: action === "restore" || action === "impossible"
	};
	return rankWays(facts);
}
// src/deploy/back/named-target.ts
async function namedTarget(environment, ledger, manifests, to) {
	if (to === "latest-stable" || to === `${environment.tagPrefix}latest-stable`) {
		const latest = ledger.stable.at(-1);
		if (latest === void 0) throw refusal(`No version of ${environment.title} is marked stable.`, {
			code: "no-target",
			hint: "Give `to` a commit or a savepoint's id.",
			ways: [listWay(environment)]
		});
		return {
			target: versionTarget(ledger, latest.commit, "`to: latest-stable` was said"),
			savepoint: void 0
		};
	}
	const tagged = ledger.stable.find((one) => one.tag === to);
	if (tagged !== void 0) return {
		target: versionTarget(ledger, tagged.commit, `\`to: ${to}\` was said`),
		savepoint: void 0
	};
	const savepoint = manifests.filter((one) => one.id === to || one.deploy === to).toSorted(newestFirst).at(0);
	const clone = await environment.clone();
	if (savepoint !== void 0) return {
		target: savepointTarget(environment, {
			ledger,
			savepoint,
			to,
			hasClone: clone !== void 0
		}),
		savepoint
	};
	const commit = clone === void 0 ? isFullCommit(to) ? to : void 0 : await resolveName(clone, to);
	if (commit !== void 0) return {
		target: versionTarget(ledger, commit, `\`to: ${to}\` was said`),
		savepoint: void 0
	};
	throw refusal(`\`to\` is ${JSON.stringify(to)}, which is no stable tag, savepoint or commit of ${environment.title}.`, {
		code: "no-target",
		hint: "Give `to` one of those that there are.",
		ways: [listWay(environment)]
	});
}
function versionTarget(ledger, commit, why) {
	return {
		commit,
		schema: ledger.schemas.get(commit),
		why,
		stable: ledger.stable.some((one) => one.commit === commit)
	};
}
function savepointTarget(environment, about) {
	const { ledger, savepoint, to, hasClone } = about;
	if (savepoint.from === void 0) {
		const nothingRan = ledger.deploys.some((one) => one.id === savepoint.deploy && one.ran === "nothing");
		if (nothingRan || !hasClone) {
			const ran = nothingRan ? "nothing ran then" : "which version ran then is not known; the code is not ours to move";
			return {
				commit: void 0,
				schema: savepoint.schema,
				why: `\`to: ${to}\` was said, and ${ran}`,
				stable: false
			};
		}
		throw refusal(`The backup ${savepoint.id} does not say which version ran when it was made.`, {
			hint: "To go back to a version, give its commit in `to`.",
			code: "version-unknown",
			ways: [{
				command: nextCommand(environment, "restore", [
					"--backup",
					savepoint.id,
					"--confirm",
					environment.name
				]),
				means: "Restores the backup, and leaves the code as it is."
			}]
		});
	}
	return {
		commit: savepoint.from,
		schema: savepoint.schema,
		why: `\`to: ${to}\` was said, and ${shortCommit(savepoint.from)} ran then`,
		stable: false
	};
}
// src/deploy/back/choose-target.ts
async function chooseTarget(environment, ledger, settings) {
	const { to, database } = settings;
	if (to !== void 0) {
		if (ledger.deploys.length === 0 && database === "auto") throw emptyJournal(environment);
		const { manifests } = await backupStore(environment, stateOf(environment)).all();
		return await namedTarget(environment, ledger, manifests, to);
	}
	if (ledger.deploys.length === 0) throw emptyJournal(environment);
	const running = await (await environment.clone())?.current();
	const choice = ledger.open ? targetOfDeploy(ledger, ledger.open) : targetByHand(ledger, running);
	if (choice.found) return {
		target: choice.target,
		savepoint: void 0
	};
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const others = manifests.toSorted(newestFirst).map(asSavepoint);
	const ways = ledger.open === void 0 ? rankWays({
		...NOWHERE,
		place: environment,
		reason: settings.reason ?? "back to an earlier backup by hand",
		others
	}) : await waysOfDeploy(environment, ledger, ledger.open);
	throw refusal(`There is no version to go back to: ${choice.why}. Nothing was touched.`, {
		evidence: [...manifests.length === 0 ? ["No backup of this database exists."] : ["What there is:", ...manifests.map(describeCandidate)], ...await replacedThere(environment)],
		hint: manifests.length === 0 ? "Deploy a commit that works: a rollback goes to a version that was stable, or to a backup. To go to a commit all the same, name it in `to` and say `database: keep`." : "Name one with `to`: a commit, or a savepoint's id of this list. Or deploy a commit that works.",
		code: "no-target",
		ways
	});
}
const NOWHERE = {
	deploy: void 0,
	target: void 0,
	database: true,
	down: false,
	savepoint: void 0,
	tried: []
};
function emptyJournal(environment) {
	const { paths } = stateOf(environment);
	return refusal(`The journal in ${paths.root} on ${environment.machine.name} (read as ${environment.machine.login}) is empty: nothing was deployed from here.`, {
		code: "nothing-deployed",
		hint: "Check `host`, its user, and `state-dir`. To go somewhere all the same, say both `to` (a commit) and `database` (restore or keep)."
	});
}
// src/deploy/back/rollback-plan.ts
async function nowhereElse(environment, ledger, { commit, reason }) {
	const name = shortCommit(commit);
	const { to, ways } = await furtherBack(environment, ledger, {
		on: commit,
		reason: reason ?? `further back than ${name}, by hand`
	});
	return {
		blocks: [{
			kind: "text",
			text: `${name} is what runs already: nothing is taken back. To go further: ${to === void 0 ? "no stable version came before it" : `the commands below go to ${shortCommit(to)}, the stable version before it`}.`
		}],
		ways
	};
}
async function whatIsLost(environment, ledger, { settings, savepoint }) {
	return {
		kind: "text",
		text: `${describeRows(await compareRowsIfReadable(environment, await databaseOf(environment), {
			savepoint,
			signal: environment.ports.signal
		}))}${ledger.open === void 0 && settings.database === "auto" ? "\nIt has to be said: `database: restore`, or `database: keep`." : ""}`
	};
}
async function planRollback(environment, ledger, { settings, byHand }) {
	const chosen = await chooseTarget(environment, ledger, settings);
	const { target, savepoint } = chosen;
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const own = savepoint ?? savepointFor(manifests, ledger.open, target, ledger);
	const look = await lookAtDatabase(environment, {
		target,
		wish: settings.database,
		preferDown: settings["prefer-down"],
		savepoint: own,
		others: manifests,
		deploy: ledger.open
	});
	const asked = {
		ledger,
		settings,
		chosen,
		manifests
	};
	const ways = async () => ledger.open === void 0 ? waysFor(environment, asked, {
		look,
		savepoint: own
	}) : await waysOfDeploy(environment, ledger, ledger.open);
	const { decision } = look;
	if (decision.action === "impossible") throw impossibleRollback({
		...decision,
		broken: [],
		touched: false
	}).with({
		...ledger.open === void 0 && { exit: 2 },
		ways: await ways()
	});
	const running = await (await environment.clone())?.current();
	const nowhere = ledger.open === void 0 && decision.action === "kept" && running !== void 0 && running === target.commit;
	const app = running === void 0 || nowhere ? void 0 : await planApp(environment, {
		settings: appSettingsForTarget(environment, {
			ledger,
			deploy: ledger.open,
			target
		}),
		running,
		target: target.commit,
		deploy: ledger.open,
		decision
	});
	const further = nowhere ? await nowhereElse(environment, ledger, {
		commit: running,
		reason: settings.reason
	}) : void 0;
	return {
		outputs: {
			"rolled-back": false,
			commit: target.commit,
			"database-action": look.decision.action,
			savepoint: own?.id
		},
		headline: nowhere ? `Would take nothing back: ${environment.title} is on ${nameOf(target)} already, and so is its database` : `Would take ${environment.title} to ${nameOf(target)}; database: ${look.decision.action}`,
		ways: further?.ways ?? (byHand ? await ways() : []),
		blocks: [
			...planBlocks(running, target, look),
			...app === void 0 ? [] : [app],
			...further?.blocks ?? [],
			...look.decision.action === "restore" && own !== void 0 ? [await whatIsLost(environment, ledger, {
				settings,
				savepoint: own
			})] : []
		],
		details: {
			target: target.commit,
			decision: look.decision
		}
	};
}
// src/deploy/back/rollback-outcome.ts
async function rollbackOutcome(tx, rolledBack, facts) {
	const { environment } = tx;
	const { before, target, reason, durationMs, tags } = facts;
	const { commit, database, health, downtime } = rolledBack;
	const further = before.goingBack && commit !== void 0 && rolledBack.from === commit && database === "kept" ? await nowhereElse(environment, await tx.state.journal.read(), {
		commit,
		reason
	}) : void 0;
	const outcome = {
		outputs: {
			"rolled-back": true,
			commit,
			"database-action": database,
			savepoint: rolledBack.savepoint,
			"replaced-database": rolledBack.replaced,
			"duration-ms": durationMs,
			...downtimeOutputs(downtime)
		},
		headline: `${whereItIs(environment, rolledBack)} (database ${database}, ${health}) after ${formatDuration(durationMs)}${awayFor(downtime)}`,
		blocks: [
			whoAndWhy(environment, reason ?? reasonOf(before)),
			{
				kind: "text",
				text: `Target: ${nameOf(target)}: ${target.why}.`
			},
			...await rollbackBlocks(environment, rolledBack),
			...quarantineNote(await tx.state.journal.read(), before.id).map((text) => ({
				kind: "text",
				text
			})),
			...tags,
			...further?.blocks ?? [],
			...await timelineNow(tx, before.id)
		],
		ways: further?.ways
	};
	if (rolledBack.up === void 0) return outcome;
	const { outputs, headline, blocks } = outcome;
	const { what, ways } = rolledBack.up;
	const hint = stopByHand(rolledBack.up, environment.title);
	throw new Failure(`${headline}.`, {
		exit: 3,
		code: "still-up",
		outputs,
		blocks,
		ways,
		state: [`app: ${what}`],
		hint
	});
}
function whereItIs({ title }, { from, commit, database }) {
	if (commit === void 0) return `${title} is back to what was before its first version`;
	return `${title} ${from === commit && database === "kept" ? "was and is" : "is back"} on ${shortCommit(commit)}${from === commit && database === "kept" ? ", nothing was taken back" : ""}`;
}
// src/deploy/back/left-alone.ts
async function leftAlone(environment, ledger, open) {
	const changed = changedSomething(open);
	const { ways, blocks } = await stillOpen(environment, ledger, open);
	return new Failure(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} is not taken back. ${NOT_AUTOMATIC}`, {
		exit: changed ? 3 : 1,
		code: "not-automatic",
		hint: changed ? "Look at it as it stands, then take it back by hand." : "It changed nothing: code, schema and app are as they were, and it holds nobody up.",
		outputs: {
			"rolled-back": false,
			skipped: "not-automatic",
			"duration-ms": 0
		},
		state: [`${stepsOf(open)}.`, ...changed ? ["lock: held, until a rollback finishes it or an unlock ends it"] : []],
		ways,
		blocks
	});
}
// src/deploy/back/open-rollback.ts
async function mayGoBack(environment, ledger, settings) {
	const chosen = await chooseTarget(environment, ledger, settings).catch((error) => {
		if (error instanceof Failure) return error;
		throw error;
	});
	if (!(chosen instanceof Failure)) settingsForTarget(environment, {
		ledger,
		deploy: ledger.open,
		target: chosen.target
	});
	const automatic = ledger.open?.owner === environment.owner.id && settings.confirm === void 0;
	if (automatic && chosen instanceof Failure) throw chosen;
	if (automatic) return;
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	await refuseUnsaid(environment, {
		ledger,
		settings,
		chosen,
		manifests
	});
}
async function openRollback(tx, settings) {
	const { environment } = tx;
	const { journal } = tx.state;
	const chosen = await chooseTarget(environment, await journal.read(), settings);
	if (tx.deploy !== void 0) return chosen;
	const { commit } = chosen.target;
	const running = await (await environment.clone())?.current();
	await tx.open({
		commit: commit ?? running ?? "",
		goingBack: true,
		...commit === void 0 && { toNothing: true },
		from: running,
		live: await readableSchema(environment),
		settings: journaledSettings(environment.settings),
		hooks: environment.hooks
	}, await journal.read());
	return chosen;
}
// src/deploy/operations/rollback.ts
const sections = {
	shared: sharedSection,
	rollback: rollbackSection
};
const READ_ON_THE_WAY = {
	rollout: rolloutSection,
	health: healthSection,
	migrate: migrateSection
};
const NOTHING_OPEN = "nothing-open";
const NOT_OWNER = "not-owner";
const rollback = hearable({
	name: "rollback",
	description: "Takes code and database back together: automatically after a failed deploy, or by hand to a stable version.",
	sections,
	own: "rollback",
	outputs: {
		"rolled-back": "Whether anything was taken back.",
		commit: "The version that runs now.",
		"database-action": "What became of the database: `kept`, `down`, `restored` or `none`.",
		savepoint: "The savepoint that was restored.",
		"replaced-database": "The name under which the replaced database is kept.",
		skipped: "Why nothing was done: `nothing-open`, `not-owner`, `not-automatic`.",
		"duration-ms": "From decision to healthy, in milliseconds.",
		...DOWNTIME_OUTPUTS
	},
	branding: {
		icon: "rotate-ccw",
		color: "red"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { inputs, ports } = call;
			const dryRun = inputs.shared["dry-run"];
			const byHand = inputs.rollback.confirm !== void 0 || dryRun && isPressed(call);
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: byHand ? "existing" : "optional",
				journalSettings: true
			}));
			const started = ports.clock.now().getTime();
			const ledger = environment.state && await environment.state.journal.read();
			if (ledger !== void 0 && !dryRun && (byHand ? isUntold(call) : isPressedUnconfirmed(environment, ledger, call))) await mayGoBack(environment, ledger, call.inputs.rollback);
			if (ledger !== void 0) refuseDamaged(environment, ledger);
			const skipped = byHand ? void 0 : reasonToSkip(environment, ledger);
			if (skipped !== void 0) {
				if (environment.absent !== void 0) ports.report.warning(environment.absent);
				return nothing(environment, skipped, ledger && ownDeployOver(ledger, environment.owner));
			}
			if (!byHand && ledger?.open !== void 0 && !isAutomatic(environment)) throw await leftAlone(environment, ledger, ledger.open);
			environment.settings.read(READ_ON_THE_WAY);
			if (dryRun) return ledger === void 0 ? nothing(environment, NOTHING_OPEN) : await planRollback(environment, ledger, {
				settings: inputs.rollback,
				byHand
			});
			try {
				return await takeBack(environment, call, started);
			} catch (error) {
				if (error instanceof Failure && error.code === "moot") return nothing(environment, error.message === NOT_OWNER ? NOT_OWNER : NOTHING_OPEN);
				throw error;
			}
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
function isPressed({ inputs, ports }) {
	return ownerOf(ports).terminal || inputs.rollback.to !== void 0 || inputs.rollback.reason !== void 0;
}
function isUntold({ inputs, profile }) {
	return inputs.rollback.confirm !== profile.environment || inputs.rollback.reason === void 0;
}
function isPressedUnconfirmed({ owner }, { open, deploys }, call) {
	return deploys.length > 0 && open?.owner !== owner.id && isPressed(call);
}
function reasonToSkip({ owner }, ledger) {
	const open = ledger?.open;
	if (open === void 0) return NOTHING_OPEN;
	return open.owner === owner.id ? void 0 : NOT_OWNER;
}
function nothing(environment, skipped, over) {
	if (over?.end?.as === "rolled-back") {
		const headline = `Nothing to roll back on ${environment.title}: deploy ${over.id} was taken back already`;
		return {
			outputs: {
				"rolled-back": false,
				skipped,
				"duration-ms": 0
			},
			headline,
			blocks: [],
			summary: false
		};
	}
	const none = environment.absent === void 0 ? "no deploy is open" : "there is no journal of it";
	const why = skipped === NOTHING_OPEN ? none : "the open deploy is another run's";
	return {
		outputs: {
			"rolled-back": false,
			skipped,
			"duration-ms": 0
		},
		headline: `Nothing to roll back on ${environment.title}: ${why}`,
		blocks: []
	};
}
async function takeBack(environment, call, started) {
	try {
		var _usingCtx3 = _usingCtx();
		const { ports } = environment;
		const settings = call.inputs.rollback;
		const byHand = settings.confirm !== void 0;
		const moot = (ledger) => byHand ? void 0 : reasonToSkip(environment, ledger);
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "end",
			commit: void 0,
			moot,
			check: async ({ ledger }) => await mayGoBack(environment, ledger, call.inputs.rollback)
		}));
		const { target, savepoint } = await openRollback(tx, settings);
		const before = await tx.record();
		const rolledBack = await rollBack(tx, {
			target,
			savepoint,
			settings,
			byHand
		});
		const tags = byHand ? await moveTagsAfterRollback(environment, rolledBack) : [];
		const durationMs = ports.clock.now().getTime() - started;
		return await rollbackOutcome(tx, rolledBack, {
			before,
			target,
			reason: settings.reason,
			durationMs,
			tags
		});
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
export { rollback as t };
