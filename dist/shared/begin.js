import { c as plural, d as Cancelled, f as Failure, g as refusal, h as messageOf, m as firstError, o as formatDuration, r as compactUtc, u as shortCommit } from "./secret.js";
import { a as sharedSection, o as tokenOf } from "./printable.js";
import { Gn as isLockLost, Jt as refuseDamaged, Lr as changedSomething, Yt as checkoutOf, an as stateOf, cn as howItFailed, nn as ledgerOf, on as refuseUnsafeState } from "./text.js";
import { W as statusWay, a as runOf, i as runCreated, t as attemptCompleted } from "./owner.js";
import { f as FINISH_NOTED, y as lastLines } from "./lane.js";
import { I as endOurSessions, M as processIdentity, P as admit, j as isDead, n as waysOfDeploy } from "./ways-of-deploy.js";
// src/deploy/lock/opening.ts
function freshId(now, commit, ledger) {
	const base = `${compactUtc(now)}-${shortCommit(commit)}`;
	const taken = new Set(ledger.deploys.map((deploy) => deploy.id));
	let id = base;
	for (let letter = 98; taken.has(id); letter += 1) id = `${base}${String.fromCodePoint(letter)}`;
	return id;
}
// src/machine/process/leftovers.ts
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
	if (alive.length > 0) throw new Failure(`${alive.join(", ")} on ${machine.name} could not be ended by ${machine.login}.`, {
		code: "not-ended",
		hint: "End it by hand (it may belong to another user), then try again.",
		evidence: of("ended").map((what) => `ended: ${what}`)
	});
	if (finished.code !== 0) throw new Failure(`What is left running on ${machine.name} could not be looked up.`, {
		code: "tool-failed",
		evidence: lastLines(finished)
	});
	return of("ended");
}
// src/deploy/lock/replaced-run.ts
async function endReplaced(environment, { paths }) {
	const { report } = environment.ports;
	for (const one of await endLeftovers(environment.machine, paths.running)) report.say(`Ended what an earlier step left running: ${one}`);
	const database = await environment.database();
	if (database === void 0) return;
	const sessions = await endOurSessions(database);
	if (sessions > 0) report.say(`Ended ${plural(sessions, "database session")} of earlier steps.`);
}
async function endStepBefore(environment, state, wants) {
	try {
		await endReplaced(environment, state);
	} catch (error) {
		if (wants !== "end") throw error;
		environment.ports.report.warning(`What the run before left running could not be ended: ${messageOf(error)}`);
	}
}
// src/deploy/lock/older-run.ts
function newerThan(ledger, me, created) {
	const newest = newestConfirmed(ledger);
	if (newest === void 0 || me.terminal) return void 0;
	const [mine, other] = [runOf(me.run), runOf(newest.run)];
	if (mine !== void 0 && mine.repository === other?.repository) return mine.number < other.number ? newest : void 0;
	return created !== void 0 && created.getTime() < Date.parse(newest.openedAt) ? newest : void 0;
}
function newestConfirmed({ deploys }) {
	return deploys.findLast(({ end }) => end?.as === "confirmed");
}
async function refusedAsOlder(environment, ledger, commit) {
	const { shared, owner, ports } = environment;
	if (shared["allow-older"] || owner.terminal) return void 0;
	const newest = newestConfirmed(ledger);
	const stable = ledger.stable.at(-1)?.commit ?? newest?.commit;
	if (newest === void 0 || stable === commit) return void 0;
	const newer = newerThan(ledger, owner, runOf(owner.run)?.repository === runOf(newest.run)?.repository ? void 0 : await runCreated(owner.run, ports.env, tokenOf(shared, ports.env)));
	if (newer === void 0 || stable !== void 0 && await isAhead(environment, stable, commit)) return void 0;
	return olderRun(environment, newer, commit);
}
async function refuseOlder(environment, commit) {
	const ledger = await ledgerOf(environment);
	const refused = ledger && await refusedAsOlder(environment, ledger, commit);
	if (refused !== void 0) throw refused;
}
async function isAhead(environment, stable, commit) {
	for (const clone of [await environment.clone(), await checkoutOf(environment)]) {
		if (clone === void 0 || !await clone.has(stable) || !await clone.has(commit)) continue;
		if (await clone.isAncestor(stable, commit)) return true;
	}
	return false;
}
function olderRun({ title, owner }, newer, commit) {
	const who = newer.run === void 0 ? newer.owner : `run ${newer.owner}`;
	return refusal(`This run (${owner.id}) is older than the newest confirmed deploy of ${title}: ${newer.id} of ${shortCommit(newer.commit)}, by ${who}. It would take ${title} back to ${shortCommit(commit)}.`, {
		hint: `To deploy what is newest, start a new run. To go back, use \`rollback\` with \`to: ${shortCommit(commit)}\`. To deploy this one all the same, give \`allow-older: true\`.`,
		evidence: newer.run === void 0 ? [] : [`The newer deploy: ${newer.run}`],
		code: "older-run"
	});
}
// src/deploy/lock/turn.ts
const FIRST_POLL = 250;
const POLL_EVERY = 2e3;
const LOST_RACE = 100;
async function takeTurn(environment, request) {
	const { journal } = stateOf(environment);
	const { ports } = environment;
	const process = await processIdentity(ports.here);
	const patience = request.patienceMs ?? environment.shared["lock-lease"];
	const since = ports.clock.now().getTime();
	const older = askedOnce(environment);
	let said = "";
	let pause = FIRST_POLL;
	for (;;) {
		const lock = await journal.lock.status();
		const ledger = await journal.read();
		const moot = request.moot?.(ledger);
		if (moot !== void 0) throw refusal(moot, { code: "moot" });
		refuseDamaged(environment, ledger);
		const admission = admit(await admissionRequest(environment, request, ledger, lock, older));
		if (admission.do === "refuse") throw refused(environment, ledger, admission.failure);
		if (admission.do === "wait") {
			if (ports.clock.now().getTime() - since > patience) throw refusal(`Waited ${formatDuration(patience)}: ${admission.why}.`, {
				code: "busy",
				ways: [statusWay(environment)]
			});
			if (said !== admission.why) {
				const held = lock.state === "held" ? lock.holder.since : void 0;
				environment.notify({
					kind: "lock.waiting",
					why: admission.why,
					...held !== void 0 && { since: held }
				});
				ports.report.progress?.(`waiting since ${ports.clock.now().toISOString().slice(11, 19)} UTC: ${admission.why}`);
			}
			said = admission.why;
			await ports.clock.sleep(pause, ports.signal);
			pause = Math.min(2 * pause, POLL_EVERY);
			continue;
		}
		if (said !== "") ports.report.progress?.("");
		await request.check?.({
			ledger,
			admission
		});
		const before = lock.state === "held" ? lock.holder : void 0;
		const holder = nextHolder(environment, {
			admission,
			lock,
			ledger
		});
		const taken = before === void 0 ? await journal.lock.take(holder) : await journal.lock.takeOver(before, holder);
		if (taken && underLocks(await journal.read()) === underLocks(ledger)) {
			await journal.lock.beat(holder, {
				running: true,
				step: "starting",
				process
			});
			return {
				holder,
				before,
				midStep: lock.state === "held" && lock.beat?.running !== false,
				admission,
				ledger,
				process
			};
		}
		if (taken) await giveBack(journal.lock, holder, before);
		await ports.clock.sleep(LOST_RACE, ports.signal);
	}
}
function underLocks({ entries }) {
	return entries.filter(({ fence }) => fence !== void 0).length;
}
async function giveBack(lock, holder, before) {
	await (before === void 0 ? lock.release(holder) : lock.takeOver(holder, before));
}
function askedOnce(environment) {
	let known;
	return async (ledger, commit) => {
		const of = `${ledger.deploys.filter(({ end }) => end?.as === "confirmed").length} ${ledger.stable.at(-1)?.commit}`;
		if (known?.of !== of) known = {
			of,
			answer: refusedAsOlder(environment, ledger, commit)
		};
		return await known.answer;
	};
}
var Blocked = class extends Failure {
	ledger;
	open;
	constructor(refused, ledger, open) {
		super(refused.message, refused);
		this.ledger = ledger;
		this.open = open;
	}
};
function refused(environment, ledger, failure) {
	if (failure.code === "busy") return failure.with({ ways: [statusWay(environment)] });
	return failure.code === "blocked" && ledger.open !== void 0 ? new Blocked(failure, ledger, ledger.open) : failure;
}
function nextHolder({ ports, owner }, found) {
	const { admission, lock, ledger } = found;
	const before = (lock.state === "held" ? lock.holder.fence : lock.lastFence) ?? 0;
	return {
		id: ports.random(16),
		fence: Math.max(ledger.highestFence, before) + 1,
		owner: owner.id,
		deploy: admission.do === "continue" ? admission.deploy.id : void 0,
		run: owner.run,
		since: ports.clock.now().toISOString()
	};
}
async function admissionRequest(environment, request, ledger, lock, older) {
	const { ports, owner, shared, title } = environment;
	const open = ledger.open;
	const foreign = open !== void 0 && open.owner !== owner.id && open.end === void 0;
	const token = tokenOf(shared, ports.env);
	const beat = lock.state === "held" ? lock.beat : void 0;
	return {
		title,
		ledger,
		lock,
		me: owner,
		commit: request.commit,
		wants: request.wants,
		leaseMs: shared["lock-lease"],
		now: ports.clock.now(),
		tooOld: request.wants === "open" && request.commit !== void 0 ? await older(ledger, request.commit) : void 0,
		ownerCompleted: foreign && changedSomething(open) ? await attemptCompleted(open.run, ports.env, token) : void 0,
		beaterDead: beat?.running === true && await isDead(ports.here, beat.process)
	};
}
// src/deploy/lock/transaction.ts
const BEAT_EVERY = 15e3;
var Transaction = class Transaction {
	environment;
	state;
	standstill;
	#holder;
	#deploy;
	#process;
	#released = false;
	constructor(environment, turn) {
		this.environment = environment;
		this.state = stateOf(environment);
		this.#holder = turn.holder;
		this.#deploy = turn.holder.deploy;
		this.#process = turn.process;
		environment.held.hold(this.state, turn.holder);
	}
	static async begin(environment, request) {
		const { paths } = stateOf(environment);
		await refuseUnsafeState(environment.machine, paths);
		const turn = await takeTurn(environment, request);
		const held = new Transaction(environment, turn);
		try {
			await held.#beating("prepare", async () => await held.#settle(turn, request));
			return held;
		} catch (error) {
			await held[Symbol.asyncDispose]();
			throw error;
		}
	}
	get deploy() {
		return this.#deploy;
	}
	async record() {
		const found = (await this.state.journal.read()).deploys.find((deploy) => deploy.id === this.#deploy);
		if (found === void 0) throw new Failure(`The journal does not know the deploy ${this.#deploy ?? "(none)"}.`, {
			code: "unexpected",
			exit: 3
		});
		return found;
	}
	note() {
		return `${this.state.paths.running}/${this.environment.ports.random(8)}`;
	}
	async write(fact) {
		await this.writeAbout(this.#deploy, fact);
	}
	async writeAbout(deploy, fact) {
		const { owner, ports, held } = this.environment;
		try {
			await this.state.journal.write(fact, {
				at: ports.clock.now(),
				owner: owner.id,
				deploy,
				holder: this.#holder
			});
		} catch (error) {
			throw isLockLost(error) ? await held.lost() : error;
		}
	}
	async step(name, request, body) {
		const { report } = this.environment.ports;
		return (await report.step(request.title, async () => {
			await this.write({
				kind: "step.started",
				step: name,
				intent: request.intent,
				...request.settings && {
					settings: request.settings,
					shared: this.environment.settings.effective(sharedSection)
				}
			});
			try {
				const result = await this.#beating(name, body);
				await this.write({
					kind: "step.done",
					step: name,
					result: result.result
				});
				return result;
			} catch (error) {
				await this.#noteFailure(name, error, request.unseen?.() === true);
				throw error;
			}
		}, (result) => result.headline)).value;
	}
	async close(fact) {
		if (this.#deploy === void 0) return;
		await this.write({
			kind: "deploy.closed",
			deploy: this.#deploy,
			...fact
		});
		if (fact.blocks === true) return;
		this.#deploy = void 0;
		await this.#release();
	}
	async [Symbol.asyncDispose]() {
		if (this.#released) return;
		try {
			if (this.#deploy === void 0) await this.#release();
			else await this.state.journal.lock.beat(this.#holder, {
				running: false,
				step: "",
				process: this.#process
			});
		} catch (error) {
			this.environment.ports.report.warning(`The lock could not be told that this step ended: ${messageOf(error)}`);
		} finally {
			this.environment.held.letGo();
		}
	}
	async #settle({ admission, before, midStep, ledger }, request) {
		const { owner } = this.environment;
		if (midStep) await endStepBefore(this.environment, this.state, request.wants);
		if (before !== void 0 && before.owner !== owner.id) await this.write({
			kind: "lock.taken",
			from: before.owner,
			why: admission.do === "abandon" ? admission.why : `${before.owner} is gone or was ended by hand`
		});
		if (admission.do === "abandon") {
			await this.write({
				kind: "deploy.closed",
				deploy: admission.deploy.id,
				as: "abandoned",
				why: admission.why
			});
			this.environment.ports.report.notice(`Closed the abandoned deploy ${admission.deploy.id}: ${admission.why}.`);
		}
		if ((admission.do === "open" || admission.do === "abandon") && request.opening !== void 0) await this.open(await request.opening(ledger), ledger);
	}
	async open(opening, ledger) {
		const { owner, ports } = this.environment;
		const deploy = freshId(ports.clock.now(), opening.commit, ledger);
		await this.write({
			kind: "deploy.opened",
			deploy,
			commit: opening.commit,
			...opening.goingBack && { goingBack: true },
			...opening.toNothing && { toNothing: true },
			...opening.from !== void 0 && { from: opening.from },
			...opening.ran !== void 0 && { ran: opening.ran },
			...opening.checkedOut !== void 0 && { checkedOut: opening.checkedOut },
			...opening.live !== void 0 && { live: opening.live },
			...owner.run !== void 0 && { run: owner.run },
			...owner.actor !== void 0 && { actor: owner.actor },
			settings: opening.settings,
			...Object.keys(opening.hooks).length > 0 && { hooks: opening.hooks }
		});
		this.#deploy = deploy;
	}
	async #beating(name, body) {
		const { ports } = this.environment;
		const lost = new AbortController();
		const beat = async () => {
			if (!await this.state.journal.lock.beat(this.#holder, {
				running: true,
				step: name,
				process: this.#process
			})) lost.abort(await this.environment.held.lost());
		};
		await beat();
		const timer = setInterval(() => {
			beat().catch((error) => ports.report.detail(`No sign of life could be given: ${messageOf(error)}`));
		}, BEAT_EVERY);
		try {
			return await body(AbortSignal.any([ports.signal, lost.signal]));
		} catch (error) {
			if (isLockLost(error)) throw error;
			if (!lost.signal.aborted) await beat().catch(() => void 0);
			throw lost.signal.aborted ? lost.signal.reason : firstError(error);
		} finally {
			clearInterval(timer);
		}
	}
	async #noteFailure(name, error, unseen) {
		if (isLockLost(error)) return;
		try {
			await this.write({
				kind: "step.failed",
				step: name,
				...howItFailed(error, this.environment.ports.signal),
				...unseen && { unseen },
				...name === "switch" && this.standstill?.stopped && { stopped: this.standstill.stopped }
			});
		} catch (unwritten) {
			this.environment.ports.report.warning(`The failure could not be written to the journal: ${messageOf(unwritten)}`);
		}
	}
	async #release() {
		this.#released = true;
		try {
			await this.state.journal.lock.release(this.#holder);
		} finally {
			this.environment.held.letGo();
		}
	}
};
// src/deploy/steps/timeline.ts
function timelineOf(deploy, now) {
	const spans = deploy.steps.map((step) => ({
		label: step.step,
		start: Date.parse(step.startedAt),
		end: step.endedAt === void 0 ? now.getTime() : Date.parse(step.endedAt),
		state: step.state === "done" ? "done" : step.state === "running" ? "running" : "failed"
	}));
	return {
		kind: "timeline",
		title: `Deploy ${deploy.id}`,
		spans
	};
}
async function timelineNow({ environment, state }, id) {
	const record = (await state.journal.read()).deploys.find((one) => one.id === id);
	return record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())];
}
// src/deploy/back/still-open.ts
async function stillOpen(environment, ledger, deploy) {
	const steps = deploy.steps.map((step) => `${step.step} ${step.state}`).join(", ");
	const open = `Deploy ${deploy.id} of ${shortCommit(deploy.commit)} to ${environment.title} stays open: ${steps === "" ? "no step was begun" : steps}.`;
	const blocks = [timelineOf(deploy, environment.ports.clock.now())];
	if (!changedSomething(deploy)) return {
		state: [open, "It changed nothing: code, schema and app are as they were, and it holds nobody up."],
		blocks
	};
	return {
		state: [open, environment.owner.terminal ? "It holds the lock until it is taken back." : "It holds the lock until it is taken back: by this run's rollback step (`if: failure() || cancelled()`), or by hand."],
		ways: await waysOfDeploy(environment, ledger, deploy),
		blocks
	};
}
function andOpen(failure, about) {
	return failure.with({
		state: [...failure.state, ...about.state ?? []],
		ways: failure.ways.length > 0 ? failure.ways : about.ways,
		blocks: [...failure.blocks, ...about.blocks ?? []]
	});
}
// src/deploy/back/left-open.ts
async function standing(tx, error) {
	if (tx.deploy === void 0 || error instanceof Failure && error.code === "lock-lost") return error;
	try {
		const deploy = await tx.record();
		const about = await stillOpen(tx.environment, await tx.state.journal.read(), deploy);
		if (error instanceof Cancelled) return new Cancelled(error.message, {
			...about,
			...error.details
		});
		if (!(error instanceof Failure)) return error;
		return andOpen(error, about);
	} catch (unread) {
		tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
		return error;
	}
}
// src/deploy/back/begin.ts
async function beginStep(environment, request) {
	const check = async (found) => await checked(environment, request, found);
	try {
		return await Transaction.begin(environment, {
			...request,
			check
		});
	} catch (error) {
		if (!(error instanceof Blocked)) throw error;
		throw error.with({ ways: await waysOfDeploy(environment, error.ledger, error.open) });
	}
}
async function leavingOpen(tx, body) {
	try {
		return await body();
	} catch (error) {
		throw await standing(tx, error);
	}
}
async function checked(environment, request, found) {
	try {
		await request.check?.(found);
	} catch (error) {
		const { ledger, admission } = found;
		if (!(error instanceof Failure) || error instanceof Blocked || admission.do !== "continue" || request.wants === "end") throw error;
		throw andOpen(error, await stillOpen(environment, ledger, admission.deploy));
	}
}
export { timelineOf as a, endLeftovers as c, timelineNow as i, leavingOpen as n, refuseOlder as o, standing as r, endReplaced as s, beginStep as t };
