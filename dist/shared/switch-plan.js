import { c as plural, f as Failure, u as shortCommit } from "./secret.js";
import { o as tellAct } from "./strategies.js";
import { t as strategyOf } from "./app-strategy.js";
// src/deploy/steps/commits.ts
const MOST_COUNTED = 100;
const MOST_LISTED = 20;
async function compareCommits(clone, from, to) {
	if (!await clone.has(from) || !await clone.has(to)) return void 0;
	const [gained, lost] = [await clone.log(from, to, MOST_COUNTED), await clone.log(to, from, MOST_COUNTED)];
	return {
		from,
		to,
		gained,
		lost
	};
}
function goesBack({ gained, lost }) {
	return gained.length === 0 && lost.length > 0;
}
function describeBetween(way, was = "ran") {
	const [from, to] = [shortCommit(way.from), shortCommit(way.to)];
	if (way.from === way.to) return `${to} ran already`;
	if (goesBack(way)) return `goes back over ${counted(way.lost)}, to ${to} (${from} ${was})`;
	const lost = way.lost.length === 0 ? "" : `; ${counted(way.lost)} of ${from} ${way.lost.length === 1 ? "is" : "are"} not in it`;
	return `${counted(way.gained)}, from ${from} to ${to}${lost}`;
}
function betweenBlocks(way) {
	const lost = goesBack(way) ? `Commits it goes back over, to ${shortCommit(way.to)}` : `Commits of ${shortCommit(way.from)} that are not in it`;
	return [...way.gained.length === 0 ? [] : [{
		kind: "code",
		title: `Commits since ${shortCommit(way.from)}`,
		lines: listed(way.gained)
	}], ...way.lost.length === 0 ? [] : [{
		kind: "code",
		title: lost,
		lines: listed(way.lost)
	}]];
}
function listed(commits) {
	const more = commits.length - MOST_LISTED;
	const lines = commits.slice(0, MOST_LISTED).map((one) => `${shortCommit(one.commit)} ${one.subject}`);
	return more <= 0 ? lines : [...lines, `… and ${commits.length >= MOST_COUNTED ? "many" : more} more`];
}
function counted(commits) {
	return commits.length >= MOST_COUNTED ? `${MOST_COUNTED} or more commits` : plural(commits.length, "commit");
}
async function commitsBetween(clone, from, to) {
	if (clone === void 0 || from === void 0 || to === void 0 || to === from || !await clone.has(to)) return [];
	return listed(await clone.log(from, to, MOST_COUNTED));
}
// src/deploy/steps/switch-plan.ts
async function switchPlan(environment, about) {
	return await planned(environment, "the switch", async () => {
		const { plan } = await strategyOf(environment, about);
		return tellActs(await plan.switchTo({
			commit: about.commit,
			exact: false
		}));
	});
}
async function planned({ machine }, what, body) {
	try {
		return {
			kind: "code",
			title: `What would be run on ${machine.name} for ${what}, in this order`,
			lines: await body()
		};
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {
			kind: "text",
			text: `What would be run on ${machine.name} for ${what} is not known: ${error.message}`
		};
	}
}
function tellActs(acts) {
	return acts.flatMap(tellAct);
}
export { commitsBetween as a, goesBack as c, betweenBlocks as i, listed as l, switchPlan as n, compareCommits as o, tellActs as r, describeBetween as s, planned as t };
