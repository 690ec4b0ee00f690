import { g as refusal } from "./secret.js";
import { dr as openClone, yr as exists } from "./text.js";
import { T as isFullCommit } from "./findings.js";
// src/deploy/environment/incoming.ts
async function checkoutOf(environment) {
	const { here, cwd } = environment.ports;
	return await exists(here, `${cwd}/.git`) ? await openClone(here, cwd) : void 0;
}
async function incomingCommit(environment) {
	const { env, terminal } = environment.ports;
	const named = environment.shared.commit ?? (env["GITHUB_SHA"] || void 0);
	const checkout = await checkoutOf(environment);
	if (named === void 0) return terminal && checkout ? await checkout.head() : void 0;
	if (isFullCommit(named)) return named;
	const clones = [checkout, await environment.clone()].filter((clone) => clone !== void 0);
	for (const clone of clones) {
		const commit = await resolveName(clone, named);
		if (commit !== void 0) return commit;
	}
	throw refusal(`\`commit\` is ${JSON.stringify(named)}, which no tag, branch or commit is called.`, {
		code: "unknown-commit",
		hint: "Give a full sha, or a tag or branch of the repository. A shallow checkout has no tags: actions/checkout with `fetch-depth: 0`."
	});
}
function isCommitSaid({ shared, ports }) {
	return shared.commit !== void 0 || (ports.env["GITHUB_SHA"] ?? "") !== "";
}
async function requireCommit(environment) {
	const commit = await incomingCommit(environment);
	if (commit !== void 0) return commit;
	throw refusal("Which commit this is about is not said.", {
		code: "inputs",
		hint: "Give `commit` (a sha, tag or branch), or run in the app's checkout."
	});
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
export { resolveName as a, requireCommit as i, incomingCommit as n, isCommitSaid as r, checkoutOf as t };
