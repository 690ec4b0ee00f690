import { Failure, messageOf, type PlacedProblem } from "../../core/failure.ts";
import type { Outcome, OutputValue } from "../../core/outcome.ts";
import { type BadEnding, endingLines, endingOf } from "../ending.ts";
import { handsOf } from "./hands.ts";
import { linksTo } from "./links.ts";
import type { Masker } from "../masker.ts";
import { inert } from "../../core/printable.ts";
import { readOnLine } from "../read-on.ts";
import { endingSummary, outcomeSummary } from "./summary.ts";
import { outcomeLines } from "../text.ts";
import type { Workflow } from "./commands.ts";
import { wayLines } from "../ways.ts";
import { annotation } from "./voice.ts";

/** The runner keeps 10 errors a step, and the first one is the whole. */
const MOST_PLACES = 9;

const IN_SUMMARY = { rest: "in the summary of this step" };

interface StepWorld {
  readonly workflow: Workflow;
  readonly masker: Masker;
  /** Whether a command of ours was printed by now, by a warning or a block. */
  readonly mentioned: () => boolean;
  /** The runner's variables, for links to the run and its commits. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Says what came of it: the headline, the details folded, the outputs, the summary. Throws where outputs cannot be set. */
export async function reportOutcome({
  outcome,
  workflow,
  masker,
  mentioned,
  env,
}: StepWorld & { readonly outcome: Outcome }): Promise<void> {
  const line = (text: string) => workflow.line(inert(text));
  const { outputs, ...words } = outcome;
  const told = masker.maskAll(words);
  line(`✓ ${told.headline}`);
  const details = outcomeLines({ blocks: told.blocks });
  if (details.length > 0) {
    workflow.group("Details");
    for (const text of details) line(text);
    workflow.endGroup();
  }
  const hands = await handsOf(env);
  for (const text of wayLines(told.ways ?? [], (way) => hands.press(way)?.line)) line(text);
  if ((told.ways ?? []).length > 0 || mentioned()) line(hands.program);
  if (told.summary !== false) await writeSummary(outcomeSummary(told, hands, linksTo(env, outputs)), { workflow, masker });
  setOutputs(outputs, { workflow, masker });
}

/** Says why it ended: the cause first, as the annotation; then what was seen, how things stand and what to do. */
export async function reportEnding({
  name,
  error,
  workflow,
  masker,
  mentioned,
  env,
}: StepWorld & { readonly name: string; readonly error: unknown }): Promise<void> {
  const { outputs, ...words } = endingOf(error);
  const ending = masker.maskAll(words);
  const line = (text: string) => workflow.line(inert(text));
  if (ending.state === "cancelled") line(`⏹ ${ending.message}`);
  else tellError(name, ending, workflow);
  // What was found is the log's as well as the summary's: it is the whole of such an ending.
  for (const text of outcomeLines({ blocks: ending.blocks.filter(({ kind }) => kind === "findings") })) line(text);
  // Right below the annotation its hint need not be said again.
  const said = ending.state !== "cancelled" && ending.evidence.length === 0 && ending.now.length === 0;
  const hands = await handsOf(env);
  for (const text of endingLines(said ? { ...ending, hint: undefined } : ending, (way) => hands.press(way)?.line, IN_SUMMARY)) line(text);
  if (ending.ways.length > 0 || mentioned()) line(hands.program);
  if (ending.code !== undefined) line(readOnLine(ending.code));
  workflow.debug(inert(ending.trace));
  await writeSummary(endingSummary(name, ending, hands, linksTo(env, outputs)), { workflow, masker });
  try {
    setOutputs(outputs, { workflow, masker });
  } catch (cause) {
    line(masker.mask(`Besides: ${messageOf(cause)}`));
  }
}

/** The whole as one annotation; what stands in a file of the checkout is shown at its lines as well. */
function tellError(title: string, ending: Pick<BadEnding, "message" | "hint" | "places">, workflow: Workflow): void {
  const only = ending.places.find((place) => place.message === ending.message);
  workflow.error(annotation(annotated(ending)), { title, ...lineOf(only) });
  if (only !== undefined) return;
  for (const place of ending.places.slice(0, MOST_PLACES)) workflow.error(annotation(place.message), { title, ...lineOf(place) });
}

function lineOf(place: PlacedProblem | undefined): { readonly file?: string; readonly startLine?: number } {
  return place === undefined ? {} : { file: place.file, startLine: place.line };
}

/** The annotation is all that many readers see: it carries the next move as well. */
function annotated({ message, hint }: Pick<BadEnding, "message" | "hint">): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function setOutputs(outputs: Readonly<Record<string, OutputValue>>, { workflow, masker }: Pick<StepWorld, "workflow" | "masker">): void {
  try {
    for (const [name, value] of Object.entries(outputs)) {
      if (value === undefined) continue;
      const text = outputText(value);
      if (masker.touches(text))
        workflow.warning(`The output \`${name}\` holds what is also a secret; GitHub empties it where another job reads it.`);
      workflow.output(name, text);
    }
  } catch (cause) {
    throw new Failure("The step's outputs could not be set, although its work is done.", {
      code: "outputs-not-set",
      cause,
      evidence: [messageOf(cause)],
    });
  }
}

/** Lists are JSON, booleans `true` and `false` (contract, 7). */
export function outputText(value: Exclude<OutputValue, undefined>): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function writeSummary(markdown: string, { workflow, masker }: Pick<StepWorld, "workflow" | "masker">): Promise<void> {
  try {
    await workflow.summary(markdown);
  } catch (error) {
    // A run is not red for a page that could not be written; everything in it is in the log.
    workflow.warning(annotation(masker.mask(`The summary could not be written: ${messageOf(error)}`)));
  }
}
