import "./rolldown-runtime.js";
import { Cr as plural, Dr as input, Kn as OF_DATABASE, Tn as _usingCtx, Yn as sharedSection, c as operation, gr as line, hr as flag, qn as OF_DEPLOYS } from "./start.js";
import { Jr as damageOf, ni as openEnvironment, ri as stateOf, va as fold } from "./work.js";
import { i as followJournal, n as entryText, r as isAbout, t as bookkeepingText } from "./entry-text.js";
// src/deploy/lock/journal-lines.ts
function shownLines(lines, deploy) {
	const counting = new Set(fold(lines.entries).entries);
	const entries = lines.entries.flatMap((entry, index) => deploy !== void 0 && !isAbout(entry, deploy) ? [] : [shownEntry(entry, lines.places[index] ?? 0, counting.has(entry))]);
	const damaged = lines.damaged.map(({ line, why, settled }) => ({
		line,
		kind: "damaged",
		text: `is no entry: ${why}${settled ? "; nothing hangs on it" : "; what it said may still count"}`
	}));
	return [...entries, ...damaged].toSorted((one, other) => one.line - other.line);
}
function shownEntry(entry, line, counts) {
	const { at, owner, deploy, kind } = entry;
	const undo = entry.kind === "step.started" && entry.undo !== void 0 ? `; what undoes it: ${entry.undo}` : "";
	const text = `${entryText(entry) ?? bookkeepingText(entry) ?? kind}${undo}${counts ? "" : " (void: the lock had been taken over)"}`;
	return {
		line,
		at,
		owner,
		...deploy !== void 0 && { deploy },
		kind,
		text
	};
}
// src/deploy/operations/journal.ts
const journalSection = {
	name: "journal",
	inputs: {
		deploy: input(line, {
			description: "Only the lines of this deploy, by its id. Default: all.",
			perRun: true
		}),
		follow: input(flag, {
			description: "Go on with what is written, until it is stopped (Ctrl-C).",
			default: "false",
			perRun: true
		})
	}
};
const sections = {
	shared: sharedSection,
	journal: journalSection
};
const NEED = { state: "existing" };
const journal = operation({
	name: "journal",
	description: "Shows the journal line by line: what was meant, done and seen, what undoes it, and the lines that are damaged.",
	sections,
	passesOver: [
		...OF_DEPLOYS,
		...OF_DATABASE,
		"tag-prefix",
		"dry-run"
	],
	own: "journal",
	outputs: {
		lines: "How many lines it has.",
		damaged: "How many of them are no entries."
	},
	async run(call) {
		try {
			var _usingCtx$1 = _usingCtx();
			const { follow, deploy } = call.inputs.journal;
			const environment = _usingCtx$1.a(await openEnvironment(call, NEED));
			const { report, signal } = environment.ports;
			let lines = await stateOf(environment).journal.lines();
			let told = [];
			const tell = () => {
				const all = shownLines(lines, deploy);
				for (const { line: number, at, text } of all.slice(told.length)) report.say(`${String(number).padStart(5)}  ${at === void 0 ? "" : `${at.replace("T", " ").slice(0, 19)}  `}${text}`);
				told = all;
			};
			report.say(`The journal of ${environment.title}: ${stateOf(environment).paths.journal} on ${environment.machine.name}. Times are UTC.`);
			tell();
			if (follow) try {
				await followJournal(environment, async (quiet) => await openEnvironment({
					...call,
					ports: {
						...call.ports,
						report: quiet
					}
				}, NEED), async (now) => {
					lines = await now.lines();
					tell();
					return false;
				});
			} catch (error) {
				if (!signal.aborted) throw error;
			}
			const { damaged, places } = lines;
			const open = damageOf(environment, fold(lines.entries, damaged));
			return {
				outputs: {
					lines: places.length + damaged.length,
					damaged: damaged.length
				},
				headline: `${environment.title}: ${plural(places.length, "entry", "entries")}${damaged.length === 0 ? ", each whole" : `; ${plural(damaged.length, "line is no entry", "lines are no entries")}`}`,
				blocks: [],
				exit: open === void 0 ? 0 : 3,
				ways: open?.ways ?? [],
				details: { lines: told }
			};
		} catch (_) {
			_usingCtx$1.e = _;
		} finally {
			await _usingCtx$1.d();
		}
	}
});
export { journal };
