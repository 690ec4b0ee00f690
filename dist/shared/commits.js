import { L as shortCommit } from "./output.js";
// src/deploy/steps/commits.ts
async function commitLines(clone, from, to) {
	return (await clone.log(from, to, 20)).map((one) => `${shortCommit(one.commit)} ${one.subject}`);
}
async function commitsBlock(clone, from, to) {
	return {
		kind: "code",
		title: `Commits since ${shortCommit(from)}`,
		lines: await commitLines(clone, from, to)
	};
}
export { commitsBlock as n, commitLines as t };
