import { Un as databaseOf, cn as dropOrWarn, pn as sidesOf, un as isSideOf } from "./text.js";
// src/deploy/steps/left-sides.ts
async function dropLeftSides(environment, ledger, deploy) {
	const noted = [...(deploy?.steps ?? []).map(({ intent }) => intent["side"]), ...sidesBesideDeploys(ledger)];
	const sides = new Set(noted.filter((side) => typeof side === "string"));
	if (sides.size === 0) return;
	const database = await databaseOf(environment);
	const there = new Set(await sidesOf(database, "(?:restore|verify)"));
	for (const side of sides) if (isSideOf(database.name, side) && there.has(side)) await dropOrWarn(database, side, environment.ports.report);
}
function sidesBesideDeploys({ entries }) {
	return entries.flatMap((entry) => entry.kind === "step.started" && entry.step === "restore" && entry.deploy === void 0 ? [entry.intent["side"]] : []);
}
export { dropLeftSides as t };
