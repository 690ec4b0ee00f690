import "./rolldown-runtime.js";
import { Qt as _usingCtx, gt as markStableSection, nr as refusal, qn as shortCommit, yn as sharedSection } from "./start.js";
import { $ as expectedBlocks, Ar as openEnvironment, Dt as confirmDeploy, Or as ledgerOf, Ot as markCommit, Pt as refuseOther, _r as requireCommit, an as mustBeConfirmed, cn as hearable, gr as isCommitSaid, hn as timelineOf, hr as incomingCommit, ki as knownAsFailed, kt as mayConfirm, ln as beginStep, on as unconfirmedMark, sn as withDryRun, un as leavingOpen } from "./work.js";
// src/deploy/operations/commit-to-mark.ts
async function commitToMark(environment, ledger) {
	if (!(ledger !== void 0 && ledger.deploys.length > 0) && !isCommitSaid(environment)) throw nothingDeployed(environment);
	const commit = await requireCommit(environment);
	if (ledger !== void 0 && knownAsFailed(ledger, commit)) throw failedBefore(environment, ledger, commit);
	await refuseOther(environment, commit);
	return commit;
}
function nothingDeployed({ title, absent }) {
	return refusal(`Nothing was deployed to ${title} yet, and no \`commit\` is said: there is nothing to mark stable.`, {
		hint: `${absent === void 0 ? "" : `${absent} `}A deploy marks its version by itself. If a version runs there already, say which: give \`commit\`.`,
		code: "nothing-deployed"
	});
}
function failedBefore({ title }, { deploys }, commit) {
	const last = deploys.findLast((deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== void 0);
	const id = last === void 0 ? "" : ` (deploy ${last.id})`;
	return refusal(`${shortCommit(commit)} failed on ${title}${id}, and was never confirmed since: it is not marked stable.`, {
		hint: `Deploy it again (\`deploy\` with \`commit: ${commit}\`): a deploy whose health check passes marks it.`,
		code: "known-as-failed"
	});
}
const markStable = hearable({
	name: "mark-stable",
	description: "Confirms the open deploy, releases the lock, and moves latest-stable and a dated stable tag to its commit.",
	sections: {
		shared: sharedSection,
		markStable: markStableSection
	},
	own: "mark-stable",
	outputs: {
		"stable-tag": "The dated tag, `stable-YYYYMMDD-HHMMSS`.",
		commit: "The commit that is stable now.",
		"previous-stable": "The commit that was stable before."
	},
	branding: {
		icon: "check-circle",
		color: "green"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { host, "state-dir": state } = call.inputs.shared;
			const need = host === void 0 && state === void 0 ? "optional" : "required";
			const { confirm, "keep-tags": keepTags } = call.inputs.markStable;
			const unread = !call.inputs.shared["dry-run"] && mustBeConfirmed({
				ports: call.ports,
				confirm,
				environment: call.profile.environment
			});
			const dryRun = unread || call.inputs.shared["dry-run"];
			const environment = _usingCtx$1.a(await openEnvironment(withDryRun(call, dryRun), {
				state: need,
				journalSettings: "while-nothing-is-open"
			}));
			if (dryRun) {
				const plan = await planned(environment);
				if (unread) throw unconfirmedMark(environment, {
					confirm,
					plan
				});
				return plan;
			}
			if (environment.state === void 0) {
				const commit = await commitToMark(environment, void 0);
				return outcome(environment, await markCommit(environment, commit, { keepTags }, void 0), []);
			}
			return await withState(environment, { keepTags });
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function withState(environment, settings) {
	try {
		var _usingCtx3 = _usingCtx();
		const check = async ({ ledger, admission }) => {
			if (admission.do === "continue") await mayConfirm(environment, admission.deploy);
			else await commitToMark(environment, ledger);
		};
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "mark",
			commit: await incomingCommit(environment),
			check
		}));
		if (tx.deploy === void 0) return outcome(environment, await markCommit(environment, await requireCommit(environment), settings, tx), []);
		const deploy = tx.deploy;
		const marked = await leavingOpen(tx, async () => await confirmDeploy(tx, settings));
		const ledger = await ledgerOf(environment);
		const record = ledger?.deploys.find((one) => one.id === deploy);
		const timeline = record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())];
		return outcome(environment, marked, [...expectedBlocks(ledger), ...timeline]);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
function outcome(environment, marked, timeline) {
	const { tags } = marked;
	return {
		outputs: {
			"stable-tag": tags.stableTag,
			commit: marked.commit,
			"previous-stable": marked.previous
		},
		headline: tags.moved ? `${shortCommit(marked.commit)} is stable on ${environment.title}: ${tags.stableTag ?? ""}, ${tags.latestTag}` : `${shortCommit(marked.commit)} on ${environment.title}: ${tags.reason ?? "the tags stand already"}`,
		blocks: [...tags.pruned.length === 0 ? [] : [{
			kind: "text",
			text: `Removed old stable tags: ${tags.pruned.join(", ")}.`
		}], ...timeline]
	};
}
async function planned(environment) {
	const ledger = await ledgerOf(environment);
	const commit = ledger?.open?.commit ?? await commitToMark(environment, ledger);
	return {
		outputs: { commit },
		headline: `Would mark ${shortCommit(commit)} stable on ${environment.title}`,
		blocks: []
	};
}
export { outcome as n, markStable as t };
