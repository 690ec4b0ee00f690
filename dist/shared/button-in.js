import "./rolldown-runtime.js";
import { $ as oneLine } from "./start.js";
import { t as require_dist } from "./yaml.js";
// src/faces/workflow/button-in.ts
var import_dist = require_dist();
function buttonIn(file, text) {
	const workflow = record(parsed(text));
	const on = record(workflow["on"]);
	if (!("workflow_dispatch" in on)) return void 0;
	const given = Object.values(record(workflow["jobs"])).flatMap((job) => rollbacksOf(record(job)))[0];
	if (given === void 0) return void 0;
	const inputs = new Map();
	for (const [input, value] of Object.entries(given)) {
		if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
		const said = String(value);
		const field = /^\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*(?:\|\|[^}]*)?\}\}$/.exec(said.trim())?.[1];
		if (field !== void 0) inputs.set(input, { field });
		else if (!said.includes("${{")) inputs.set(input, { fixed: said });
	}
	const fields = Object.entries(record(record(on["workflow_dispatch"])["inputs"])).map(([name, about]) => ({
		name,
		required: record(about)["required"] === true
	}));
	const name = workflow["name"];
	return {
		file,
		name: typeof name === "string" && name !== "" ? oneLine(name) : file,
		inputs,
		fields
	};
}
function rollbacksOf(job) {
	return [job, ...Array.isArray(job["steps"]) ? job["steps"].map((step) => record(step)) : []].filter(({ uses }) => typeof uses === "string" && /\/(?:actions\/rollback|\.github\/workflows\/rollback\.ya?ml)(?:@|$)/.test(uses)).map((one) => record(one["with"]));
}
function parsed(text) {
	try {
		return (0, import_dist.parse)(text, { maxAliasCount: 100 });
	} catch {
		return;
	}
}
function record(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
export { buttonIn };
