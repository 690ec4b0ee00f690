import { g as refusal, u as shortCommit } from "./secret.js";
import { i as flag } from "./kinds.js";
import { Hr as isApart, Rr as gatePassed, Zt as isCommitSaid, _n as stableTag, it as liveSchema } from "./text.js";
import { H as nextCommand, f as rolloutSection, l as settingsOfDeploy, r as ownerOf } from "./owner.js";
import "./settings.js";
import { t as strategyOf } from "./app-strategy.js";
import { a as withdrawTags, i as stableName, r as noteTo, t as moveTags } from "./tags.js";
// src/deploy/operations/given-words.ts
function givenWords(settings, sections, without) {
	const said = settings.layers.find(({ source }) => source === "flags")?.raw ?? {};
	return sections.flatMap((section) => Object.entries(said[section.name] ?? {}).flatMap(([name, value]) => {
		const external = settings.nameOf(section.name, name);
		if (without.has(external)) return [];
		if (section.inputs[name]?.kind === flag && value === "true") return [`--${external}`];
		return value.startsWith("-") ? [`--${external}=${value}`] : [`--${external}`, value];
	}));
}
const PLACE_FLAGS = new Set([
	"environment",
	"host",
	"app",
	"jump-host",
	"state-dir"
]);
// src/deploy/operations/confirm-deploy.ts
function mustBeConfirmed(asked) {
	const { ports, confirm, environment } = asked;
	return confirm === void 0 ? ownerOf(ports).terminal : confirm !== environment;
}
function deployUnconfirmed(environment, asked) {
	const { confirm, commit, plan, sections } = asked;
	const { name, title, settings } = environment;
	const words = givenWords(settings, sections, new Set([
		...PLACE_FLAGS,
		"confirm",
		"commit"
	]));
	const pinned = commit === void 0 ? [] : ["--commit", commit];
	const what = commit === void 0 ? `A deploy to ${title}` : `Deploying ${shortCommit(commit)} to ${title}`;
	return refusal(confirm === void 0 ? `${what} needs a confirmation. Nothing was touched.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`, {
		hint: `The plan above is what it would do. To do it, type the environment's name as well: --confirm ${name}.`,
		ways: [{
			command: nextCommand(environment, "deploy", [
				...words,
				...pinned,
				"--confirm",
				name
			]),
			means: "Carries out this plan."
		}],
		outputs: plan.outputs,
		blocks: plan.blocks,
		code: "not-confirmed"
	});
}
function unconfirmedMark(environment, asked) {
	const { confirm, plan } = asked;
	const { name, title } = environment;
	const commit = String(plan.outputs["commit"]);
	return refusal(confirm === void 0 ? `Marking ${shortCommit(commit)} stable on ${title} needs a confirmation. Nothing was touched.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`, {
		hint: `To do it, type the environment's name as well: --confirm ${name}.`,
		ways: [{
			command: nextCommand(environment, "mark-stable", [
				"--commit",
				commit,
				"--confirm",
				name
			]),
			means: `Marks ${shortCommit(commit)} stable.`
		}],
		outputs: plan.outputs,
		code: "not-confirmed"
	});
}
function withDryRun(call, dryRun) {
	return {
		...call,
		inputs: {
			...call.inputs,
			shared: {
				...call.inputs.shared,
				"dry-run": dryRun
			}
		}
	};
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
	const made = deploy?.steps.some(({ step, state }) => step === "switch" && state === "done") === true ? [] : await (await strategyOf(environment, {
		settings: environment.settingsOf(rolloutSection),
		commit
	})).builtFrom();
	const [other] = made;
	if (other !== void 0 && !made.includes(commit)) return {
		known: true,
		commit: other,
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
		if (deploy === void 0 && !isCommitSaid(environment)) throw nobodySaid(running, commit);
		environment.ports.report.notice(`Which version runs is not known here: ${running.why}. ${shortCommit(commit)} is marked because it was said.`);
		return;
	}
	if (running.commit !== commit) throw otherRuns(running, commit, deploy);
}
function nobodySaid({ why }, commit) {
	return refusal(`Which version runs is not known here (${why}), and no \`commit\` is said.`, {
		hint: `${shortCommit(commit)} only happens to be checked out here. Give \`app-dir\`, where the app's clone on the host is; or say \`commit\`, if you know what runs.`,
		code: "not-running"
	});
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
// src/deploy/steps/mark.ts
async function confirmDeploy(tx, settings) {
	const { environment } = tx;
	const deploy = await tx.record();
	refuseUnchecked(deploy);
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
async function mayConfirm(environment, deploy) {
	refuseUnchecked(deploy);
	await refuseOther(environment, deploy.commit, deploy);
}
function refuseUnchecked(deploy) {
	if (gatePassed(deploy)) return;
	const last = deploy.steps.findLast((step) => step.step === "health");
	throw refusal(`Deploy ${deploy.id} cannot be marked stable: ${last === void 0 ? "its health was never checked" : "its last health check did not pass, or something changed after it"}.`, {
		code: "not-proven",
		hint: "Run health-check first; it must pass on the version that runs now."
	});
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
export { deployUnconfirmed as a, withDryRun as c, refuseOther as i, givenWords as l, markCommit as n, mustBeConfirmed as o, mayConfirm as r, unconfirmedMark as s, confirmDeploy as t };
