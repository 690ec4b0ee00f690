import { externalName, type Input, variableName } from "../core/input.ts";
import { flag } from "../core/kinds.ts";
import { nearest } from "../core/nearest.ts";
import type { Operation } from "../core/operation.ts";
import type { Layer, Problem } from "../core/settings.ts";

/** What the face itself understands, whatever the operation. */
export const FACE_FLAGS = ["help", "json", "debug", "version"] as const;
type FaceFlag = (typeof FACE_FLAGS)[number];

/** An operation's input as the command line has it. */
export interface Flag {
  /** Without dashes: `health-timeout`. */
  readonly name: string;
  readonly section: string;
  readonly input: string;
  readonly spec: Input<unknown>;
  /** Takes no value: `--dry-run`. */
  readonly bare: boolean;
}

export function flagsOf(operation: Operation): readonly Flag[] {
  return Object.values(operation.sections).flatMap((section) =>
    Object.entries(section.inputs).map(([input, spec]) => ({
      name: externalName(section.name, input, operation.own),
      section: section.name,
      input,
      spec,
      bare: spec.kind === flag,
    })),
  );
}

/** The description with choices and default, where they are not said in it already. */
export function describe({ spec }: Pick<Flag, "spec">): string {
  const { description, kind, fallback } = spec;
  const open = kind.choices?.filter((one) => !description.includes(`\`${one}\``)) ?? [];
  const choices = open.length > 0 && kind !== flag ? ` One of ${kind.choices?.map((one) => `\`${one}\``).join(", ")}.` : "";
  const at = description.indexOf(" Default:");
  const [meaning, said] = at < 0 ? [description, ""] : [description.slice(0, at), description.slice(at)];
  const standard = fallback !== undefined && said === "" ? ` Default: \`${fallback}\`.` : "";
  return `${meaning}${choices}${said}${standard}`;
}

export interface ReadFlags {
  readonly given: Layer;
  readonly problems: readonly Problem[];
  readonly face: ReadonlySet<FaceFlag>;
}

/** Reads `--name value`, `--name=value`, `--dry-run`, and the words without a flag. Everything wrong is collected. */
export function readFlags(operation: Operation, words: readonly string[]): ReadFlags {
  return new FlagReader(operation).read(words);
}

class FlagReader {
  readonly #operation: Operation;
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #raw: Record<string, Record<string, string>> = {};
  readonly #problems: Problem[] = [];
  readonly #face = new Set<FaceFlag>();
  readonly #free: string[] = [];

  constructor(operation: Operation) {
    this.#operation = operation;
    this.#flags = new Map(flagsOf(operation).map((one) => [one.name, one]));
  }

  read(words: readonly string[]): ReadFlags {
    const end = words.indexOf("--");
    const left = [...(end < 0 ? words : words.slice(0, end))];
    for (let word = left.shift(); word !== undefined; word = left.shift()) {
      if (word === "-h") this.#face.add("help");
      else if (word.startsWith("--")) this.#flag(word.slice(2), left);
      else if (word.startsWith("-") && word !== "-")
        this.#problems.push({ input: word, message: `is not known; flags are written --name` });
      else this.#free.push(word);
    }
    if (end >= 0) this.#free.push(...words.slice(end + 1));
    this.#positionals();
    return { given: { source: "flags", raw: this.#raw }, problems: this.#problems, face: this.#face };
  }

  #flag(text: string, left: string[]): void {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const attached = equals < 0 ? undefined : text.slice(equals + 1);
    const own = FACE_FLAGS.find((one) => one === name);
    const known = this.#flags.get(name);
    if (own !== undefined && attached === undefined) this.#face.add(own);
    else if (known === undefined) this.#unknown(name, attached === undefined ? left : []);
    else if (known.spec.secret) this.#secret(known, attached ?? left[0], left, attached === undefined);
    else this.#take(known, attached ?? this.#following(known, left));
  }

  #following({ bare }: Flag, left: string[]): string | undefined {
    if (bare) return left[0] === "true" || left[0] === "false" ? left.shift() : "true";
    return left[0] === undefined || left[0].startsWith("--") ? undefined : left.shift();
  }

  #take({ name, section, input }: Flag, value: string | undefined): void {
    const values = (this.#raw[section] ??= {});
    if (value === undefined)
      this.#problems.push({ input: `--${name}`, message: `needs a value: --${name} VALUE (or --${name}=VALUE where it begins with --)` });
    else if (values[input] !== undefined) this.#problems.push({ input: `--${name}`, message: "is given twice" });
    else values[input] = value;
  }

  /** A flag would show in `ps` and in the shell's history. A reference (`env:NAME`) is none. */
  #secret(known: Flag, value: string | undefined, left: string[], following: boolean): void {
    if (following && value !== undefined && !value.startsWith("--")) left.shift();
    if (value !== undefined && known.spec.plainWhen?.(value) === true) return this.#take(known, value);
    const variable = variableName(known.section, known.input);
    this.#problems.push({ input: `--${known.name}`, message: `is a secret, and flags are seen by others: set ${variable} instead` });
  }

  #unknown(name: string, left: string[]): void {
    const near = nearest(name, [...this.#flags.keys(), ...FACE_FLAGS]);
    // What follows is most likely its value, and would only be complained about a second time.
    if (this.#flags.get(near ?? "")?.bare === false && left[0]?.startsWith("-") === false) left.shift();
    this.#problems.push({
      input: `--${name}`,
      message: `is not a flag of ${this.#operation.name}${near === undefined ? "" : `; did you mean --${near}?`}`,
    });
  }

  #positionals(): void {
    const names = this.#operation.positionals ?? [];
    this.#free.forEach((word, index) => {
      const last = names.length - 1;
      const known = this.#flags.get(names[Math.min(index, last)] ?? "");
      if (known === undefined) {
        const near = nearest(word, this.#flags.keys());
        this.#problems.push({
          input: JSON.stringify(word),
          message: `is not understood${near === undefined ? "" : `; did you mean --${near}?`}`,
        });
        return;
      }
      const values = (this.#raw[known.section] ??= {});
      if (index > last) values[known.input] = `${values[known.input]} ${word}`;
      else this.#take(known, word);
    });
  }
}
