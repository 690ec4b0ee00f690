import "./rolldown-runtime.js";
import { Ar as Failure, Gt as healthSection, Jn as OF_OPENING, Tn as _usingCtx, Yn as sharedSection, c as operation } from "./start.js";
import { Di as describeEnd, Fi as statusWay, Gt as unhealthy, Ht as describeHealth, Jt as awayFor, Oi as ownDeployOver, P as waysWithoutHealth, Si as hasChecks, Ut as expectedVersion, Vt as askHealth, Wr as incomingCommit, Wt as passGate, Xt as downtimeOutputs, an as beginStep, ei as ledgerOf, fn as readHealthSettings, ni as openEnvironment, on as leavingOpen, pn as withoutForeign, qt as DOWNTIME_OUTPUTS, ri as stateOf, yn as unwellNow } from "./work.js";
const healthCheck = operation({
	name: "health-check",
	description: "Waits until the app is healthy: HTTP, TCP, a query or a command, several times in a row, with a hard deadline.",
	sections: {
		shared: sharedSection,
		health: healthSection
	},
	passesOver: OF_OPENING,
	own: "health",
	outputs: {
		healthy: "Whether every check passed, `successes` times in a row.",
		attempts: "How often it was asked.",
		"elapsed-ms": "How long it took.",
		reason: "Why it is not healthy.",
		...DOWNTIME_OUTPUTS
	},
	endsJobs: true,
	branding: {
		icon: "activity",
		color: "green"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "optional",
				journalSettings: true
			}));
			if (call.inputs.shared["dry-run"]) return {
				outputs: {},
				headline: `Would check the health of ${environment.title}`,
				blocks: []
			};
			const verdict = await ownDeployIsOpen(environment) ? await inDeploy(environment, call) : await alone(environment, call);
			return {
				outputs: {
					healthy: true,
					attempts: verdict.attempts,
					"elapsed-ms": verdict.elapsedMs,
					...downtimeOutputs(verdict.downtime)
				},
				headline: `${environment.title} is ${describeHealth(verdict)}${awayFor(verdict.downtime)}`,
				blocks: []
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function ownDeployIsOpen(environment) {
	const open = (await ledgerOf(environment))?.open;
	return open !== void 0 && open.end === void 0 && open.owner === environment.owner.id;
}
async function inDeploy(environment, call) {
	try {
		var _usingCtx3 = _usingCtx();
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "join",
			commit: await incomingCommit(environment)
		}));
		return await leavingOpen(tx, async () => await passGate(tx, call.inputs.health, call.settings.effective(healthSection)));
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function alone(environment, call) {
	await refuseTakenBack(environment);
	const unwell = await unwellOn(environment);
	const commit = await incomingCommit(environment);
	const { report, signal } = environment.ports;
	const settings = (hasChecks(call.inputs.health) ? void 0 : withoutForeign(environment, readHealthSettings(environment.settings))) ?? call.inputs.health;
	return await report.step(`Checking the health of ${environment.title}`, async () => {
		const verdict = await askHealth(environment, settings, commit === void 0 ? void 0 : await expectedVersion(environment, commit), signal);
		if (verdict.state === "failing") throw unhealthy(verdict).with({ ways: await waysIfUnwell(environment) });
		await refuseTakenBack(environment);
		await notePassed(environment, unwell);
		return verdict;
	}, describeHealth);
}
async function unwellOn(environment) {
	const ledger = await ledgerOf(environment);
	const running = await (await environment.clone())?.current();
	const unwell = ledger && unwellNow(ledger, running);
	return unwell && {
		unwell,
		running
	};
}
async function waysIfUnwell(environment) {
	const ledger = await ledgerOf(environment);
	const now = await unwellOn(environment);
	return ledger === void 0 || now === void 0 ? [] : await waysWithoutHealth(environment, ledger, {
		...now,
		justAsked: true
	});
}
async function notePassed(environment, asked) {
	if (asked === void 0) return;
	const { owner, ports } = environment;
	const commit = asked.running ?? asked.unwell.commit;
	const fact = {
		kind: "health.passed",
		after: asked.unwell.deploy,
		...commit !== void 0 && { commit }
	};
	try {
		await stateOf(environment).journal.write(fact, {
			at: ports.clock.now(),
			owner: owner.id
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		ports.report.warning(`That the app is healthy could not be written to the journal, so \`status\` does not know: ${error.message}`);
	}
}
async function refuseTakenBack(environment) {
	const ledger = await ledgerOf(environment);
	const over = ledger && ownDeployOver(ledger, environment.owner);
	if (over?.end === void 0 || over.end.by === environment.owner.id) return;
	throw new Failure(`This run's deploy ${over.id} ${describeEnd(over)}. Whatever answers now, it is not what this run deployed.`, {
		code: "deploy-over",
		hint: "Deploy again once the cause is mended.",
		ways: [statusWay(environment)],
		outputs: {
			healthy: false,
			reason: `the deploy ${describeEnd(over)}`
		}
	});
}
export { healthCheck as t };
