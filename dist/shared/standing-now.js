import { Ar as Failure, Bn as STEPS, St as migrateSection, Tr as shortCommit, Vn as forwardSteps, br as formatDuration } from "./start.js";
import { $r as databaseOf, Ct as refuseOldSavepoint, Jr as damageOf, Ni as nextCommand, P as waysWithoutHealth, Tn as waysOfDeploy, Zr as admit, _a as changedSomething, _n as isLeft, bt as hasMigrations, cn as recoveryOf, f as waysTogether, fn as readHealthSettings, jn as replacedDatabases, ri as stateOf, t as signsOf, ur as liveSchema, vn as schemaStanding, yn as unwellNow } from "./work.js";
// src/deploy/operations/goes-on.ts
const OPERATIONS = {
	prepare: [
		"rollout",
		"--phase",
		"prepare"
	],
	backup: ["backup"],
	migrate: ["migrate"],
	switch: ["rollout"],
	health: ["health-check"],
	"mark-stable": ["mark-stable"]
};
async function ownGoesOn(environment, { ledger, lock, signs }) {
	const { open } = ledger;
	const { owner: me, title, ports } = environment;
	if (open === void 0 || open.owner !== me.id) return void 0;
	const { leaseMs, ownerCompleted, beaterDead } = signs;
	const now = ports.clock.now();
	const admission = admit({
		title,
		ledger,
		lock,
		me,
		commit: open.commit,
		wants: "join",
		leaseMs,
		now,
		ownerCompleted,
		beaterDead
	});
	if (admission.do === "wait") return {
		how: `when what runs has ended: ${admission.why}`,
		way: void 0
	};
	if (admission.do !== "continue") return void 0;
	const last = open.steps.at(-1);
	if (last !== void 0 && last.state !== "done") {
		const ended = {
			failed: "failed",
			cancelled: "was cancelled",
			running: "did not end"
		}[last.state];
		return {
			how: `with ${me.terminal ? "a rollback" : "a rollback, at the end of its job or by a step of this run"}: \`${last.step}\` ${ended}`,
			way: void 0
		};
	}
	const whose = me.terminal ? `your deploy, within ${formatDuration(leaseMs)} of its last step (lock-lease)` : "this run's deploy";
	try {
		const step = await nextStep(environment, open);
		if (!isSaidHere(environment, step)) return {
			how: `with the next step of ${whose}, from where its settings are (savepoint.yml); \`status\` names it there`,
			way: void 0
		};
		const [operation = "", ...phase] = OPERATIONS[step];
		const confirm = step === "mark-stable" && me.terminal ? ["--confirm", environment.name] : [];
		return {
			how: `with \`${OPERATIONS[step].join(" ")}\`, the next step of ${whose}`,
			way: {
				command: nextCommand(environment, operation, [
					...phase,
					"--commit",
					open.commit,
					...confirm
				]),
				means: `Goes on with ${me.terminal ? "your" : "this run's"} deploy ${open.id}: ${STEPS[step].does}`
			}
		};
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {
			how: `with a rollback: ${error.message}`,
			way: void 0
		};
	}
}
async function nextStep(environment, open) {
	const last = open.steps.at(-1)?.step;
	const ahead = forwardSteps.slice(forwardSteps.findIndex((step) => step === last) + 1);
	const { shared, settings } = environment;
	const database = ["database-url", "database-service"].some((name) => settings.text("", name) !== void 0) || open.live !== void 0;
	for (const step of ahead) {
		if (STEPS[step].database && !database) continue;
		if ((step === "prepare" || step === "switch") && shared["app-dir"] === void 0) continue;
		if (step === "migrate" && !await hasMigrations(environment, settings.section(migrateSection), open.commit)) continue;
		if (step === "health" && readHealthSettings(settings) === void 0) continue;
		if (step !== "migrate" && step !== "switch") return step;
		return isTooOld(environment, open) ? "backup" : step;
	}
	return "mark-stable";
}
function isTooOld(environment, open) {
	try {
		refuseOldSavepoint(environment, open);
		return false;
	} catch (error) {
		if (!(error instanceof Failure) || changedSomething(open)) throw error;
		return true;
	}
}
function isSaidHere({ settings }, step) {
	const said = settings.saidHere();
	const given = (...names) => names.some((name) => said.text("", name) !== void 0);
	if (STEPS[step].database) return given("database-url", "database-service");
	return step === "prepare" || step === "switch" ? given("app-dir") : true;
}
// src/deploy/operations/standing-now.ts
async function lookAtStanding(environment) {
	const { journal } = stateOf(environment);
	const ledger = await journal.read();
	const lock = await journal.lock.status();
	const head = await (await environment.clone())?.current();
	const running = ledger.nothingRuns && ledger.open === void 0 ? void 0 : head;
	const { open } = ledger;
	const schema = await schemaNow(environment, ledger, running);
	const signs = open && await signsOf(environment, open, lock);
	const left = open !== void 0 && signs !== void 0 && isLeft(open, signs);
	const unwell = unwellNow(ledger, running);
	const apart = open === void 0 && schema.is === "apart" && running !== void 0;
	const damaged = damageOf(environment, ledger);
	return {
		ledger,
		lock,
		running,
		schema,
		unwell,
		damaged,
		apart,
		goesOn: signs && await ownGoesOn(environment, {
			ledger,
			lock,
			signs
		}),
		recovery: left && open !== void 0 ? await recoveryOf(environment, ledger, open) : void 0,
		needsAPerson: left || apart || unwell !== void 0 || schema.unreachable === true || damaged !== void 0,
		headline: damaged?.message ?? headlineOf(environment, ledger, {
			running,
			unwell
		})
	};
}
async function waysNow(environment, now) {
	const { ledger, running, schema, unwell, damaged, apart } = now;
	const { open } = ledger;
	return [
		...damaged?.ways ?? [],
		...now.goesOn?.way === void 0 ? [] : [now.goesOn.way],
		...now.recovery?.ways ?? [],
		...open !== void 0 && (open.end !== void 0 || changedSomething(open)) ? await waysOfDeploy(environment, ledger, open, { seen: true }) : [],
		...unwell === void 0 ? [] : await waysWithoutHealth(environment, ledger, {
			unwell,
			running
		}),
		...apart && running !== void 0 ? waysTogether(environment, {
			running,
			of: schema.of,
			replaced: await replacedByHand(environment, ledger)
		}) : [],
		...open === void 0 ? ledger.pendingTags.slice(-1).map(({ commit }) => tagWay(environment, commit)) : []
	];
}
function headlineOf(environment, ledger, { running, unwell }) {
	const { open } = ledger;
	if (unwell !== void 0) return `${environment.title}: nothing is open; ${notWell(unwell, running)}`;
	if (open === void 0) return `${environment.title}: nothing is open; ${running === void 0 ? unknown(ledger) : `${shortCommit(running)} runs`}`;
	if (open.end === void 0) return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} is open (${open.owner})`;
	return `${environment.title}: deploy ${open.id} of ${shortCommit(open.commit)} failed and blocks the next one: ${open.end.why}`;
}
async function schemaNow(environment, ledger, running) {
	try {
		return schemaStanding(ledger, {
			running,
			live: await liveSchema(environment)
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		const withheld = error.code === "database-withheld";
		return {
			is: "unknown",
			text: `could not be looked at: ${error.message}`,
			unreachable: !withheld
		};
	}
}
async function replacedByHand(environment, ledger) {
	const replaced = (ledger.deploys.at(-1)?.steps.findLast(({ step, state }) => step === "restore" && state === "done"))?.result?.["replaced"];
	if (typeof replaced !== "string") return void 0;
	return (await replacedDatabases(await databaseOf(environment))).some(({ name }) => name === replaced) ? replaced : void 0;
}
function tagWay(environment, commit) {
	return {
		command: nextCommand(environment, "mark-stable", [
			"--commit",
			commit,
			"--confirm",
			environment.name
		]),
		means: `Moves the stable tags to ${shortCommit(commit)}.`
	};
}
function notWell({ how, deploy, commit }, running) {
	const on = commit ?? running;
	const name = on === void 0 ? "what is on is not known" : `${shortCommit(on)} is on`;
	return how === "unhealthy" ? `${name}, and it was not healthy when it was last asked` : `${name}, and no health check has passed since deploy ${deploy} was ended as it stood`;
}
function unknown({ nothingRuns }) {
	return nothingRuns ? "nothing runs" : "what runs is not known";
}
export { waysNow as n, lookAtStanding as t };
