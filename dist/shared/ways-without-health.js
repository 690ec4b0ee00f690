import { f as Failure, u as shortCommit } from "./secret.js";
import { Kt as newestFirst, P as backupStore, an as stateOf } from "./text.js";
import { H as nextCommand, U as rollbackCommand } from "./owner.js";
import { a as savepointFor, r as rankWays, s as lookAtDatabase, t as asSavepoint, u as bringBack } from "./ways-of-deploy.js";
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
		differs: target.schema !== void 0,
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
export { furtherBack as n, waysWithoutHealth as t };
