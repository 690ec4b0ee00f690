import "./shared/rolldown-runtime.js";
import { i as operation } from "./shared/hooks.js";
import { L as shortCommit, N as formatDuration, w as refusal, x as Failure } from "./shared/output.js";
import { Mt as sharedSection, S as rollbackSection, _ as openEnvironment, at as rolloutSection, b as journaledSettings, ft as healthSection, h as databaseOf, n as Transaction, o as timelineOf, p as resolveName, rt as ownerOf, st as migrateSection, t as runAction, v as stateOf } from "./shared/github.js";
import { c as backupStore, v as newestFirst } from "./shared/swap.js";
import { i as liveSchema } from "./shared/versions.js";
import { r as moveTagsAfterReturn } from "./shared/mark.js";
import { t as savepointFor } from "./shared/savepoint-for.js";
import { a as targetByHand, i as lookAtDatabase, n as returnBlocks, o as targetOfDeploy, r as describeCandidate, t as rollBack } from "./shared/roll-back.js";
import { c as describeRows, s as compareRows } from "./shared/app.js";
import { t as requireConfirmation } from "./shared/confirmation.js";
// src/deploy/named-target.ts
async function namedTarget(environment, ledger, manifests, to) {
	if (to === "latest-stable" || to === `${environment.tagPrefix}latest-stable`) {
		const latest = ledger.stable.at(-1);
		if (latest === void 0) throw refusal(`No version of ${environment.title} is marked stable.`, { hint: "Give `to` a commit or a savepoint's id: `savepoint list` shows them." });
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
	if (savepoint !== void 0) return {
		target: savepointTarget(savepoint, to),
		savepoint
	};
	const clone = await environment.clone();
	const commit = clone && await resolveName(clone, to);
	if (commit !== void 0) return {
		target: versionTarget(ledger, commit, `\`to: ${to}\` was said`),
		savepoint: void 0
	};
	throw refusal(`\`to\` is ${JSON.stringify(to)}, which is no stable tag, savepoint or commit of ${environment.title}.`, { hint: "`savepoint list` shows what there is to go back to." });
}
function versionTarget(ledger, commit, why) {
	return {
		commit,
		schema: ledger.schemas.get(commit),
		why,
		stable: ledger.stable.some((one) => one.commit === commit)
	};
}
function savepointTarget(savepoint, to) {
	if (savepoint.from === void 0) throw refusal(`The backup ${savepoint.id} does not say which version ran when it was made.`, { hint: "Restore it with `savepoint restore`, or give `to` a commit." });
	return {
		commit: savepoint.from,
		schema: savepoint.schema,
		why: `\`to: ${to}\` was said, and ${shortCommit(savepoint.from)} ran then`,
		stable: false
	};
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
const rollback = operation({
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
		skipped: "Why nothing was done: `nothing-open`, `not-owner`.",
		"duration-ms": "From decision to healthy, in milliseconds."
	},
	branding: {
		icon: "rotate-ccw",
		color: "red"
	},
	async run(call) {
		const { inputs, ports } = call;
		const dryRun = inputs.shared["dry-run"];
		const byHand = inputs.rollback.confirm !== void 0 || dryRun && isPressed(call);
		if (byHand && !dryRun) {
			requireConfirmation(inputs.rollback.confirm, call.profile.environment, "A rollback by hand");
			if (inputs.rollback.reason === void 0) throw refusal("A rollback by hand needs a `reason`, for the journal.", { hint: "E.g. --reason \"orders fail since 1.4\"." });
		}
		await using environment = await openEnvironment(call, {
			state: byHand ? "existing" : "optional",
			journalSettings: true
		});
		const started = ports.clock.now().getTime();
		const ledger = environment.state && await environment.state.journal.read();
		const skipped = byHand ? void 0 : reasonToSkip(environment, ledger, call);
		if (skipped !== void 0) return nothing(environment, skipped);
		environment.settings.read(READ_ON_THE_WAY);
		if (dryRun) return await plan(environment, ledger, call);
		try {
			return await carryOut(environment, call, started);
		} catch (error) {
			if (error instanceof Failure && error.code === "moot") return nothing(environment, error.message === NOT_OWNER ? NOT_OWNER : NOTHING_OPEN);
			throw error;
		}
	}
});
function isPressed({ inputs, ports }) {
	return ownerOf(ports).terminal || inputs.rollback.to !== void 0 || inputs.rollback.reason !== void 0;
}
function reasonToSkip(environment, ledger, { inputs }) {
	const open = ledger?.open;
	const mine = open !== void 0 && open.owner === environment.owner.id;
	if (!mine && (inputs.rollback.to !== void 0 || inputs.rollback.reason !== void 0)) throw refusal("A rollback by hand (`to` or `reason` is given) needs `confirm`, and this run has no open deploy of its own.", { hint: `Give \`confirm: ${environment.name}\`. Nothing was touched.` });
	if (open === void 0) return NOTHING_OPEN;
	return mine ? void 0 : NOT_OWNER;
}
function nothing(environment, skipped) {
	const why = skipped === NOTHING_OPEN ? "no deploy is open" : "the open deploy is another run's";
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
async function carryOut(environment, call, started) {
	const { ports } = environment;
	const settings = call.inputs.rollback;
	const byHand = settings.confirm !== void 0;
	const moot = (ledger) => byHand ? void 0 : reasonToSkip(environment, ledger, call);
	await using tx = await Transaction.begin(environment, {
		wants: "end",
		commit: void 0,
		moot
	});
	const chosen = await choose(environment, await tx.state.journal.read(), call);
	if (tx.deploy === void 0) {
		const clone = await environment.clone();
		await tx.open({
			commit: chosen.target.commit,
			goingBack: true,
			from: await clone?.current(),
			live: await liveSchema(environment),
			settings: journaledSettings(environment.settings)
		}, await tx.state.journal.read());
	}
	const deploy = tx.deploy;
	const returned = await rollBack(tx, {
		...chosen,
		settings,
		byHand
	});
	const tags = byHand ? await moveTagsAfterReturn(environment, returned) : [];
	const durationMs = ports.clock.now().getTime() - started;
	const record = (await tx.state.journal.read()).deploys.find((one) => one.id === deploy);
	return {
		outputs: {
			"rolled-back": true,
			commit: returned.commit,
			"database-action": returned.database,
			savepoint: returned.savepoint,
			"replaced-database": returned.replaced,
			"duration-ms": durationMs
		},
		headline: `${environment.title} ${returned.from === returned.commit && returned.database === "kept" ? "was and is" : "is back"} on ${shortCommit(returned.commit)} (database ${returned.database}, ${returned.health}) after ${formatDuration(durationMs)}`,
		blocks: [
			...returnBlocks(environment, returned),
			...tags,
			...record ? [timelineOf(record, ports.clock.now())] : []
		]
	};
}
async function choose(environment, ledger, call) {
	const { to, database } = call.inputs.rollback;
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
	throw refusal(`There is no version to go back to: ${choice.why}. Nothing was touched.`, {
		evidence: manifests.length === 0 ? ["No backup of this database exists."] : ["What there is:", ...manifests.map(describeCandidate)],
		hint: "Name one with `to`: a commit, or a savepoint's id of this list.",
		code: "no-target"
	});
}
function emptyJournal(environment) {
	const { paths } = stateOf(environment);
	return refusal(`The journal in ${paths.root} on ${environment.machine.name} (read as ${environment.machine.login}) is empty: nothing was deployed from here.`, { hint: "Check `host`, its user, and `state-dir`. To go somewhere all the same, say both `to` (a commit) and `database` (restore or keep)." });
}
async function whatIsLost(environment, ledger, { call, savepoint }) {
	return {
		kind: "text",
		text: `${describeRows(await compareRows(await databaseOf(environment), {
			savepoint,
			signal: environment.ports.signal
		}))}${ledger.open === void 0 && call.inputs.rollback.database === "auto" ? "\nIt has to be said: `database: restore`, or `database: keep`." : ""}`
	};
}
async function plan(environment, ledger, call) {
	if (ledger === void 0) return nothing(environment, NOTHING_OPEN);
	const { target, savepoint } = await choose(environment, ledger, call);
	const { manifests } = await backupStore(environment, stateOf(environment)).all();
	const own = savepoint ?? savepointFor(manifests, ledger.open, target, ledger);
	const look = await lookAtDatabase(environment, {
		target,
		wish: call.inputs.rollback.database,
		preferDown: call.inputs.rollback["prefer-down"],
		savepoint: own,
		others: manifests,
		deploy: ledger.open
	});
	return {
		outputs: {
			"rolled-back": false,
			commit: target.commit,
			"database-action": look.decision.action,
			savepoint: own?.id
		},
		headline: `Would take ${environment.title} to ${shortCommit(target.commit)}; database: ${look.decision.action}`,
		blocks: [
			{
				kind: "text",
				text: `Target: ${target.commit}: ${target.why}.`
			},
			{
				kind: "text",
				text: `Database: ${look.decision.action}, because ${look.decision.why}.`
			},
			...look.decision.action === "restore" && own !== void 0 ? [await whatIsLost(environment, ledger, {
				call,
				savepoint: own
			})] : []
		],
		details: {
			target: target.commit,
			decision: look.decision
		}
	};
}
// actions/rollback/main.ts
await runAction(rollback);
export {};
