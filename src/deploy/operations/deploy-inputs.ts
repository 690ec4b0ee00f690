import { input, type Section } from "../../core/input.ts";
import { line } from "../../core/kinds.ts";

/** What `deploy` is told for itself, beside its steps' settings. */
export const deploySection = {
  name: "deploy",
  inputs: {
    confirm: input(line, {
      description:
        "At a terminal: the environment's name, typed in once the plan was read. A workflow needs none: its environment's rules are the confirmation.",
      perRun: true,
    }),
  },
} as const satisfies Section;
