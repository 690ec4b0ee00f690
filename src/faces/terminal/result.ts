import type { Outcome } from "../../core/outcome.ts";
import { endingLines, endingOf } from "../ending.ts";
import type { Masker } from "../masker.ts";
import { printable } from "../../core/printable.ts";
import { readOnLine } from "../read-on.ts";
import type { Screen } from "./screen.ts";
import { paint } from "./voice.ts";
import { outcomeLines } from "../text.ts";

/** Where a result goes, and in which form. */
export interface Result {
  readonly out: Screen;
  readonly err: Screen;
  readonly masker: Masker;
  readonly json: boolean;
  readonly operation: string;
}

const MARKS = { 0: ["✓", "green"], 1: ["✗", "red"], 3: ["!", "yellow"] } as const;

export function printOutcome(outcome: Outcome, { out, err, masker, json, operation }: Result): void {
  const told = masker.maskAll(outcome);
  const story = json ? err : out;
  const [sign, colour] = MARKS[told.exit ?? 0];
  const mark = paint(story, colour, sign);
  story.line(`${mark} ${paint(story, "bold", printable(told.headline))}`);
  for (const line of outcomeLines(told, story.columns)) story.line(printable(line));
  if (!json) return;
  const { headline, outputs, details, ways = [], exit = 0 } = told;
  out.line(JSON.stringify({ operation, result: "done", exit, headline, outputs, next: ways[0]?.command, ways, details }, null, 2));
}

/** Says why it ended; returns the exit code. */
export function printEnding(error: unknown, { out, err, masker, json, operation, debug }: Result & { readonly debug: boolean }): number {
  const ending = masker.maskAll(endingOf(error));
  const [first = "", ...rest] = printable(ending.message).split("\n");
  err.line(`${ending.state === "cancelled" ? paint(err, "yellow", "⏹") : paint(err, "red", "✗")} ${paint(err, "bold", first)}`);
  for (const line of rest) err.line(line);
  // What to do stands last: at a terminal that is what is still seen.
  const seen = endingLines({ ...ending, now: [], hint: undefined, ways: [] });
  const shown = outcomeLines({ blocks: ending.blocks }, err.columns);
  for (const line of [...seen, ...shown, ...endingLines({ ...ending, evidence: [] })]) err.line(printable(line));
  if (ending.code !== undefined) err.line(readOnLine(ending.code));
  if (debug) for (const line of printable(ending.trace).split("\n")) err.line(paint(err, "dim", `  [debug] ${line}`));
  if (json) {
    const { message, code, hint, evidence, now, ways, outputs } = ending;
    const next = ways[0]?.command;
    out.line(
      JSON.stringify(
        { operation, result: ending.state, exit: ending.exit, message, code, hint, evidence, state: now, next, ways, outputs },
        null,
        2,
      ),
    );
  }
  return ending.exit;
}
