import "./rolldown-runtime.js";
import { $n as Failure, $t as _usingCtx, Jn as shortCommit, _t as migrateSection, bn as sharedSection, ht as rolloutSection, pt as rollbackSection, yt as healthSection } from "./start.js";
import { D as rollBack, Ei as changedSomething, It as DOWNTIME_OUTPUTS, Nr as ownerOf, Qt as beginStep, Zt as hearable, a as refuseUnlessLetIn, ar as isAutomatic, gr as refuseDamaged, i as openRollback, ir as NOT_AUTOMATIC, k as moveTagsAfterRollback, mn as stillOpen, n as planRollback, pn as stepsOf, qr as ownDeployOver, r as mayGoBack, t as rollbackOutcome, wr as openEnvironment } from "./work.js";
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
			check: async ({ ledger }) => {
				await mayGoBack(environment, ledger, settings);
				if (ledger.open !== void 0) await refuseUnlessLetIn(environment, {
					ledger,
					open: ledger.open,
					settings
				});
			}
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
