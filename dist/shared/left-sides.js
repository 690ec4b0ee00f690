<<<<<<< HEAD
import { Hn as databaseOf, fn as sidesOf, ln as isSideOf, sn as dropOrWarn } from "./text.js";
=======
import { Bn as databaseOf, cn as isSideOf, dn as sidesOf, on as dropOrWarn } from "./text.js";
>>>>>>> 4b733ee (A failure that prints many ways has the time that they take)
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
