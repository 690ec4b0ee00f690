import type { Inputs } from "../core/input.ts";

/** The names of a section's inputs that the file may hold. */
export function settable(inputs: Inputs): readonly string[] {
  return Object.entries(inputs)
    .filter(([, spec]) => !spec.perRun)
    .map(([name]) => name);
}
