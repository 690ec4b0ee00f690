import { u as shortCommit } from "./secret.js";
import { Lr as changedSomething, nt as compareSchemas } from "./text.js";
import { N as STEP_DEAD_AFTER } from "./ways-of-deploy.js";
// src/deploy/lock/standing.ts
function schemaStanding(ledger, { running, live }) {
	if (live === void 0) return {
		is: "unknown",
		text: "no database is configured"
	};
	const of = [...ledger.schemas].findLast(([, schema]) => compareSchemas(live, schema) === "same")?.[0];
	const whose = of === void 0 ? "of no version that was seen" : `that of ${shortCommit(of)}`;
	if (running === void 0) return {
		is: "unknown",
		text: `the database's is ${whose}; ${ledger.nothingRuns && ledger.open === void 0 ? "nothing runs that it would belong to" : "what runs is not known"}`
	};
	const name = shortCommit(running);
	const expected = ledger.schemas.get(running);
	if (expected === void 0) return {
		is: "unknown",
		text: `which one ${name} has is not known before it is confirmed; the database's is ${whose}`
	};
	const likeness = compareSchemas(live, expected);
	if (likeness === "same") return {
		is: "one",
		text: `${name}'s: code and schema are one version's`
	};
	if (likeness === "unknown") return {
		is: "unknown",
		text: `${name}'s was recorded by another version of Savepoint or of PostgreSQL, and cannot be compared`
	};
	return {
		is: "apart",
		text: `not ${name}'s: the database's is ${whose}. Code and schema are apart`,
		of: of === running ? void 0 : of
	};
}
function unwellNow({ unwell, open, nothingRuns }, running) {
	if (unwell === void 0 || open !== void 0 || nothingRuns) return void 0;
	return running === void 0 || unwell.commit === void 0 || unwell.commit === running ? unwell : void 0;
}
function isLeft(open, { lock, leaseMs, ownerCompleted, beaterDead }) {
	if (open.end !== void 0) return true;
	if (!changedSomething(open)) return false;
	if (lock.state === "free" || beaterDead) return true;
	if (lock.beat?.running === true) return lock.silentMs >= STEP_DEAD_AFTER;
	const ended = open.steps.at(-1)?.state;
	if (open.run === void 0 && (ended === "failed" || ended === "cancelled")) return true;
	return ownerCompleted ?? lock.silentMs > leaseMs;
}
export { schemaStanding as n, unwellNow as r, isLeft as t };
