import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { forAct } from "../lab/act.ts";

/** One of the workflows in `examples/` as a user would take it over: each value that is theirs to fill in is filled in. */
export async function exampleWorkflow(name: string, values: Readonly<Record<string, string>> = {}): Promise<string> {
  let text = await readFile(new URL(`../../examples/${name}`, import.meta.url), "utf8");
  for (const [placeholder, value] of Object.entries(values)) {
    expect(text).toContain(placeholder);
    text = text.replaceAll(placeholder, value);
  }
  return forAct(text);
}
