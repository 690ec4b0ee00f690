import { inert } from "../../core/printable.ts";
import type { CheckoutLine } from "../../core/report.ts";
import type { Voice } from "../story.ts";
import type { Workflow } from "./commands.ts";

/** The runner keeps 10 annotations of each kind a step, and one error is the end's. */
const MOST_ANNOTATIONS = 9;
const LONGEST_ANNOTATION = 4000;

const MARKS = { done: "✓", failed: "✗", cancelled: "⏹" } as const;

/** Tells a story in a workflow's log: groups, headlines under them, annotations within the runner's limits. */
export function workflowVoice(workflow: Workflow): Voice {
  const left = { notice: MOST_ANNOTATIONS, warning: MOST_ANNOTATIONS };
  const annotate = (kind: "notice" | "warning", text: string, at?: CheckoutLine) => {
    left[kind] -= 1;
    if (left[kind] < 0) workflow.line(inert(`${kind === "warning" ? "Warning" : "Notice"}: ${text}`));
    else if (kind === "warning" && at !== undefined) workflow.warning(annotation(text), { file: at.file, startLine: at.line });
    else workflow[kind](annotation(text));
  };
  return {
    open: (title) => workflow.group(inert(title)),
    close: () => workflow.endGroup(),
    line: (text, depth) => workflow.line(indented(text, Math.max(0, depth - 1))),
    headline: (text, state, depth) => workflow.line(indented(`${MARKS[state]} ${text}`, Math.max(0, depth - 1))),
    detail: (text) => workflow.debug(inert(text)),
    notice: (text) => annotate("notice", text),
    warning: (text, at) => annotate("warning", text, at),
    hide: (forms) => {
      for (const form of forms) workflow.mask(form);
    },
  };
}

/** Cut to what the runner keeps of an annotation. */
export function annotation(text: string): string {
  const clean = inert(text);
  return clean.length <= LONGEST_ANNOTATION ? clean : `${clean.slice(0, LONGEST_ANNOTATION)} …`;
}

function indented(text: string, depth: number): string {
  return inert(text)
    .split("\n")
    .map((line) => "  ".repeat(depth) + line)
    .join("\n");
}
