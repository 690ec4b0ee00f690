import "./rolldown-runtime.js";
import { Ar as Failure, Dr as input, Gt as healthSection, St as migrateSection, Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, c as operation, gr as line, gt as rollbackSection, qn as OF_DEPLOYS, vt as rolloutSection, yt as markStableSection } from "./start.js";
import { En as reasonOf, F as moveTagsAfterRollback, Ft as confirmDeploy, It as markCommit, Lt as mayConfirm, N as rollBack, Ni as nextCommand, Sn as timelineOf, Tn as waysOfDeploy, Yr as refuseDamaged, an as beginStep, d as rollbackOutcome, ei as ledgerOf, er as dropWarm, h as openRollback, ln as recoveryText, ni as openEnvironment, on as leavingOpen, qt as DOWNTIME_OUTPUTS, r as outcome, ri as stateOf, sn as lookForRecovery, t as signsOf, un as recoveryWords, ur as liveSchema, v as requireConfirmation, xn as timelineNow, y as refusingWhere } from "./work.js";
// src/deploy/operations/carry-out-recovery.ts
const PATIENCE = 5e3;
async function carryOutRecovery(environment, about) {
	const { open, looked, said } = about;
	try {
		try {
			var _usingCtx$2 = _usingCtx();
			return await ended(_usingCtx$2.a(await beginStep(environment, {
				wants: "end",
				commit: void 0,
				...!said && { patienceMs: PATIENCE },
				moot: (ledger) => asItWas(ledger, open) ? void 0 : "somebody went on with it meanwhile",
				check: async () => looked.recovery.do === "forward" ? await mayGoForward(environment, open) : void 0
			})), about);
		} catch (_) {
			_usingCtx$2.e = _;
		} finally {
			await _usingCtx$2.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "moot") throw error;
		return {
			outputs: {
				recovery: "wait",
				deploy: open.id
			},
			headline: `Deploy ${open.id} of ${environment.title} is left alone: ${error.message}`,
			blocks: []
		};
	}
}
async function mayGoForward(environment, open) {
	await mayConfirm(environment, open);
	await refusingWhere(async () => await liveSchema(environment));
}
function asItWas({ open: now }, open) {
	return now?.id === open.id && now.lastAt === open.lastAt && now.steps.length === open.steps.length;
}
async function ended(tx, about) {
	const { environment } = tx;
	const { open, looked } = about;
	const reason = about.reason ?? `recovered: ${reasonOf(open)}`;
	if (looked.recovery.do === "close") {
		await dropWarm(tx);
		await tx.close({
			as: "abandoned",
			why: reason,
			...open.from !== void 0 && { on: open.from }
		});
		return {
			outputs: {
				recovery: "back",
				deploy: open.id,
				commit: open.from
			},
			headline: `Closed deploy ${open.id} of ${environment.title}, which had changed nothing`,
			blocks: await timelineNow(tx, open.id)
		};
	}
	if (looked.recovery.do === "forward") {
		const { "keep-tags": keepTags } = environment.settingsOf(markStableSection);
		const mark = await leavingOpen(tx, async () => await confirmDeploy(tx, { keepTags }));
		const told = outcome(environment, mark, await timelineNow(tx, open.id));
		return {
			...told,
			outputs: {
				recovery: "forward",
				deploy: open.id,
				...told.outputs
			}
		};
	}
	return await wentBack(tx, about, reason);
}
async function wentBack(tx, { looked, said, started }, reason) {
	const { environment } = tx;
	const settings = {
		...environment.settingsOf(rollbackSection),
		...looked.told,
		reason,
		confirm: void 0
	};
	const { target, savepoint } = await openRollback(tx, settings);
	const before = await tx.record();
	const rolledBack = await rollBack(tx, {
		target,
		savepoint,
		settings,
		byHand: said,
		...!said && { mayNotRestore: true }
	});
	const tags = said ? await moveTagsAfterRollback(environment, rolledBack) : [];
	const durationMs = environment.ports.clock.now().getTime() - started;
	const told = await rollbackOutcome(tx, rolledBack, {
		before,
		target,
		reason,
		durationMs,
		tags
	});
	const { "rolled-back": _, savepoint: __, ...outputs } = told.outputs;
	return {
		...told,
		outputs: {
			recovery: "back",
			deploy: before.id,
			...outputs
		}
	};
}
async function moveTagsLeft(environment) {
	try {
		var _usingCtx3 = _usingCtx();
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "end",
			commit: void 0,
			patienceMs: PATIENCE
		}));
		const newest = (await ledgerOf(environment))?.stable.at(-1);
		if (tx.deploy !== void 0 || newest === void 0) return {
			outputs: { recovery: "wait" },
			headline: `${environment.title} is left alone: somebody works on it`,
			blocks: []
		};
		const { "keep-tags": keepTags } = environment.settingsOf(markStableSection);
		const mark = await tx.alive("mark-stable", async () => await markCommit(environment, newest.commit, { keepTags }, tx));
		const told = outcome(environment, mark, []);
		return {
			...told,
			headline: `${told.headline}; ${shortCommit(newest.commit)} was confirmed before`,
			outputs: {
				recovery: "forward",
				...told.outputs
			}
		};
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function freeLockLeft(environment, owner) {
	const none = `Nothing is open on ${environment.title}`;
	try {
		try {
			var _usingCtx4 = _usingCtx();
			if (_usingCtx4.a(await beginStep(environment, {
				wants: "end",
				commit: void 0,
				patienceMs: 0
			})).deploy === void 0) return {
				outputs: { recovery: "none" },
				headline: `${none}; the lock that ${owner} had left is released`,
				blocks: []
			};
		} catch (_) {
			_usingCtx4.e = _;
		} finally {
			await _usingCtx4.d();
		}
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "busy") throw error;
	}
	return {
		outputs: { recovery: "wait" },
		headline: `${environment.title} is left alone: somebody works on it`,
		blocks: []
	};
}
// src/deploy/operations/recover.ts
const recoverSection = {
	name: "recover",
	inputs: {
		confirm: input(line, {
			description: "The environment's name, typed in: a person says that the deploy shall be ended, a restore included.",
			perRun: true
		}),
		reason: input(line, {
			description: "Why, for the journal. Default: how far the deploy came.",
			perRun: true
		})
	}
};
const sections = {
	shared: sharedSection,
	recover: recoverSection
};
const READ_ON_THE_WAY = {
	rollout: rolloutSection,
	health: healthSection,
	migrate: migrateSection
};
const recover = operation({
	name: "recover",
	description: "Ends a deploy that nobody works on any more: forward where only its confirmation is missing, else back, or it asks.",
	sections,
	passesOver: OF_DEPLOYS,
	own: "recover",
	outputs: {
		recovery: "What was done: `none` (nothing was open), `wait`, `forward` or `back`; `ask` where a person is needed.",
		deploy: "The deploy that was open.",
		commit: "The version that runs now.",
		"database-action": "On the way back: what became of the database.",
		"stable-tag": "On the way forward: the dated tag.",
		"replaced-database": "The name under which a replaced database is kept.",
		"duration-ms": "How long it took, in milliseconds.",
		...DOWNTIME_OUTPUTS
	},
	branding: {
		icon: "life-buoy",
		color: "orange"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { ports, inputs } = call;
			const { confirm } = inputs.recover;
			const dryRun = inputs.shared["dry-run"];
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			if (confirm !== void 0) requireConfirmation(confirm, environment.name, "Ending a deploy by hand");
			const started = ports.clock.now().getTime();
			const { journal } = stateOf(environment);
			const lock = await journal.lock.status();
			const ledger = await journal.read();
			refuseDamaged(environment, ledger);
			const { open } = ledger;
			if (open === void 0) return await nothingOpen(environment, {
				ledger,
				lock
			}, dryRun);
			const signs = await signsOf(environment, open, lock);
			const looked = await lookForRecovery(environment, ledger, open, {
				said: confirm !== void 0,
				signs
			});
			const { recovery } = looked;
			ports.report.say(`${describe(open)}. ${recoveryText(recovery, open)}`);
			if (recovery.do === "wait") return waits(environment, open, recovery.why);
			if (recovery.do === "ask") throw await asks(environment, {
				ledger,
				open,
				looked
			});
			if (dryRun) return planned(environment, open, looked);
			environment.settings.read(READ_ON_THE_WAY);
			return await carryOutRecovery(environment, {
				open,
				looked,
				said: confirm !== void 0,
				reason: inputs.recover.reason,
				started
			});
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
function describe(open) {
	const last = open.steps.at(-1);
	const far = last === void 0 ? "no step of it was begun" : `\`${last.step}\` ${last.state === "running" ? "did not end" : last.state}`;
	return `Deploy ${open.id} of ${shortCommit(open.commit)} is open: ${far}`;
}
async function nothingOpen(environment, { ledger, lock }, dryRun) {
	const waiting = ledger.pendingTags.at(-1);
	const left = lock.state === "held" ? lock.holder.owner : void 0;
	if (waiting !== void 0 && !dryRun) return await moveTagsLeft(environment);
	if (left !== void 0 && !dryRun) return await freeLockLeft(environment, left);
	const would = [...waiting === void 0 ? [] : [`; the tags of ${shortCommit(waiting.commit)} would be moved`], ...left === void 0 ? [] : [`; the lock that ${left} holds would be released, were ${left} gone`]];
	return {
		outputs: { recovery: "none" },
		headline: `Nothing is open on ${environment.title}${would.join("")}`,
		blocks: []
	};
}
function waits(environment, open, why) {
	return {
		outputs: {
			recovery: "wait",
			deploy: open.id
		},
		headline: `Deploy ${open.id} of ${environment.title} is left to its owner: ${why}`,
		blocks: []
	};
}
function planned(environment, open, { recovery }) {
	return {
		outputs: {
			recovery: recovery.do === "close" ? "back" : recovery.do,
			deploy: open.id
		},
		headline: `Would end deploy ${open.id} of ${environment.title}`,
		blocks: [{
			kind: "text",
			text: recoveryText(recovery, open)
		}, timelineOf(open, environment.ports.clock.now())]
	};
}
async function asks(environment, { ledger, open, looked }) {
	const { recovery, ifSaid } = looked;
	const said = {
		command: nextCommand(environment, "recover", ["--confirm", environment.name]),
		means: `You confirm that it is ended: it looks again, and would then ${recoveryWords(ifSaid, open)}: ${ifSaid.why}.`
	};
	return new Failure(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} needs a person: ${recovery.why}. Nothing was touched.`, {
		exit: 3,
		code: "recovery-asks",
		hint: "Choose one of the commands; nothing of this is done unasked.",
		outputs: {
			recovery: "ask",
			deploy: open.id
		},
		ways: [...ifSaid.do === "ask" ? [] : [said], ...await waysOfDeploy(environment, ledger, open)],
		blocks: [timelineOf(open, environment.ports.clock.now())]
	});
}
export { recover as t };
