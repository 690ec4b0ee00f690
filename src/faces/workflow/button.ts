import type { Way } from "../../core/way.ts";
import { quote, unquote } from "../../machine/quote.ts";
import { PROGRAM } from "../program.ts";

/** The field of the form that fills an input, or the text that the workflow gives it. */
export type Supply = { readonly field: string } | { readonly fixed: string };

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
