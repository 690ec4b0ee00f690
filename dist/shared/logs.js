import "./rolldown-runtime.js";
import { $n as clauseOf, Qn as Failure, Qt as _usingCtx, Rn as flag, Un as formatDuration, Wn as formatSize, Yn as input, nr as refusal, qn as shortCommit, s as operation, yn as sharedSection, zn as line } from "./start.js";
import { Ar as openEnvironment, Si as fileSize, jr as stateOf, ri as nextCommand } from "./work.js";
import { t as lastDeploy } from "./last-deploy.js";
// src/deploy/lock/entry-text.ts
function isAbout(entry, deploy) {
	return entry.deploy === deploy || "about" in entry && entry.about === deploy;
}
function entryText(entry) {
	switch (entry.kind) {
		case "deploy.opened": {
			const over = entry.from === void 0 ? "" : `, over ${shortCommit(entry.from)}`;
			const by = `by ${entry.actor ?? entry.owner}${entry.run === void 0 ? "" : ` (${entry.run})`}`;
			const allowed = entry.allowed === void 0 ? "" : `, although ${entry.allowed.deploy} had taken that version back: ${entry.allowed.reason}`;
			return entry.goingBack === true ? `a rollback by hand to ${shortCommit(entry.commit)} is opened ${by}` : `the deploy of ${shortCommit(entry.commit)}${over} is opened ${by}${allowed}`;
		}
		case "step.started": return `${entry.step} begins`;
		case "step.done": return `${entry.step} is done${resultText(entry.result)}`;
		case "step.failed": return `${entry.step} ${entry.cancelled === true ? "was cancelled" : "failed"}: ${entry.message}`;
		case "deploy.closed": return `the deploy is closed as ${entry.as}${entry.on === void 0 ? "" : `, on ${shortCommit(entry.on)}`}: ${entry.why}`;
		case "stable.marked": return `${shortCommit(entry.commit)} is marked stable (${entry.tag})`;
		case "stable.withdrawn": return `${shortCommit(entry.commit)} is stable no more`;
		case "tags.moved": return `the stable tags point at ${shortCommit(entry.commit)} (${entry.tag})`;
		case "tags.pending": return `the tag ${entry.tag} waits to be moved to ${shortCommit(entry.commit)}: ${entry.why}`;
		case "went-back": return `it went back to ${shortCommit(entry.to)}, database ${entry.database}${entry.finished ? "" : "; that is not proven"}`;
		case "database.replaced": return `the database ${entry.database} is replaced by backup ${entry.backup}; the one before is kept as ${entry.replaced}`;
		case "database.dropped": return `the replaced database ${entry.replaced} of ${entry.database} is dropped`;
		case "lock.taken": return `the lock is taken${entry.from === void 0 ? "" : ` from ${entry.from}`}: ${entry.why}`;
		case "notify.sent": return `${entry.channel} was told: ${entry.event}`;
		case "notify.failed": return `${entry.channel} could not be told (${entry.event}): ${entry.why}`;
		case "version.seen":
		case "restore.proven":
		case "health.passed":
		case "github.told": return;
	}
}
function resultText(result) {
	const { backup, sizeBytes } = result;
	const size = typeof sizeBytes === "number" ? `, ${formatSize(sizeBytes)}` : "";
	return typeof backup === "string" ? `: ${backup}${size}` : "";
}
// src/deploy/lock/follow-journal.ts
const EVERY_MS = 2e3;
const AWAY_EVERY_MS = 5e3;
const LONGEST_AWAY_MS = 6e5;
const COMES_BACK = new Set([
	"connection-lost",
	"unreachable",
	"timeout",
	"handshake",
	"no-session",
	"refused",
	"turned-away"
]);
async function followJournal(first, reopen, done) {
	const { ports } = first;
	let environment = first;
	let seen = -1;
	let answered = ports.clock.now().getTime();
	let away = false;
	try {
		for (;;) {
			try {
				environment ??= await reopen(quietly(ports.report));
				const { journal, paths } = stateOf(environment);
				const size = await fileSize(environment.machine, paths.journal);
				if (away) ports.report.say("The host answers again.");
				away = false;
				answered = ports.clock.now().getTime();
				if (size !== seen && done(await journal.read())) return;
				seen = size;
				ports.report.progress?.(doing(await journal.lock.status()));
			} catch (error) {
				const silent = ports.clock.now().getTime() - answered;
				if (!(error instanceof Failure) || !COMES_BACK.has(error.code ?? "") || silent > LONGEST_AWAY_MS) throw error;
				if (!away) ports.report.say(`The host does not answer; it is asked again for ${formatDuration(LONGEST_AWAY_MS)}: ${clauseOf(error)}.`);
				away = true;
				if (environment !== first) await environment?.[Symbol.asyncDispose]();
				environment = void 0;
			}
			await ports.clock.sleep(away ? AWAY_EVERY_MS : EVERY_MS, ports.signal);
		}
	} finally {
		if (environment !== first) await environment?.[Symbol.asyncDispose]();
	}
}
function doing(lock) {
	if (lock.state === "free") return "nothing runs: the lock is free, and the deploy is open";
	return `${lock.beat?.running === true ? `${lock.beat.step} runs` : "between two steps"}, by ${lock.holder.owner}; last sign of life ${formatDuration(Math.round(lock.silentMs / 1e3) * 1e3)} ago`;
}
function quietly(report) {
	return {
		step: async (title, body, headline) => await report.step(title, body, headline),
		say: (text) => report.detail(text),
		detail: (text) => report.detail(text),
		notice: (text) => report.notice(text),
		warning: (text) => report.warning(text),
		mask: (secret) => report.mask(secret)
	};
}
// src/deploy/operations/logs.ts
const logsSection = {
	name: "logs",
	inputs: {
		deploy: input(line, {
			description: "The deploy's id. Default: the open one, else the last.",
			perRun: true
		}),
		follow: input(flag, {
			description: "Go on until the deploy is closed.",
			default: "false",
			perRun: true
		})
	}
};
const sections = {
	shared: sharedSection,
	logs: logsSection
};
const NEED = { state: "existing" };
const logs = operation({
	name: "logs",
	description: "Prints what a deploy's journal says, or follows a run elsewhere until its end. Exits as the deploy itself ended.",
	sections,
	own: "logs",
	outputs: {
		deploy: "The deploy's id.",
		end: "`confirmed`, `rolled-back`, `abandoned` or `failed`; empty while it is open."
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { follow, deploy: wanted } = call.inputs.logs;
			const environment = _usingCtx$1.a(await openEnvironment(call, NEED));
			const { report } = environment.ports;
			let ledger = await stateOf(environment).journal.read();
			const { id } = chosen(environment, ledger, wanted);
			let told = 0;
			const tell = () => {
				const all = ledger.entries.filter((entry) => isAbout(entry, id));
				for (const entry of all.slice(told)) {
					const text = entryText(entry);
					if (text !== void 0) report.say(`${entry.at.replace("T", " ").slice(0, 19)}  ${text}`);
				}
				told = all.length;
			};
			report.say(`The journal of deploy ${id} of ${environment.title}. Times are UTC.`);
			tell();
			if (follow && recordOf(ledger, id).end === void 0) await followJournal(environment, async (quiet) => await openEnvironment({
				...call,
				ports: {
					...call.ports,
					report: quiet
				}
			}, NEED), (read) => {
				ledger = read;
				tell();
				return recordOf(ledger, id).end !== void 0;
			});
			return outcomeOf(environment, ledger, recordOf(ledger, id));
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
function outcomeOf(environment, ledger, deploy) {
	const { id, end } = deploy;
	const follow = {
		command: nextCommand(environment, "logs", [
			"--deploy",
			id,
			"--follow"
		]),
		means: "Follows it until it is closed."
	};
	const entries = ledger.entries.filter((entry) => isAbout(entry, id));
	return {
		outputs: {
			deploy: id,
			end: end?.as
		},
		headline: lastDeploy(deploy),
		blocks: [],
		exit: exitOf(deploy),
		ways: end === void 0 ? [follow] : [],
		details: {
			deploy: {
				id,
				commit: deploy.commit,
				owner: deploy.owner,
				run: deploy.run,
				openedAt: deploy.openedAt,
				end
			},
			entries: entries.flatMap((entry) => {
				const text = entryText(entry);
				return text === void 0 ? [] : [{
					at: entry.at,
					owner: entry.owner,
					kind: entry.kind,
					text
				}];
			})
		}
	};
}
function exitOf({ end, goingBack }) {
	if (end === void 0 || end.as === "confirmed") return 0;
	if (end.as === "rolled-back") return goingBack ? 0 : 1;
	return end.blocks ? 3 : 1;
}
function chosen(environment, ledger, wanted) {
	const last = ledger.open ?? ledger.deploys.at(-1);
	const found = wanted === void 0 ? last : ledger.deploys.find(({ id }) => id === wanted);
	if (found !== void 0) return found;
	const newest = ledger.deploys.slice(-5).reverse();
	throw refusal(wanted === void 0 ? `No deploy of ${environment.title} is in the journal.` : `The journal of ${environment.title} has no deploy ${wanted}.`, {
		code: wanted === void 0 ? "no-state" : "usage",
		hint: newest.length === 0 ? "Nothing was deployed there yet." : `The newest are: ${newest.map((one) => `${one.id} (${shortCommit(one.commit)})`).join(", ")}.`
	});
}
function recordOf(ledger, id) {
	const found = ledger.deploys.find((one) => one.id === id);
	if (found === void 0) throw refusal(`The journal has no deploy ${id} any more.`, { code: "no-state" });
	return found;
}
export { logs };
