import { parse } from "yaml";
import { oneLine } from "../../core/printable.ts";
import type { Button, Supply } from "./button.ts";

/** Reads one workflow: undefined where it has no button, or none that rolls back. Pure. */
export function buttonIn(file: string, text: string): Button | undefined {
  const workflow = record(parsed(text));
  const on = record(workflow["on"]);
  if (!("workflow_dispatch" in on)) return undefined;
  const given = Object.values(record(workflow["jobs"])).flatMap((job) => rollbacksOf(record(job)))[0];
  if (given === undefined) return undefined;
  const inputs = new Map<string, Supply>();
  for (const [input, value] of Object.entries(given)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue;
    const said = String(value);
    const field = /^\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*(?:\|\|[^}]*)?\}\}$/.exec(said.trim())?.[1];
    if (field !== undefined) inputs.set(input, { field });
    else if (!said.includes("${{")) inputs.set(input, { fixed: said });
  }
  const fields = Object.entries(record(record(on["workflow_dispatch"])["inputs"])).map(([name, about]) => ({
    name,
    required: record(about)["required"] === true,
  }));
  const name = workflow["name"];
  return { file, name: typeof name === "string" && name !== "" ? oneLine(name) : file, inputs, fields };
}

/** What a job hands to a rollback: by one of its steps, or by calling the ready-made workflow. */
function rollbacksOf(job: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const steps = Array.isArray(job["steps"]) ? job["steps"].map((step) => record(step)) : [];
  return [job, ...steps]
    .filter(({ uses }) => typeof uses === "string" && /\/(?:actions\/rollback|\.github\/workflows\/rollback\.ya?ml)(?:@|$)/.test(uses))
    .map((one) => record(one["with"]));
}

function parsed(text: string): unknown {
  try {
    // `on` is a word in YAML 1.2.
    return parse(text, { maxAliasCount: 100 });
  } catch {
    // GitHub would not show a button for it either.
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
