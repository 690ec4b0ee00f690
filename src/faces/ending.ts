import { inspect } from "node:util";
import { Cancelled, Failure, firstError, messageOf, type PlacedProblem } from "../core/failure.ts";
import type { FailureCode } from "../core/failure-codes.ts";
import type { Block } from "../core/outcome.ts";
import { notInMessage } from "../core/once.ts";
import type { SqlState } from "../core/sql-state.ts";
import type { Way } from "../core/way.ts";
import { withoutRepeats } from "../core/repeated.ts";
import { readable } from "../core/printable.ts";
import { sentence } from "./sentence.ts";
import { type Short, type Pressed, wayLines } from "./ways.ts";

/** How a run ended badly, as both faces tell it: cause first, what was seen, what is true now, what to do. */
export interface BadEnding {
  readonly state: "failed" | "cancelled" | "bug";
  readonly message: string;
  readonly hint: string | undefined;
  readonly evidence: readonly string[];
  /** A line for each part: code, schema, app, lock. */
  readonly now: readonly string[];
  readonly ways: readonly Way[];
  readonly blocks: readonly Block[];
  readonly places: readonly PlacedProblem[];
  readonly outputs: Failure["outputs"];
  /** The row of the table of failures; undefined where nothing failed. */
  readonly code: FailureCode | SqlState | undefined;
  /** What the command line exits with. */
  readonly exit: 1 | 2 | 3 | 130;
  /** For the debug log only. */
  readonly trace: string;
}

const NOTHING = { hint: undefined, evidence: [], now: [], ways: [], blocks: [], places: [], outputs: {}, code: undefined } as const;

export function endingOf(thrown: unknown): BadEnding {
  const trace = thrown instanceof Error ? inspect(thrown) : String(thrown);
  const error = firstError(thrown);
  if (error instanceof Failure) {
    return {
      state: "failed",
      message: sentence(error.message),
      hint: error.hint,
      evidence: notInMessage(error.message, error.evidence),
      now: error.state,
      ways: error.ways,
      blocks: error.blocks,
      places: error.places,
      outputs: error.outputs,
      code: error.code ?? "unexpected",
      exit: error.exit,
      trace,
    };
  }
  if (error instanceof Cancelled) {
    const message = sentence(error.message);
    const { state: now = [], hint, ways = [], blocks = [], outputs = {} } = error.details;
    return { ...NOTHING, state: "cancelled", message, now, hint, ways, blocks, outputs, exit: 130, trace };
  }
  return {
    ...NOTHING,
    state: "bug",
    message: sentence(messageOf(error)) || "An unknown error.",
    hint: "Savepoint did not expect this: it is a bug. Run again with debug logging for the stack, and report it.",
    code: "unexpected",
    // Nobody can say what it left behind.
    exit: 3,
    trace,
  };
}

/** The lines below the message, in the order in which a reader needs them. */
export function endingLines(
  ending: Pick<BadEnding, "evidence" | "now" | "hint" | "ways">,
  pressed?: Pressed,
  short: Short = { rest: "run the same with --json, or, while a deploy is open, look with the command `status`" },
): readonly string[] {
  const block = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)]);
  return [
    ...block(
      "What was seen:",
      withoutRepeats(ending.evidence.flatMap((text) => text.split("\n"))).map((line) => readable(line)),
    ),
    ...block("How things stand:", ending.now),
    ...block("What to do:", ending.hint === undefined ? [] : ending.hint.split("\n")),
    ...wayLines(ending.ways, pressed, short),
  ];
}
