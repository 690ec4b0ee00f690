import { Tr as shortCommit } from "./start.js";
// src/deploy/operations/last-deploy.ts
function lastDeploy({ id, commit, end, steps, goingBack }) {
	const name = goingBack ? `${id}, a rollback to ${shortCommit(commit)}` : `${id} of ${shortCommit(commit)}`;
	if (end === void 0) return `${name}: open`;
	if (end.as !== "rolled-back" || goingBack) return `${name}: ${end.as}, ${end.why}`;
	const failed = steps.findLast(({ step, state }) => step !== "rollback" && (state === "failed" || state === "cancelled"));
	const why = failed === void 0 ? end.why : `${failed.step} ${failed.state}${failed.message === void 0 ? "" : `: ${failed.message}`}`;
	return `${name}: taken back${end.on === void 0 ? "" : ` to ${shortCommit(end.on)}`}, because ${why}`;
}
export { lastDeploy as t };
