import { input, type Section } from "../core/input.ts";
import { count } from "../core/kinds.ts";

/** The settings of `mark-stable`. */
export const markStableSection = {
  name: "mark-stable",
  inputs: {
    "keep-tags": input(count({ min: 1 }), { description: "How many `stable-…` tags to keep; older ones are removed.", default: "50" }),
  },
} as const satisfies Section;
