import "./rolldown-runtime.js";
import { Ar as Failure, Dr as input, Pr as refusal, Tn as _usingCtx, Yn as sharedSection, c as operation, gr as line, qn as OF_DEPLOYS } from "./start.js";
import { Ni as nextCommand, _ as missingIn, an as beginStep, ni as openEnvironment, ri as stateOf } from "./work.js";
// src/deploy/operations/unlock.ts
const unlockSection = {
	name: "unlock",
	inputs: {
		confirm: input(line, {
			description: "The environment's name, typed in.",
			perRun: true
		}),
		reason: input(line, {
			description: "Why, for the journal.",
			perRun: true
		})
	}
};
const unlock = operation({
	name: "unlock",
	description: "Ends an open or failed deploy as it stands, without taking anything back, and releases the lock. Journaled.",
	sections: {
		shared: sharedSection,
		unlock: unlockSection
	},
	passesOver: [...OF_DEPLOYS, "detach-subscriptions"],
	own: "unlock",
	outputs: {
		deploy: "The deploy that was ended.",
		unlocked: "Whether anything was locked or open."
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { unlock: settings, shared } = call.inputs;
			const environment = _usingCtx$1.a(await openEnvironment(call, {
				state: "existing",
				journalSettings: true
			}));
			const ledger = await stateOf(environment).journal.read();
			const lock = await stateOf(environment).journal.lock.status();
			if (ledger.open === void 0 && lock.state === "free") return {
				outputs: { unlocked: false },
				headline: `${environment.title} is not locked, and nothing is open`,
				blocks: []
			};
			const what = ledger.open === void 0 ? "the lock" : `deploy ${ledger.open.id}`;
			if (shared["dry-run"]) return {
				outputs: {
					unlocked: false,
					deploy: ledger.open?.id
				},
				headline: `Would end ${what} of ${environment.title}`,
				blocks: []
			};
			const { reason } = settings;
			if (settings.confirm !== environment.name || reason === void 0) throw untold(environment, settings, what);
			const moot = (now) => now.open?.id === ledger.open?.id ? void 0 : "it was ended by others";
			const begun = await beginStep(environment, {
				wants: "end",
				commit: void 0,
				moot
			}).catch(orMoot);
			if (begun === void 0) {
				const headline = `Nothing was unlocked: ${what} of ${environment.title} was ended by others meanwhile`;
				return {
					outputs: {
						unlocked: false,
						deploy: ledger.open?.id
					},
					headline,
					blocks: []
				};
			}
			const tx = _usingCtx$1.a(begun);
			const why = `unlocked by hand: ${reason}`;
			if (tx.deploy === void 0) await tx.write({
				kind: "lock.taken",
				why,
				...lock.state === "held" && { from: lock.holder.owner }
			});
			else await tx.close({
				as: "failed",
				why,
				blocks: false,
				reason
			});
			return {
				outputs: {
					unlocked: true,
					deploy: ledger.open?.id
				},
				headline: `Ended ${what} of ${environment.title} by hand; nothing was taken back`,
				blocks: [{
					kind: "text",
					text: "Code and schema are as they were left. The next deploy looks at both and goes on from there."
				}]
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
function orMoot(error) {
	if (!(error instanceof Failure) || error.code !== "moot") throw error;
}
function untold(environment, said, what) {
	const { name } = environment;
	const { sentences, hints } = missingIn(said, {
		name,
		what: "Ending a deploy without taking it back"
	});
	const reason = said.reason ?? `${what} is ended as it stands`;
	const whole = {
		command: nextCommand(environment, "unlock", [
			"--confirm",
			name,
			"--reason",
			reason
		]),
		means: `Ends ${what} as it stands and lets the next deploy begin; takes nothing back.`
	};
	return refusal([...sentences, "Nothing was touched."].join(" "), {
		hint: hints.join("\n"),
		code: "not-confirmed",
		ways: said.confirm !== void 0 && said.confirm !== name ? [] : [whole]
	});
}
export { unlock };
