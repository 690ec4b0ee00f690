import { V as changedSomething, g as openClone, w as exists } from "./github.js";
import { C as Cancelled, E as refusal, S as shortCommit, T as messageOf, w as Failure } from "./output.js";
// src/deploy/incoming.ts
const FULL_SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
async function checkoutOf(environment) {
	const { here, cwd } = environment.ports;
	return await exists(here, `${cwd}/.git`) ? await openClone(here, cwd) : void 0;
}
async function incomingCommit(environment) {
	const { env, terminal } = environment.ports;
	const named = environment.shared.commit ?? (env["GITHUB_SHA"] || void 0);
	const checkout = await checkoutOf(environment);
	if (named === void 0) return terminal && checkout ? await checkout.head() : void 0;
	if (FULL_SHA.test(named)) return named;
	const clones = [checkout, await environment.clone()].filter((clone) => clone !== void 0);
	for (const clone of clones) {
		const commit = await resolveName(clone, named);
		if (commit !== void 0) return commit;
	}
	throw refusal(`\`commit\` is ${JSON.stringify(named)}, which no tag, branch or commit is called.`, { hint: "Give a full sha, or a tag or branch of the repository. A shallow checkout has no tags: actions/checkout with `fetch-depth: 0`." });
}
async function requireCommit(environment) {
	const commit = await incomingCommit(environment);
	if (commit !== void 0) return commit;
	throw refusal("Which commit this is about is not said.", { hint: "Give `commit` (a sha, tag or branch), or run in the app's checkout." });
}
async function resolveName(clone, name) {
	for (const ref of [
		`refs/tags/${name}`,
		`refs/remotes/origin/${name}`,
		name
	]) {
		const commit = await clone.resolve(ref);
		if (commit !== void 0) return commit;
	}
}
// src/deploy/timeline.ts
function timelineOf(deploy, now) {
	const spans = deploy.steps.map((step) => ({
		label: step.step,
		start: Date.parse(step.startedAt),
		end: step.endedAt === void 0 ? now.getTime() : Date.parse(step.endedAt),
		state: step.state === "done" ? "done" : step.state === "running" ? "running" : "failed"
	}));
	return {
		kind: "timeline",
		title: `Deploy ${deploy.id}`,
		spans
	};
}
// src/deploy/steps/left-open.ts
async function leavingOpen(tx, body) {
	try {
		return await body();
	} catch (error) {
		throw await standing(tx, error);
	}
}
async function standing(tx, error) {
	if (tx.deploy === void 0 || error instanceof Failure && error.code === "lock-lost") return error;
	try {
		const deploy = await tx.record();
		const about = openNow(tx.environment, deploy);
		if (error instanceof Cancelled) return new Cancelled(error.message, {
			...about,
			...error.details
		});
		if (!(error instanceof Failure)) return error;
		return error.with({
			state: [...error.state, ...about.state ?? []],
			next: error.next ?? about.next,
			blocks: [...error.blocks, ...about.blocks ?? []]
		});
	} catch (unread) {
		tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
		return error;
	}
}
function openNow(environment, deploy) {
	const steps = deploy.steps.map((step) => `${step.step} ${step.state}`).join(", ");
	const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${steps === "" ? "no step was begun" : steps}.`;
	const blocks = [timelineOf(deploy, environment.ports.clock.now())];
	if (!changedSomething(deploy)) return {
		state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."],
		blocks
	};
	return {
		state: [open, environment.owner.terminal ? "It holds the lock until it is taken back." : "It holds the lock until it is taken back: by this run's rollback step (`if: failure() || cancelled()`), or by hand."],
		next: `savepoint rollback --environment ${environment.name} --confirm ${environment.name} --reason "…"`,
		blocks
	};
}
export { incomingCommit as a, checkoutOf as i, standing as n, requireCommit as o, timelineOf as r, resolveName as s, leavingOpen as t };
