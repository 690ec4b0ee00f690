import { externalName } from "../../core/input.ts";
import { nearest } from "../../core/nearest.ts";
import type { Operation } from "../../core/operation.ts";
import type { Problem } from "../../core/problems.ts";
import type { Layer } from "../../core/settings.ts";

const PREFIX = "INPUT_";

/** What a workflow's step gives under `with:`, and which of it this operation does not know. */
export function withLayer(
  operation: Operation,
  env: Readonly<Record<string, string | undefined>>,
): { readonly given: Layer; readonly problems: readonly Problem[] } {
  const raw: Record<string, Record<string, string>> = {};
  const known = new Map<string, string>();
  for (const section of Object.values(operation.sections)) {
    for (const name of Object.keys(section.inputs)) {
      const external = externalName(section.name, name, operation.own);
      const variable = variableOf(external);
      known.set(variable, external);
      const value = env[variable];
      if (value !== undefined && value !== "") (raw[section.name] ??= {})[name] = value;
    }
  }
  const problems = Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && !known.has(variable))
    .map((variable) => {
      const name = variable.slice(PREFIX.length).toLowerCase();
      const near = nearest(name, known.values());
      return { input: name, message: `is not an input of ${operation.name}${near === undefined ? "" : `; did you mean \`${near}\`?`}` };
    });
  return { given: { source: "with:", raw }, problems };
}

/** As the runner makes it: upper case, spaces to underscores, hyphens kept. */
function variableOf(name: string): string {
  return `${PREFIX}${name.toUpperCase().replaceAll(" ", "_")}`;
}
