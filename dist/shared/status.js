import "./rolldown-runtime.js";
import { Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, br as formatDuration, c as operation, qn as OF_DEPLOYS, xr as formatMoment } from "./start.js";
import { Hr as tellQuarantine, K as stillWrittenSince, Sn as timelineOf, Zt as leftStopped, ni as openEnvironment, nt as expectedBack, tt as timesRows, wn as watchdogText } from "./work.js";
import { n as waysNow, t as lookAtStanding } from "./standing-now.js";
import { t as lastDeploy } from "./last-deploy.js";
const status = operation({
	name: "status",
	description: "Says where an environment stands, and what to do: what runs, whose schema it is, what is open. Exits 3 to call a person.",
	sections: { shared: sharedSection },
	passesOver: [
		...OF_DEPLOYS,
		"detach-subscriptions",
		"dry-run"
	],
	own: void 0,
	outputs: {
		state: "`idle`, `open` or `blocked`.",
		running: "The commit that is checked out on the host; empty where nothing runs.",
		stable: "The newest stable commit.",
		deploy: "The open deploy's id.",
		schema: "Whether code and schema are one version's: `one`, `apart` or `unknown`."
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			const now = await lookAtStanding(environment);
			const { ledger, lock, running, schema } = now;
			const { open } = ledger;
			const state = stateWord(ledger);
			return {
				outputs: {
					state,
					running,
					stable: ledger.stable.at(-1)?.commit,
					deploy: open?.id,
					schema: schema.is
				},
				exit: now.needsAPerson ? 3 : 0,
				headline: now.headline,
				blocks: [
					facts(environment, now),
					...await stillWrittenSince(environment, ledger),
					...open ? [timelineOf(open, call.ports.clock.now())] : []
				],
				ways: await waysNow(environment, now),
				details: {
					state,
					running,
					schema: schema.text,
					stable: ledger.stable,
					open,
					lock: lock.state === "free" ? { state: lock.state } : lock,
					pendingTags: ledger.pendingTags,
					quarantined: [...ledger.quarantined.values()],
					expected: expectedBack(ledger)
				}
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
function stateWord(ledger) {
	if (ledger.open === void 0) return "idle";
	return ledger.open.end === void 0 ? "open" : "blocked";
}
function facts(environment, { ledger, lock, running, schema, unwell, goesOn, recovery }) {
	const stable = ledger.stable.at(-1);
	const rows = [
		["runs", running ?? (ledger.nothingRuns ? "nothing: the first deploy was taken back" : "not known (no app-dir)")],
		["schema", schema.text],
		["health", unwell === void 0 ? "not asked here; `health-check` asks" : `${unwell.how === "unhealthy" ? "no healthy answer" : "not known"} since ${formatMoment(unwell.since)}`],
		["latest-stable", stable === void 0 ? "none" : `${stable.commit} since ${formatMoment(stable.at)} (${stable.tag})`],
		["lock", describeLock(lock)]
	];
	const stopped = ledger.open && leftStopped(ledger.open);
	if (stopped !== void 0) rows.push(["app", `stopped at ${formatMoment(stopped)}, by a rollback that failed`]);
	const watchdog = ledger.open && watchdogText(ledger.open, lock);
	if (watchdog !== void 0) rows.push(["watchdog", watchdog]);
	if (goesOn !== void 0) rows.push(["goes on", goesOn.how]);
	if (recovery !== void 0) rows.push(["recovery", recovery.text]);
	for (const tag of ledger.pendingTags) rows.push(["tag waits", `${tag.tag} for ${shortCommit(tag.commit)}: ${tag.why}`]);
	const taken = [...ledger.quarantined.values()].at(-1);
	if (taken !== void 0) {
		const more = ledger.quarantined.size > 1 ? `; ${ledger.quarantined.size - 1} more: \`list\`` : "";
		rows.push(["quarantined", `${shortCommit(taken.commit)}, ${tellQuarantine(taken)}${more}`]);
	}
	const last = ledger.deploys.at(-1);
	if (last !== void 0) rows.push(["last deploy", lastDeploy(last)]);
	rows.push(...timesRows(ledger));
	return {
		kind: "table",
		title: environment.title,
		head: ["", ""],
		rows
	};
}
function describeLock(lock) {
	if (lock.state === "free") return "free";
	const doing = lock.beat?.running === true ? `running ${lock.beat.step}` : "between steps";
	return `held by ${lock.holder.owner}${lock.holder.run === void 0 ? "" : ` (${lock.holder.run})`}, ${doing}, last sign of life ${formatDuration(lock.silentMs)} ago`;
}
export { status };
