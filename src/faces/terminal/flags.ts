import { plural, quoted } from "../../core/format.ts";
import { externalName, type Input, SHARED, variableName } from "../../core/input.ts";
import { flag } from "../../core/kinds.ts";
import { misspelt, nearest } from "../../core/nearest.ts";
import type { Operation } from "../../core/operation.ts";
import type { Problem } from "../../core/problems.ts";
import { FLAGS, type Layer } from "../../core/settings.ts";

/** What the face itself understands, whatever the operation. */
export const FACE_FLAGS = ["help", "json", "quiet", "verbose", "debug", "version"] as const;
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

/** Those that mean something to it: what people are shown. */
export function shownFlags(operation: Operation): readonly Flag[] {
  const over = new Set(operation.passesOver);
  return flagsOf(operation).filter(({ section, input }) => section !== SHARED || !over.has(input));
}

/** The words that its first word without a flag may be, where they are few: `status`, `plan`, … behind `migrate`. */
export function leadingWords(operation: Operation): readonly string[] {
  const [first] = operation.positionals ?? [];
  return flagsOf(operation).find(({ name }) => name === first)?.spec.kind.choices ?? [];
}

/** The description with choices and default, where they are not said in it already. */
export function describe({ spec }: Pick<Flag, "spec">): string {
  const { description, kind, fallback } = spec;
  const open = kind.choices?.filter((one) => !description.includes(`\`${one}\``)) ?? [];
  const choices = open.length > 0 && kind !== flag ? ` One of ${kind.choices?.map((one) => `\`${one}\``).join(", ")}.` : "";
  const at = description.indexOf(" Default:");
  const [meaning, said] = at < 0 ? [description, ""] : [description.slice(0, at), description.slice(at)];
  const standard = fallback !== undefined && fallback !== "" && said === "" ? ` Default: \`${fallback}\`.` : "";
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
    const left = [...words];
    for (let word = left.shift(); word !== undefined; word = left.shift()) {
      if (word === "-h") this.#face.add("help");
      else if (word === "--") this.#free.push(...left.splice(0));
      else if (isArmour(word))
        this.#problems.push({ input: "-----BEGIN …", message: `stands without a flag, with ${plural(armoured(left), "word")} behind it` });
      else if (word.startsWith("--")) this.#flag(word.slice(2), left);
      else if (word.startsWith("-") && word !== "-")
        this.#problems.push({ input: shown(word), message: `is not known; flags are written --name` });
      else this.#free.push(word);
    }
    this.#positionals();
    return { given: { source: FLAGS, raw: this.#raw }, problems: this.#problems, face: this.#face };
  }

  #flag(text: string, left: string[]): void {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const attached = equals < 0 ? undefined : text.slice(equals + 1);
    const own = FACE_FLAGS.find((one) => one === name);
    const known = this.#flags.get(name);
    if (own !== undefined && attached === undefined) this.#face.add(own);
    else if (known === undefined) this.#unknown(name, attached === undefined ? left : []);
    else if (known.bare) this.#take(known, attached ?? (left[0] === "true" || left[0] === "false" ? left.shift() : "true"));
    else if (attached === undefined && isArmour(left[0])) this.#cut(known, left);
    else if (known.spec.secret) this.#secret(known, attached ?? this.#following(left));
    else this.#take(known, attached ?? this.#following(left));
  }

  /** The next word, where it is a value: one that begins with dashes is none where it is a flag, or nearly one. */
  #following(left: string[]): string | undefined {
    const name = /^--([a-z][a-z0-9-]*)(?:=|$)/i.exec(left[0] ?? "")?.[1];
    const isFlag = name !== undefined && misspelt(name, [...this.#flags.keys(), ...FACE_FLAGS]) !== undefined;
    return isFlag ? undefined : left.shift();
  }

  /** Without quotes the shell makes words of a PEM, and none of them may be told. */
  #cut(known: Flag, left: string[]): void {
    const count = armoured(left);
    if (known.spec.secret) return this.#secret(known, "");
    this.#problems.push({
      input: `--${known.name}`,
      message: `came as ${plural(count, "word")}: put it in quotes, or give the file's path`,
    });
  }

  #take({ name, section, input }: Flag, value: string | undefined): void {
    const values = (this.#raw[section] ??= {});
    if (value === undefined)
      this.#problems.push({ input: `--${name}`, message: `needs a value: --${name} VALUE (or --${name}=VALUE where it begins with --)` });
    else if (values[input] !== undefined) this.#problems.push({ input: `--${name}`, message: "is given twice" });
    else values[input] = value;
  }

  /** A flag would show in `ps` and in the shell's history. A reference (`env:NAME`) is none. */
  #secret(known: Flag, value: string | undefined): void {
    if (value !== undefined && known.spec.plainWhen?.(value) === true) return this.#take(known, value);
    const variable = variableName(known.section, known.input);
    this.#problems.push({ input: `--${known.name}`, message: `is a secret, and flags are seen by others: set ${variable} instead` });
  }

  #unknown(name: string, left: string[]): void {
    const near = nearest(name, [...this.#flags.keys(), ...FACE_FLAGS]);
    // What follows is most likely its value: it would only be complained about a second time, and may be a secret.
    const bare = this.#flags.get(near ?? "")?.bare ?? FACE_FLAGS.some((one) => one === near);
    if (isArmour(left[0])) armoured(left);
    else if (!bare && left[0] !== undefined && !isFlagShaped(left[0].split("=", 1)[0] ?? "")) left.shift();
    this.#problems.push({
      input: shown(`--${name}`),
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
        this.#problems.push({ input: quoted(word), message: `is not understood${near === undefined ? "" : `; did you mean --${near}?`}` });
        return;
      }
      const values = (this.#raw[known.section] ??= {});
      if (index > last) values[known.input] = `${values[known.input]} ${word}`;
      else this.#take(known, word);
    });
  }
}

/** Whether a word is the beginning of a PEM that the shell cut into words. */
function isArmour(word: string | undefined): boolean {
  return word === "-----BEGIN";
}

/** Takes the words of a PEM that was cut, to its end, and counts them. */
function armoured(left: string[]): number {
  const end = left.findIndex((word, index) => word.endsWith("-----") && left.slice(0, index).some((one) => one.includes("-----END")));
  return left.splice(0, end < 0 ? left.length : end + 1).length;
}

/** A word that begins with a dash, as it can be told: flags are short, keys and certificates are not. */
function shown(word: string): string {
  return isFlagShaped(word) && word.length <= 40 ? word : `A word of ${plural(word.length, "character")} that begins with a dash`;
}

function isFlagShaped(word: string): boolean {
  return /^--?[a-z][a-z0-9-]*$/i.test(word);
}
