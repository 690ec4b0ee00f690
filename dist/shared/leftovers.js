import { g as lastLines, l as FINISH_NOTED, w as Failure } from "./output.js";
// src/machine/leftovers.ts
async function endLeftovers(machine, folder) {
	const finished = await machine.run({
		words: [
			"sh",
			"-c",
			FINISH_NOTED,
			"sh",
			folder
		],
		repeatable: true
	});
	const found = finished.stdout.split("\0").filter((line) => line !== "");
	const of = (state) => found.filter((line) => line.startsWith(`${state} `)).map((line) => line.slice(state.length + 1));
	const alive = of("alive");
	if (alive.length > 0) throw new Failure(`${alive.join(", ")} on ${machine.name} could not be ended by ${machine.login}`, {
		code: "not-ended",
		hint: "End it by hand (it may belong to another user), then try again.",
		evidence: of("ended").map((what) => `ended: ${what}`)
	});
	if (finished.code !== 0) throw new Failure(`what is left running on ${machine.name} could not be looked up`, { evidence: lastLines(finished) });
	return of("ended");
}
export { endLeftovers as t };
