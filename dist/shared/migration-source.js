import { c as plural, g as refusal, u as shortCommit } from "./secret.js";
import { Tr as exists, Yt as checkoutOf } from "./text.js";
// src/deploy/environment/migration-source.ts
async function migrationSource(environment, commit, directory) {
	const { here, cwd } = environment.ports;
	const folder = {
		machine: here,
		directory: `${cwd}/${directory}`,
		shown: directory
	};
	const checkout = await checkoutOf(environment);
	if (commit === void 0) return folder;
	const head = await checkout?.head();
	if (head === commit) return folder;
	const clone = await environment.clone();
	if (clone !== void 0 && await clone.has(commit)) return {
		machine: environment.machine,
		clone: clone.directory,
		commit,
		directory
	};
	if (checkout === void 0 && await exists(here, folder.directory)) return folder;
	throw refusal(head === void 0 ? `The migration files of ${shortCommit(commit)} are not here: this is no checkout, and the host's clone does not have that commit.` : `The checkout is at ${shortCommit(head)}, and this deploy is of ${shortCommit(commit)}; its migration files are somewhere else.`, {
		code: "no-checkout",
		hint: "Check out the commit that is deployed, or run `rollout` with `phase: prepare` first: it fetches the commit to the host."
	});
}
async function refuseUncommitted(environment, commit, directory) {
	const checkout = await checkoutOf(environment);
	if (checkout === void 0 || await checkout.current() !== commit) return;
	const words = [
		"status",
		"--porcelain",
		"-z",
		"--no-renames",
		"--untracked-files=all",
		"--",
		directory
	];
	const files = (await checkout.git.say(words, "looking at the migrations")).split("\0").map((field) => field.slice(3)).filter((path) => /\.sql$/i.test(path));
	const [first] = files;
	if (first === void 0) return;
	const message = `${first}${files.length > 1 ? ` and ${plural(files.length - 1, "other file")}` : ""} in the checkout is not as ${shortCommit(commit)} has it.`;
	if (!environment.owner.terminal) return environment.ports.report.warning(message);
	throw refusal(message, {
		hint: "Commit it, and deploy that commit; or take it out of the folder.",
		evidence: files,
		code: "uncommitted-migrations"
	});
}
export { refuseUncommitted as n, migrationSource as t };
