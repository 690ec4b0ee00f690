import { OF_DATABASE, OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { plural } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { flag, line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import { fold } from "../../journal/ledger.ts";
import { openEnvironment, stateOf } from "../environment/environment.ts";
import { followJournal } from "../lock/follow-journal.ts";
import { damageOf } from "../lock/damaged-journal.ts";
import { type ShownLine, shownLines } from "../lock/journal-lines.ts";

const journalSection = {
  name: "journal",
  inputs: {
    deploy: input(line, { description: "Only the lines of this deploy, by its id. Default: all.", perRun: true }),
    follow: input(flag, { description: "Go on with what is written, until it is stopped (Ctrl-C).", default: "false", perRun: true }),
  },
} as const satisfies Section;

const sections = { shared: sharedSection, journal: journalSection } as const;

const NEED = { state: "existing" } as const;

export const journal = operation({
  name: "journal",
  description: "Shows the journal line by line: what was meant, done and seen, what undoes it, and the lines that are damaged.",
  sections,
  passesOver: [...OF_DEPLOYS, ...OF_DATABASE, "tag-prefix", "dry-run"],
  own: "journal",
  outputs: { lines: "How many lines it has.", damaged: "How many of them are no entries." },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { follow, deploy } = call.inputs.journal;
    await using environment = await openEnvironment(call, NEED);
    const { report, signal } = environment.ports;
    let lines = await stateOf(environment).journal.lines();
    let told: readonly ShownLine[] = [];
    const tell = (): void => {
      const all = shownLines(lines, deploy);
      // The text of a line stays what it was; a later one can only settle it.
      for (const { line: number, at, text } of all.slice(told.length))
        report.say(`${String(number).padStart(5)}  ${at === undefined ? "" : `${at.replace("T", " ").slice(0, 19)}  `}${text}`);
      told = all;
    };
    report.say(`The journal of ${environment.title}: ${stateOf(environment).paths.journal} on ${environment.machine.name}. Times are UTC.`);
    tell();
    if (follow) {
      try {
        await followJournal(
          environment,
          async (quiet) => await openEnvironment({ ...call, ports: { ...call.ports, report: quiet } }, NEED),
          async (now) => {
            lines = await now.lines();
            tell();
            return false;
          },
        );
      } catch (error) {
        // That is how it ends.
        if (!signal.aborted) throw error;
      }
    }
    const { damaged, places } = lines;
    const open = damageOf(environment, fold(lines.entries, damaged));
    return {
      outputs: { lines: places.length + damaged.length, damaged: damaged.length },
      headline: `${environment.title}: ${plural(places.length, "entry", "entries")}${damaged.length === 0 ? ", each whole" : `; ${plural(damaged.length, "line is no entry", "lines are no entries")}`}`,
      blocks: [],
      exit: open === undefined ? 0 : 3,
      ways: open?.ways ?? [],
      // What was given to a step stays in the journal, as with `logs`.
      details: { lines: told },
    };
  },
});
