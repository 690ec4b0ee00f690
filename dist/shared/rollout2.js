import "./rolldown-runtime.js";
import { Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, at as refuseWatchdogAlone, vt as rolloutSection } from "./start.js";
import { $t as standstillOf, Br as refuseUnfit, Gr as requireCommit, M as openingOf, Qr as appCloneOf, Qt as standstillLine, an as beginStep, en as betweenBlocks, fn as readHealthSettings, ft as maySwitch, gi as NO_APP_DIR, ht as switchInStep, in as hearable, j as mayOpen, mt as prepareInStep, ni as openEnvironment, nn as makeFirstClone, on as leavingOpen, pt as phasesToDo, rt as switchPlan, tn as compareCommits } from "./work.js";
// src/deploy/operations/rollout.ts
const sections = {
	shared: sharedSection,
	rollout: rolloutSection
};
const opener = {
	operation: "rollout",
	sections: Object.values(sections)
};
const rollout = hearable({
	name: "rollout",
	description: "Brings a commit to the host: `prepare` does everything slow beforehand, `switch` makes it the running version.",
	sections,
	own: "rollout",
	outputs: {
		commit: "The commit that was prepared or runs now.",
		"previous-commit": "The commit that ran when the deploy opened."
	},
	endsJobs: true,
	branding: {
		icon: "upload-cloud",
		color: "purple"
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const settings = call.inputs.rollout;
			const raw = call.settings.effective(rolloutSection);
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "required",
				missing: call.inputs.shared["app-dir"] === void 0 ? [NO_APP_DIR] : []
			}));
			refuseWatchdogAlone(call.settings);
			const first = await makeFirstClone(environment, settings);
			if (first !== void 0) return first;
			const clone = await appCloneOf(environment);
			const commit = await requireCommit(environment);
			if (call.inputs.shared["dry-run"]) {
				await refuseUnfit(environment, commit, opener);
				const from = await clone.current();
				return {
					outputs: {
						commit,
						"previous-commit": from
					},
					headline: `Would roll out ${shortCommit(commit)} to ${environment.title}, where ${from === void 0 ? "nothing" : shortCommit(from)} runs`,
					blocks: settings.phase === "prepare" ? [] : [await switchPlan(environment, {
						settings,
						commit,
						previous: from
					})]
				};
			}
			const tx = _usingCtx$1.a(await beginStep(environment, {
				wants: "open",
				commit,
				opener,
				check: async ({ ledger, admission }) => {
					const deploy = admission.do === "continue" ? admission.deploy : {
						owner: environment.owner.id,
						commit,
						steps: []
					};
					if (phasesToDo(settings.phase, deploy).includes("switch")) maySwitch(environment, ledger, deploy);
					if (admission.do !== "continue") await mayOpen(environment, commit, ledger);
				},
				opening: async (ledger) => await openingOf(environment, commit, ledger)
			}));
			const deploy = await tx.record();
			const phases = phasesToDo(settings.phase, deploy);
			await leavingOpen(tx, async () => {
				if (phases.includes("prepare")) await prepareInStep(tx, settings, raw, { migrates: false });
				if (phases.includes("switch")) await switchInStep(tx, settings, raw);
			});
			const way = deploy.from === void 0 ? void 0 : await compareCommits(clone, deploy.from, commit);
			return {
				outputs: {
					commit,
					"previous-commit": deploy.from
				},
				headline: phases.includes("switch") ? `${shortCommit(commit)} runs on ${environment.title}` : `${shortCommit(commit)} is prepared on ${environment.title}; nothing that runs was changed`,
				blocks: [...phases.includes("switch") ? [{
					kind: "text",
					text: await away(tx)
				}] : [], ...way === void 0 ? [] : betweenBlocks(way)]
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function away(tx) {
	const { stopped } = await standstillOf(tx);
	return standstillLine(stopped, readHealthSettings(tx.environment.settings) !== void 0);
}
export { rollout as t };
