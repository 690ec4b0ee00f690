import { Nn as databaseOf, rn as isSideOf, tn as dropOrWarn } from "./text.js";
// src/deploy/steps/left-sides.ts
async function dropLeftSides(environment, deploy) {
	const sides = (deploy?.steps ?? []).flatMap((step) => typeof step.intent["side"] === "string" ? [step.intent["side"]] : []);
	if (sides.length === 0) return;
	const database = await databaseOf(environment);
	for (const side of sides) if (isSideOf(database.name, side)) await dropOrWarn(database, side, environment.ports.report);
}
export { dropLeftSides as t };
