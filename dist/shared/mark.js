import { C as messageOf, L as shortCommit, w as refusal, x as Failure } from "./output.js";
import { Cn as isApart, Rt as stateOf, Sn as gatePassed, Vt as settingsOfDeploy, at as liveSchema } from "./github.js";
import { a as unhealthy, n as describeHealth, r as expectedVersion, t as askHealth } from "./gate.js";
import { a as withdrawTags, c as stableTag, i as stableName, r as noteTo, t as moveTags } from "./tags.js";
// src/deploy/steps/health-after.ts
const UP_ALREADY = 5e3;
const NOT_CHECKED = "not checked";
async function healthAfter(request) {
	const { environment, settings, restart } = request;
	const { report } = environment.ports;
	if (settings === void 0) {
		report.warning("Health not checked: no health settings are known for this version.");
		return NOT_CHECKED;
	}
	let verdict = await ask(request, restart === void 0 ? settings : quick(settings));
	if (verdict.state === "failing" && restart !== void 0) {
		report.say("Not healthy although nothing had to be taken back: starting it once more.");
		await restart();
		verdict = await ask(request, settings);
	}
	if (verdict.state === "healthy") return describeHealth(verdict);
	const { evidence, hint } = unhealthy(verdict);
	throw new Failure(`${shortCommit(request.commit)} is back, and it is not healthy either: ${verdict.reason}.`, {
		evidence,
		hint: nextMove(request) ?? hint,
		exit: 3,
		code: request.proven ? "unhealthy-at-target" : "unhealthy-and-apart"
	});
}
function nextMove({ kept, proven }) {
	if (!proven) return "The database was kept, and its schema is not known to be this version's: mend it by hand, or go back to a savepoint.";
	if (!kept) return void 0;
	return "Code and schema are as they were when it was healthy: the cause lies elsewhere (a service it needs, the machine, the data). No further rollback is tried.";
}
function quick(settings) {
	return {
		...settings,
		timeout: Math.min(settings.timeout, UP_ALREADY + settings.successes * settings.interval)
	};
}
async function ask({ environment, commit, signal }, settings) {
	const version = await expectedVersion(environment, commit);
	let verdict;
	try {
		return await environment.ports.report.step("Checking the health of the version gone back to", async () => {
			verdict = await askHealth(environment, settings, version, signal);
			if (verdict.state === "failing") throw unhealthy(verdict);
			return verdict;
		}, describeHealth);
	} catch (error) {
		if (verdict?.state === "failing") return verdict;
		throw error;
	}
}
// src/deploy/steps/mark.ts
async function confirmDeploy(tx, settings) {
	const { environment } = tx;
	const deploy = await tx.record();
	if (!gatePassed(deploy)) {
		const last = deploy.steps.findLast((step) => step.step === "health");
		throw refusal(`Deploy ${deploy.id} cannot be marked stable: ${last === void 0 ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`, { hint: "Run health-check first; it must pass on the version that runs now." });
	}
	const before = await tx.state.journal.read();
	const at = environment.ports.clock.now();
	const schema = await liveSchema(environment);
	const raw = settingsOfDeploy(deploy);
	await tx.write({
		kind: "stable.marked",
		commit: deploy.commit,
		...schema && { schema },
		settings: {
			rollout: raw["rollout"] ?? {},
			health: raw["health"] ?? {}
		},
		tag: stableTag(stableName(environment), at)
	});
	await tx.close({
		as: "confirmed",
		why: "marked stable",
		on: deploy.commit
	});
	environment.ports.report.say(`${shortCommit(deploy.commit)} is confirmed: deploy ${deploy.id} is closed and the lock is released.`);
	return await withTags(environment, {
		commit: deploy.commit,
		deploy: deploy.id,
		at,
		...settings
	}, before.stable.at(-1)?.commit);
}
async function markCommit(environment, commit, settings, tx) {
	const ledger = environment.state && await environment.state.journal.read();
	const known = ledger?.stable.findLast((one) => one.commit === commit);
	const newest = ledger?.stable.at(-1);
	if (known !== void 0 && newest === known) {
		const deploy = known.deploy ?? `manual-${shortCommit(commit)}`;
		for (const left of ledger?.withdrawn ?? []) await withdrawTags(environment, {
			commit: left,
			to: commit,
			deploy
		});
		return await withTags(environment, {
			commit,
			deploy,
			at: new Date(known.at),
			...settings
		}, ledger?.stable.at(-2)?.commit);
	}
	const at = environment.ports.clock.now();
	if (tx !== void 0) await noteStable(tx, commit, at, known?.settings ?? {});
	return await withTags(environment, {
		commit,
		deploy: tx === void 0 ? `manual-${shortCommit(commit)}` : `manual-${at.toISOString()}`,
		at,
		...settings
	}, newest?.commit);
}
async function noteReturn(environment, returned) {
	if (returned.health === "not checked") return;
	const { journal } = stateOf(environment);
	const { clock } = environment.ports;
	const ledger = await journal.read();
	const left = returned.from === returned.commit ? void 0 : ledger.stable.find((one) => one.commit === returned.from);
	const stamp = {
		at: clock.now(),
		owner: environment.owner.id
	};
	if (left !== void 0) await journal.write({
		kind: "stable.withdrawn",
		commit: left.commit,
		tag: left.tag
	}, stamp);
	const now = await journal.read();
	if (now.stable.at(-1)?.commit === returned.commit) return;
	const known = now.stable.findLast((one) => one.commit === returned.commit);
	const schema = now.schemas.get(returned.commit);
	const tag = stableTag(stableName(environment), clock.now());
	await journal.write({
		kind: "stable.marked",
		commit: returned.commit,
		...schema && { schema },
		settings: known?.settings ?? {},
		tag
	}, {
		...stamp,
		deploy: known?.deploy
	});
}
async function moveTagsAfterReturn(environment, returned) {
	if (returned.health === "not checked") {
		environment.ports.report.warning("Health was not checked, so latest-stable stays where it is.");
		return [];
	}
	return await tagsAfterReturn(environment, {
		returned,
		ledger: await stateOf(environment).journal.read()
	});
}
async function tagsAfterReturn(environment, request) {
	const { returned, ledger } = request;
	const stable = ledger.stable.at(-1);
	for (const left of ledger.withdrawn) await withdrawTags(environment, {
		commit: left,
		to: returned.commit,
		deploy: stable?.deploy ?? "rollback"
	});
	const { report } = environment.ports;
	try {
		const wish = {
			commit: returned.commit,
			deploy: stable?.deploy ?? `rollback-${shortCommit(returned.commit)}`,
			at: new Date(stable?.at ?? environment.ports.clock.now()),
			keepTags: Number.MAX_SAFE_INTEGER
		};
		return [{
			kind: "text",
			text: `${(await moveTags(environment, wish, ledger, noteTo(environment))).latestTag} is at ${shortCommit(returned.commit)}.`
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
async function noteStable(tx, commit, at, settings) {
	const ledger = await tx.state.journal.read();
	const schema = (await (await tx.environment.clone())?.current() ?? ledger.on) === commit && !isApart(ledger.apart, commit) ? await liveSchema(tx.environment) : void 0;
	await tx.write({
		kind: "stable.marked",
		commit,
		...schema && { schema },
		settings,
		tag: stableTag(stableName(tx.environment), at)
	});
}
async function withTags(environment, wish, previous) {
	const ledger = environment.state && await environment.state.journal.read();
	const tags = await environment.ports.report.step(`Moving the stable tags to ${shortCommit(wish.commit)}`, async () => await moveTags(environment, wish, ledger, noteTo(environment)), (moved) => moved.moved ? `${moved.stableTag ?? ""} and ${moved.latestTag}` : moved.reason ?? "already there");
	return {
		commit: wish.commit,
		previous: tags.previous ?? previous,
		tags
	};
}
export { NOT_CHECKED as a, noteReturn as i, markCommit as n, healthAfter as o, moveTagsAfterReturn as r, confirmDeploy as t };
