import "./rolldown-runtime.js";
import { Dr as input, Kn as OF_DATABASE, Pr as refusal, Tn as _usingCtx, Tr as shortCommit, Yn as sharedSection, c as operation, gr as line, hr as flag, qn as OF_DEPLOYS } from "./start.js";
import { Ni as nextCommand, ni as openEnvironment, ri as stateOf } from "./work.js";
import { i as followJournal, n as entryText, r as isAbout } from "./entry-text.js";
import { t as lastDeploy } from "./last-deploy.js";
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
	passesOver: [
		...OF_DEPLOYS,
		...OF_DATABASE,
		"tag-prefix",
		"dry-run"
	],
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
			}, NEED), async (journal) => {
				ledger = await journal.read();
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
