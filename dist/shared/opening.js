import { L as shortCommit, x as Failure } from "./output.js";
import { h as journaledSettings, p as stateOf } from "./github.js";
import { m as proveDatabaseWayBack, p as PROBE, t as dropLeftSides, v as dropDatabase, x as sidesOf } from "./swap.js";
import { n as liveSchema } from "./versions.js";
import { n as moveWaitingTags, o as checkPrefix } from "./tags.js";
import { t as endLeftovers } from "./leftovers.js";
// src/deploy/steps/opening.ts
async function openingOf(environment, commit, ledger) {
	const { report } = environment.ports;
	const clone = await environment.clone();
	const from = clone === void 0 ? ledger.on : await clone.current();
	const journaled = ledger.on;
	if (clone !== void 0 && from !== void 0 && journaled !== void 0 && from !== journaled) report.notice(`${shortCommit(from)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`);
	await refusing(async () => {
		checkPrefix(environment.tagPrefix);
		await cleanUpAfter(environment, ledger.open);
		await proveDatabaseWayBack(environment);
	});
	await moveWaitingTags(environment, ledger);
	return {
		commit,
		from,
		live: await liveSchema(environment),
		settings: journaledSettings(environment.settings)
	};
}
async function cleanUpAfter(environment, abandoned) {
	const { machine, ports } = environment;
	for (const one of await endLeftovers(machine, stateOf(environment).paths.running)) ports.report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return;
	await dropLeftSides(environment, abandoned);
	for (const side of await sidesOf(database, PROBE)) await dropDatabase(database, side);
}
async function refusing(look) {
	try {
		await look();
	} catch (error) {
		throw error instanceof Failure ? error.with({ exit: 2 }) : error;
	}
}
export { openingOf as t };
