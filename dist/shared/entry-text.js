import { Ar as Failure, Sr as formatSize, Tr as shortCommit, br as formatDuration, jr as clauseOf } from "./start.js";
import { ca as fileSize, ri as stateOf } from "./work.js";
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
				if (size !== seen && await done(journal)) return;
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
		case "watchdog.armed": return `the watchdog is armed: without a sign of life for ${formatDuration(entry.silentMs)} the host takes this deploy back by itself`;
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
function bookkeepingText(entry) {
	switch (entry.kind) {
		case "version.seen": return `the schema of ${shortCommit(entry.commit)} is noted`;
		case "restore.proven": return `backup ${entry.backup} was restored beside and compared`;
		case "health.passed": return "a health check passed, outside of any deploy";
		case "github.told": return "GitHub was told of it";
		default: return;
	}
}
function resultText(result) {
	const { backup, sizeBytes } = result;
	const size = typeof sizeBytes === "number" ? `, ${formatSize(sizeBytes)}` : "";
	return typeof backup === "string" ? `: ${backup}${size}` : "";
}
export { followJournal as i, entryText as n, isAbout as r, bookkeepingText as t };
