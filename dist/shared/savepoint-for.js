import { v as newestFirst } from "./swap.js";
import { n as compareSchemas } from "./versions.js";
// src/deploy/steps/savepoint-for.ts
function savepointFor(manifests, deploy, target, ledger) {
	if (deploy !== void 0 && !deploy.goingBack) {
		const changed = deploy.steps.findIndex((step) => step.step !== "prepare" && step.step !== "backup" && step.step !== "health");
		const own = (changed === -1 ? deploy.steps : deploy.steps.slice(0, changed)).findLast((step) => step.step === "backup" && step.state === "done")?.result?.["backup"];
		return manifests.find((manifest) => manifest.id === own);
	}
	const onTarget = new Set(ledger.deploys.filter((one) => one.from === target.commit).map((one) => one.id));
	const { schema } = target;
	return manifests.toSorted(newestFirst).find((manifest) => manifest.deploy !== void 0 && onTarget.has(manifest.deploy) && (schema === void 0 || compareSchemas(manifest.schema, schema) !== "different"));
}
export { savepointFor as t };
