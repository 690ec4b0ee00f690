import { D as refusal, E as messageOf, V as shortCommit, w as Failure } from "./output.js";
import { Cr as gatePassed, Fn as COMMIT_LABEL, Lt as liveSchema, On as stateOf, Vt as commandEnvironment, jn as settingsOfDeploy, vr as rolloutSection, wr as isApart } from "./text.js";
import { a as unhealthy, n as describeHealth, r as expectedVersion, s as composeAppOf, t as askHealth } from "./gate.js";
import { a as withdrawTags, i as stableName, l as stableTag, o as runningContainers, r as noteTo, t as moveTags } from "./tags.js";
// src/deploy/back/health.ts
const UP_ALREADY = 5e3;
const AS_FOUND = "not healthy, as it was found";
const NOT_CHECKED = "not checked";
async function healthAfter(request) {
	const { environment, settings, restart } = request;
	const { report } = environment.ports;
	if (settings === void 0) {
		report.warning("Health not checked: no health settings are known for this version.");
		return NOT_CHECKED;
	}
	let verdict = await ask(request, restart === void 0 && request.seen !== "unhealthy" ? settings : quick(settings));
	if (verdict.state === "failing" && request.seen === "unhealthy") {
		report.warning(`${shortCommit(request.commit)} is not healthy (${verdict.reason}), as it was not when this deploy opened: all is as it was found.`);
		return AS_FOUND;
	}
	if (verdict.state === "failing" && restart !== void 0) {
		report.say("Not healthy although nothing had to be taken back: starting it once more.");
		await restart();
		verdict = await ask(request, settings);
	}
	if (verdict.state === "healthy") {
		request.standstill.answered(verdict.elapsedMs - verdict.readyAfterMs);
		return describeHealth(verdict);
	}
	const { evidence, hint } = unhealthy(verdict);
	throw new Failure(`${shortCommit(request.commit)} is back, and it is not healthy either: ${verdict.reason}.`, {
		evidence,
		hint: nextMove(request) ?? hint,
		exit: 3,
		code: request.proven ? "unhealthy-at-target" : "unhealthy-and-apart"
	});
}
function nextMove({ kept, proven, seen }) {
	if (!proven) return "The database was kept, and its schema is not known to be this version's: mend it by hand, or go back to a savepoint.";
	if (!kept) return void 0;
	if (seen !== "healthy" && seen !== "nameless") return "Code and schema are this version's, and it was never seen healthy: it may never have been. Mend it by hand or deploy a version that works; no further rollback is tried.";
	return "Code and schema are as they were when it was healthy: the cause lies elsewhere (a service it needs, the machine, the data). No further rollback is tried.";
}
function quick(settings) {
	return {
		...settings,
		timeout: Math.min(settings.timeout, UP_ALREADY + settings.successes * settings.interval)
	};
}
async function ask({ environment, commit, signal, started }, settings) {
	const version = await expectedVersion(environment, commit);
	let verdict;
	try {
		return await environment.ports.report.step("Checking the health of the version gone back to", async () => {
			verdict = await askHealth(environment, settings, version, signal, started);
			if (verdict.state === "failing") throw unhealthy(verdict);
			return verdict;
		}, describeHealth);
	} catch (error) {
		if (verdict?.state === "failing") return verdict;
		throw error;
	}
}
// src/deploy/steps/running-version.ts
async function runningVersion(environment, commit, deploy) {
	if (deploy !== void 0 && toldVersion(deploy)) return {
		known: true,
		commit: deploy.commit,
		by: "the app tells it"
	};
	const head = await (await environment.clone())?.current();
	if (head === void 0) return {
		known: false,
		why: "no `app-dir` is given, and the app's version is not asked for (`expect-version`)"
	};
	if (head !== commit) return {
		known: true,
		commit: head,
		by: "it is checked out on the host"
	};
	const labels = deploy?.steps.some(({ step, state }) => step === "switch" && state === "done") === true ? [] : await labelsOf(environment, commit);
	const [label] = labels;
	if (label !== void 0 && !labels.includes(commit)) return {
		known: true,
		commit: label,
		by: "its containers were built from it"
	};
	return {
		known: true,
		commit: head,
		by: "it is checked out on the host"
	};
}
async function refuseOther(environment, commit, deploy) {
	const running = await runningVersion(environment, commit, deploy);
	if (!running.known) {
		environment.ports.report.notice(`Which version runs is not known here: ${running.why}. ${shortCommit(commit)} is marked because it was said.`);
		return;
	}
	if (running.commit !== commit) throw otherRuns(running, commit, deploy);
}
function otherRuns(running, commit, deploy) {
	const [runs, wanted] = [shortCommit(running.commit), shortCommit(commit)];
	return refusal(`${runs} runs on the host, not ${wanted} (${running.by}); only what runs can be marked stable.`, {
		hint: deploy === void 0 ? `Deploy ${wanted} first, or give \`commit: ${running.commit}\`.` : `Deploy ${deploy.id} has not switched to it: run \`rollout\` before \`health-check\` and \`mark-stable\`. Where something else brings the code, let the app tell its version: \`expect-version\` of the health check.`,
		code: "not-running"
	});
}
function toldVersion({ steps }) {
	const last = steps.findLast(({ step }) => step === "health");
	const source = last?.settings["expect-version"] ?? "";
	return last?.state === "done" && last.settings["url"] !== void 0 && /^(?:body$|json:|header:)/.test(source.trim());
}
async function labelsOf(environment, commit) {
	const settings = environment.settingsOf(rolloutSection);
	const app = await composeAppOf(environment, {
		settings,
		commit,
		env: commandEnvironment(environment, { commit }),
		deploy: void 0
	});
	if (app === void 0) return [];
	const containers = await runningContainers(app, environment.ports.report);
	return [...new Set(containers.map(({ labels }) => labels[COMMIT_LABEL]).filter((label) => label !== void 0))];
}
// src/deploy/steps/mark.ts
async function confirmDeploy(tx, settings) {
	const { environment } = tx;
	const deploy = await tx.record();
	if (!gatePassed(deploy)) {
		const last = deploy.steps.findLast((step) => step.step === "health");
		throw refusal(`Deploy ${deploy.id} cannot be marked stable: ${last === void 0 ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`, { hint: "Run health-check first; it must pass on the version that runs now." });
	}
	await refuseOther(environment, deploy.commit, deploy);
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
		for (const left of ledger?.withdrawn ?? []) await withdrawTags(environment, ledger, {
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
async function noteReturn(tx, returned) {
	const { journal } = tx.state;
	if (!marksStable(returned, await journal.read())) return;
	const { clock } = tx.environment.ports;
	const ledger = await journal.read();
	const left = returned.from === returned.commit ? void 0 : ledger.stable.find((one) => one.commit === returned.from);
	if (left !== void 0) await tx.writeAbout(void 0, {
		kind: "stable.withdrawn",
		commit: left.commit,
		tag: left.tag
	});
	const now = await journal.read();
	if (now.stable.at(-1)?.commit === returned.commit) return;
	const known = now.stable.findLast((one) => one.commit === returned.commit);
	const schema = now.schemas.get(returned.commit);
	const tag = stableTag(stableName(tx.environment), clock.now());
	const mark = {
		commit: returned.commit,
		...schema && { schema },
		settings: known?.settings ?? {},
		tag
	};
	await tx.writeAbout(known?.deploy, {
		kind: "stable.marked",
		...mark
	});
}
function marksStable({ commit, health, proven }, ledger) {
	if (health === "not checked" || health === "not healthy, as it was found" || commit === void 0) return false;
	return proven || wasStable(ledger, commit);
}
function wasStable(ledger, commit) {
	return ledger.entries.some((entry) => entry.kind === "stable.marked" && entry.commit === commit);
}
async function moveTagsAfterReturn(environment, returned) {
	const { commit, health } = returned;
	if (commit === void 0) return [];
	const ledger = await stateOf(environment).journal.read();
	if (!marksStable(returned, ledger)) {
		environment.ports.report.warning(health === "not checked" ? "Health was not checked, so latest-stable stays where it is." : `${shortCommit(commit)} was never confirmed, and nothing proves that it is what answers, so latest-stable stays where it is. What would prove it: \`health-expect-version\`, or a \`stop-command\`.`);
		return [];
	}
	return await tagsAfterReturn(environment, {
		returned: {
			...returned,
			commit
		},
		ledger
	});
}
async function tagsAfterReturn(environment, request) {
	const { returned, ledger } = request;
	const stable = ledger.stable.at(-1);
	for (const left of ledger.withdrawn) await withdrawTags(environment, ledger, {
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
export { refuseOther as a, healthAfter as c, noteReturn as i, markCommit as n, AS_FOUND as o, moveTagsAfterReturn as r, NOT_CHECKED as s, confirmDeploy as t };
