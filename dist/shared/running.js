import { z as Failure } from "./output.js";
import { Ir as containersNamed } from "./text.js";
import { a as databasesAmong, l as readModel } from "./compose-app.js";
// src/rollout/compose/running.ts
const LIVE = new Set([
	"running",
	"restarting",
	"paused"
]);
async function runningContainers(app, { detail }) {
	let model;
	try {
		model = await readModel(app.project);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		detail(error.message);
		return [];
	}
	const containers = await containersNamed(app.project, model.name);
	const databases = databasesAmong(app, model, containers);
	const built = model.services.filter(({ build }) => build !== void 0).map(({ name }) => name);
	const named = app.services ?? (built.length > 0 ? built : model.services.map(({ name }) => name));
	return containers.filter(({ service, state }) => LIVE.has(state) && named.includes(service) && !databases.has(service));
}
export { runningContainers as t };
