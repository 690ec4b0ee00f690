import { input, type Section } from "../core/input.ts";
import { count, line } from "../core/kinds.ts";

/** The settings of `mark-stable`. */
export const markStableSection = {
  name: "mark-stable",
  inputs: {
    "keep-tags": input(count({ min: 1 }), { description: "How many `stable-…` tags to keep; older ones are removed.", default: "50" }),
    confirm: input(line, {
      description: "At a terminal: the environment's name, typed in. A workflow needs none: its environment's rules are the confirmation.",
      perRun: true,
    }),
  },
} as const satisfies Section;
