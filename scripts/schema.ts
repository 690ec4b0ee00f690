import { HOOK_POINTS } from "../src/config/hooks.ts";
import { settable } from "../src/config/settable.ts";
import { type Input, type Section, SHARED } from "../src/core/input.ts";
import { describe } from "../src/faces/terminal/flags.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema of `savepoint.yml`, for editors. What it accepts is checked once more, and better, by the reader. */
export function profileSchema(sections: readonly Section[]): Schema {
  const shared = sections.find(({ name }) => name === SHARED);
  const named = sections.filter(({ name, inputs }) => name !== SHARED && settable(inputs).length > 0);
  const commands = { oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };
  const environment = {
    ...properties(shared, new Set(["app"])),
    ...Object.fromEntries(named.map((section) => [section.name, map(properties(section))])),
    hooks: {
      ...map(Object.fromEntries(HOOK_POINTS.map((point) => [point, commands]))),
      description: "Commands around steps, run in `app-dir` on the host.",
    },
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "savepoint.yml",
    ...map({
      app: { type: "string", description: "The app's name. Default: the repository's." },
      environments: { type: "object", description: "The environments by name.", additionalProperties: map(environment) },
    }),
  };
}

function map(entries: Schema): Schema {
  return { type: "object", additionalProperties: false, properties: entries };
}

function properties(section: Section | undefined, without: ReadonlySet<string> = new Set()): Schema {
  const inputs = section?.inputs ?? {};
  // A secret without a form that refers to one has no place in a file.
  const names = settable(inputs).filter(
    (name) => !without.has(name) && (inputs[name]?.secret !== true || inputs[name].plainWhen !== undefined),
  );
  return Object.fromEntries(names.flatMap((name) => (inputs[name] === undefined ? [] : [[name, property(inputs[name])]])));
}

function property(spec: Input<unknown>): Schema {
  const description = describe({ spec });
  const { choices, entries } = spec.kind;
  if (choices?.join() === "true,false") return { description, type: "boolean" };
  if (choices !== undefined) return { description, enum: choices };
  const scalar = { type: ["string", "number", "boolean"] };
  if (entries === undefined) return { description, ...scalar };
  const list = { type: "array", items: scalar };
  const pairs = entries.between === undefined ? [] : [{ type: "object", additionalProperties: scalar }];
  return { description, anyOf: [scalar, list, ...pairs] };
}
