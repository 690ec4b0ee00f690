import "./rolldown-runtime.js";
import { Ar as Failure, Gt as healthSection, Jn as OF_OPENING, St as migrateSection, Tn as _usingCtx, Yn as sharedSection, gt as rollbackSection, vt as rolloutSection } from "./start.js";
import { Oi as ownDeployOver, Rr as isAutomatic, Yr as refuseDamaged, b as leftAlone, in as hearable, m as mayGoBack, mi as ownerOf, ni as openEnvironment, p as planRollback, qt as DOWNTIME_OUTPUTS, u as takeBack } from "./work.js";
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
	passesOver: OF_OPENING,
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
				const settings = inputs.rollback;
				const moot = (now) => settings.confirm === void 0 ? reasonToSkip(environment, now) : void 0;
				return await takeBack(environment, {
					settings,
					byHand: settings.confirm !== void 0,
					moot,
					started
				});
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
export { rollback as t };
