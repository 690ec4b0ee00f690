import "./rolldown-runtime.js";
import { Dr as input, Pr as refusal, Sr as formatSize, Tn as _usingCtx, Yn as sharedSection, c as operation, gr as line } from "./start.js";
import { $r as databaseOf, Cr as dropDatabase, Tn as waysOfDeploy, Tr as slotsLeft, an as beginStep, g as confirmationHint, jn as replacedDatabases, ni as openEnvironment, ri as stateOf, v as requireConfirmation } from "./work.js";
// src/deploy/operations/drop-replaced.ts
const dropReplacedSection = {
	name: "drop-replaced",
	inputs: {
		name: input(line, {
			description: "The replaced database, as `list` names it.",
			perRun: true
		}),
		confirm: input(line, {
			description: "The environment's name, typed in, to confirm.",
			perRun: true
		})
	}
};
const dropReplaced = operation({
	name: "drop-replaced",
	description: "Drops one database that a restore put aside, by its name. What was written to it is gone then.",
	sections: {
		shared: sharedSection,
		dropReplaced: dropReplacedSection
	},
	own: "drop-replaced",
	outputs: { dropped: "The database that was dropped." },
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { dropReplaced: settings, shared } = call.inputs;
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			const database = await databaseOf(environment);
			const replaced = await replacedDatabases(database);
			const chosen = replaced.find(({ name }) => name === settings.name);
			if (chosen === void 0) throw refusal(settings.name === void 0 ? "Which replaced database to drop is not said." : `${settings.name} is no database that was put aside for ${database.name}.`, {
				code: "replaced-unknown",
				evidence: replaced.length === 0 ? [`${database.name} has no replaced databases.`] : replaced.map(({ name }) => name),
				hint: ["Give `name`: one of this list.", ...confirmationHint(settings.confirm, environment.name)].join("\n")
			});
			const what = `the replaced database ${chosen.name} (${formatSize(chosen.sizeBytes)})`;
			if (shared["dry-run"]) return {
				outputs: {},
				headline: `Would drop ${what}`,
				blocks: []
			};
			requireConfirmation(settings.confirm, environment.name, `Dropping ${what}`);
			const refuseOpen = async (ledger) => {
				if (ledger.open !== void 0) throw await isOpen(environment, ledger, ledger.open);
			};
			await refuseOpen(await stateOf(environment).journal.read());
			const check = async ({ ledger }) => await refuseOpen(ledger);
			const tx = _usingCtx$1.a(await beginStep(environment, {
				wants: "end",
				commit: void 0,
				check
			}));
			await tx.write({
				kind: "database.dropped",
				database: database.name,
				replaced: chosen.name
			});
			const slots = await tx.alive("prepare", async () => await dropDatabase(database, chosen.name));
			if (slots.length > 0) environment.ports.report.warning(slotsLeft(slots));
			return {
				outputs: { dropped: chosen.name },
				headline: `Dropped ${what}`,
				blocks: []
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
async function isOpen(environment, ledger, open) {
	return refusal(`Deploy ${open.id} is open: no replaced database is dropped while it may be needed.`, {
		hint: "End the deploy first.",
		code: "blocked",
		ways: await waysOfDeploy(environment, ledger, open)
	});
}
export { dropReplaced };
