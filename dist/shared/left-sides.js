import { Nt as sidesOf, kt as dropOrWarn } from "./text.js";
// src/deploy/steps/left-sides.ts
async function dropLeftSides(environment, { entries }) {
	const noted = entries.flatMap((entry) => entry.kind === "step.started" ? [entry.intent["side"]] : []);
	const sides = new Set(noted.filter((side) => typeof side === "string"));
	if (sides.size === 0) return;
	const database = await environment.database();
	if (database === void 0) return;
	const there = new Set(await sidesOf(database, ["restore", "verify"]));
	for (const side of sides) if (there.has(side)) await dropOrWarn(database, side, environment.ports.report);
}
export { dropLeftSides as t };
