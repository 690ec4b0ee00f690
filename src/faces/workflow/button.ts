import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Way } from "../../core/way.ts";
import { quote, unquote } from "../../machine/quote.ts";
import { PROGRAM } from "../program.ts";
import { oneLine } from "../../core/printable.ts";

/** The field of the form that fills an input, or the text that the workflow gives it. */
type Supply = { readonly field: string } | { readonly fixed: string };

/** A workflow of the repository that a person can start, and that rolls back. */
export interface Button {
  /** Its file's name, in `.github/workflows`. */
  readonly file: string;
  readonly name: string;
  /** By input of the rollback. */
  readonly inputs: ReadonlyMap<string, Supply>;
  /** The fields in the order of the form. */
  readonly fields: readonly { readonly name: string; readonly required: boolean }[];
}

/** What to fill in, in the order of the form. */
export type Filled = readonly { readonly field: string; readonly value: string }[];

/** Where the workflow knows by itself where to go; these need no field. */
const PLACES = new Set(["host", "jump-host", "state-dir", "app", "environment"]);
const LARGEST = 256 * 1024;
const MOST_FILES = 200;

/** The rollback workflows of the checkout, by file name; what cannot be read is none. */
export async function findButtons(env: Readonly<Record<string, string | undefined>>): Promise<readonly Button[]> {
  const folder = join(env["GITHUB_WORKSPACE"] ?? "", ".github", "workflows");
  if (!folder.startsWith("/")) return [];
  const files = await readdir(folder).catch(() => []);
  const workflows = files.filter((name) => /^[\w.-]+\.ya?ml$/.test(name)).toSorted();
  const texts = await Promise.all(workflows.slice(0, MOST_FILES).map(async (file) => ({ file, text: await read(join(folder, file)) })));
  return texts.flatMap(({ file, text }) => buttonIn(file, text) ?? []);
}

/** Empty where it is no file, or a huge one: from a pipe or a device nothing would ever come, or no end. */
async function read(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size <= LARGEST ? await readFile(path, "utf8").catch(() => "") : "";
}

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

/** The values for the form that do what the command does; undefined where the form cannot say it. Pure. */
export function filledFor(button: Button, { command }: Pick<Way, "command">, repository: string): Filled | undefined {
  const [program, operation, ...words] = unquote(command);
  if (program !== PROGRAM || operation !== "rollback") return undefined;
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const [flag = "", value] = [words[at], words[at + 1]];
    if (!flag.startsWith("--") || value === undefined) return undefined;
    const name = flag.slice(2);
    const place = button.inputs.get(name);
    if (place === undefined) {
      if (!PLACES.has(name)) return undefined;
    } else if ("fixed" in place) {
      if (place.fixed !== value && !PLACES.has(name)) return undefined;
    } else if (needed(button, { name, field: place.field, value, repository })) {
      if ((values.get(place.field) ?? value) !== value) return undefined;
      values.set(place.field, value);
    }
  }
  return button.fields.flatMap(({ name }) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ field: name, value }];
  });
}

/** Where a place may be left empty, the workflow's own variables say it; only an app of another name has to be told. */
function needed(
  button: Button,
  {
    name,
    field,
    value,
    repository,
  }: { readonly name: string; readonly field: string; readonly value: string; readonly repository: string },
): boolean {
  if (!PLACES.has(name) || name === "environment") return true;
  return name === "app" ? value !== repository : button.fields.some((one) => one.name === field && one.required);
}

/** `Actions → Rollback → Run workflow: environment production, reason '…'`. */
export function pressedLine({ name }: Button, filled: Filled): string {
  return `Actions → ${name} → Run workflow: ${filled.map(({ field, value }) => `${field} ${quote(["", value]).slice(3)}`).join(", ")}`;
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
