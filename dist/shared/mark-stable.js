import { n as operation } from "./operation.js";
import { V as shortCommit } from "./output.js";
import { An as openEnvironment, D as leavingOpen, Er as _usingCtx, Kr as sharedSection, Rn as markStableSection, bn as requireCommit, j as beginStep, k as timelineOf, kn as ledgerOf, yn as incomingCommit } from "./text.js";
import { n as markCommit, r as refuseOther, t as confirmDeploy } from "./mark.js";
const markStable = operation({
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
			const environment = _usingCtx$1.a(await openEnvironment(call, { state: host === void 0 && state === void 0 ? "optional" : "required" }));
			if (call.inputs.shared["dry-run"]) return await planned(environment);
			const settings = { keepTags: call.inputs.markStable["keep-tags"] };
			if (environment.state === void 0) return outcome(environment, await markCommit(environment, await requireCommit(environment), settings, void 0), []);
			return await withState(environment, settings);
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
		const tx = _usingCtx3.a(await beginStep(environment, {
			wants: "mark",
			commit: await incomingCommit(environment)
		}));
		if (tx.deploy === void 0) return outcome(environment, await alone(environment, settings, tx), []);
		const deploy = tx.deploy;
		const marked = await leavingOpen(tx, async () => await confirmDeploy(tx, settings));
		const record = (await ledgerOf(environment))?.deploys.find((one) => one.id === deploy);
		return outcome(environment, marked, record === void 0 ? [] : [timelineOf(record, environment.ports.clock.now())]);
	} catch (_) {
		_usingCtx3.e = _;
	} finally {
		await _usingCtx3.d();
	}
}
async function alone(environment, settings, tx) {
	const commit = await requireCommit(environment);
	await refuseOther(environment, commit);
	return await markCommit(environment, commit, settings, tx);
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
	const commit = ((await ledgerOf(environment))?.open)?.commit ?? await requireCommit(environment);
	return {
		outputs: { commit },
		headline: `Would mark ${shortCommit(commit)} stable on ${environment.title}`,
		blocks: []
	};
}
export { markStable as t };
