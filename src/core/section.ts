import type { Inputs, Section } from "./input.ts";

/** The same section without some of its inputs: what a composed operation decides itself. */
export function without<I extends Inputs, const N extends keyof I & string>(
  section: Section<I>,
  ...names: readonly N[]
): Section<Omit<I, N>> {
  const kept = Object.fromEntries(Object.entries(section.inputs).filter(([name]) => !(names as readonly string[]).includes(name)));
  return { name: section.name, inputs: kept as Omit<I, N> };
}
