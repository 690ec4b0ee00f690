import { f as Failure, u as shortCommit } from "./secret.js";
import { B as PROBE, H as refuseUnmakeable, Nt as sidesOf, V as proveRestorable, W as refuseUnrestorable, an as stateOf, it as liveSchema, kt as dropOrWarn, pn as checkPrefix } from "./text.js";
import { P as backupSection, c as journaledSettings, f as rolloutSection } from "./owner.js";
import { c as endLeftovers } from "./begin.js";
import { t as hasChecks } from "./plan.js";
import { r as expectedVersion, t as askHealth } from "./gate.js";
import { t as processesIn } from "./work-in.js";
import { t as readHealthSettings } from "./known-health.js";
import { t as strategyOf } from "./app-strategy.js";
import { n as moveWaitingTags } from "./tags.js";
import { r as refuseTooManyReplaced, t as refuseBehind } from "./unmigratable.js";
import { t as dropLeftSides } from "./left-sides.js";
// src/deploy/steps/what-ran.ts
const ONCE_WITHIN = 3e3;
async function whatRan(environment, ledger, commit) {
	const clone = await environment.clone();
	if (clone === void 0) return {
		from: ledger.on,
		ran: void 0,
		checkedOut: void 0
	};
	const head = await clone.current();
	if (head === void 0) return {
		from: void 0,
		ran: "nothing",
		checkedOut: void 0
	};
	if (!ledger.nothingRuns && ledger.stable.some((one) => one.commit === head)) return {
		from: head,
		ran: void 0,
		checkedOut: void 0
	};
	const seen = await look(environment, ledger, {
		clone,
		head,
		commit
	});
	if (seen.ran !== "nothing") return {
		from: head,
		ran: seen.ran,
		checkedOut: void 0
	};
	environment.ports.report.notice(`Nothing runs here yet: ${seen.why}. ${shortCommit(head)} is only checked out. Should this deploy fail, what it started is stopped again, and the database goes back to its savepoint.`);
	return {
		from: void 0,
		ran: "nothing",
		checkedOut: head
	};
}
async function look(environment, ledger, { clone, head, commit }) {
	const runs = await (await strategyOf(environment, {
		settings: environment.settings.section(rolloutSection),
		commit
	})).runs();
	if (runs.state === "nothing") return {
		ran: "nothing",
		why: runs.why
	};
	if (runs.state === "runs") return { ran: await healthOnce(environment, head) ?? void 0 };
	const works = (await processesIn(environment.machine, clone.directory)).length > 0;
	const health = await healthOnce(environment, head, { nobodyComes: !works });
	if (health === "healthy" || health === "nameless") return { ran: health };
	if (ledger.stable.length > 0 && !ledger.nothingRuns) return { ran: health };
	if (health === void 0 || works) return { ran: health };
	return {
		ran: "nothing",
		why: `the health check does not pass, and no process works in ${clone.directory}`
	};
}
async function healthOnce(environment, head, patience = { nobodyComes: false }) {
	const given = readHealthSettings(environment.settings);
	if (given === void 0) return void 0;
	const settings = {
		...given,
		query: void 0,
		successes: 1,
		timeout: Math.min(given.timeout, ONCE_WITHIN)
	};
	if (!hasChecks(settings)) return void 0;
	if (!await passes(environment, {
		...settings,
		"expect-version": void 0
	}, head, patience)) return "unhealthy";
	if (given["expect-version"] === void 0 || await passes(environment, settings, head, patience)) return "healthy";
	return "nameless";
}
async function passes(environment, settings, head, patience) {
	const { report, signal } = environment.ports;
	try {
		const version = await expectedVersion(environment, head);
		return (await askHealth({
			...environment,
			ports: {
				...environment.ports,
				report: inDetail(report)
			}
		}, settings, version, signal, patience)).state === "healthy";
	} catch (error) {
		if (error instanceof Failure && error.code === "health-settings") return false;
		throw error;
	}
}
function inDetail(report) {
	const detail = (text) => report.detail(text);
	return {
		step: async (title, body, headline) => await report.step(title, body, headline),
		say: detail,
		detail,
		notice: detail,
		warning: detail,
		mask: (secret) => report.mask(secret)
	};
}
// src/deploy/steps/opening.ts
async function openingOf(environment, commit, ledger) {
	const { report } = environment.ports;
	const clone = await environment.clone();
	const head = await clone?.current();
	const journaled = ledger.on;
	if (clone !== void 0 && head !== void 0 && journaled !== void 0 && head !== journaled) report.notice(`${shortCommit(head)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`);
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		const littered = await cleanUpAfter(environment, ledger);
		await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
		await refuseBehind(environment, commit);
		await proveRestorable(environment, { tried: !littered });
	});
	const before = await whatRan(environment, ledger, commit);
	await moveWaitingTags(environment, ledger);
	return {
		commit,
		...before,
		live: await liveSchema(environment),
		settings: journaledSettings(environment.settings),
		hooks: environment.hooks
	};
}
async function mayOpen(environment, commit, ledger) {
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		try {
			await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
			await refuseUnrestorable(environment);
			await refuseUnmakeable(environment);
		} catch (error) {
			if (!await isLittered(environment).catch(() => false)) throw error;
		}
		await refuseBehind(environment, commit);
	});
}
async function isLittered(environment) {
	const database = await environment.database();
	return database !== void 0 && (await sidesOf(database, [
		"probe",
		"restore",
		"verify"
	])).length > 0;
}
async function cleanUpAfter(environment, ledger) {
	const { machine, ports } = environment;
	for (const one of await endLeftovers(machine, stateOf(environment).paths.running)) ports.report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return false;
	const littered = await isLittered(environment);
	await dropLeftSides(environment, ledger);
	for (const side of await sidesOf(database, [PROBE])) await dropOrWarn(database, side, ports.report);
	return littered;
}
async function refusing(look) {
	try {
		await look();
	} catch (error) {
		throw error instanceof Failure ? error.with({ exit: 2 }) : error;
	}
}
export { openingOf as n, whatRan as r, mayOpen as t };
