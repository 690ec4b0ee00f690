import { externalName, type Inputs, type Section, type Sections, type SectionValues, type Values, variableName } from "./input.ts";
import { type Problem, refuseProblems } from "./problems.ts";
import { Secret } from "./secret.ts";

/** Raw texts by section and input name, as one source gave them. */
export type RawSettings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Sources of settings; the first that gives a non-empty text wins. */
export interface Layer {
  /** For messages: `with:`, `SAVEPOINT_*`, `savepoint.yml`, or `JOURNAL`. */
  readonly source: string;
  /** Of the journal: whose settings they were, e.g. `deploy 20261120T143022Z-abc1234`. */
  readonly of?: string;
  readonly raw: RawSettings;
}

/** The source of what was given on the command line. */
export const FLAGS = "flags";

/** The source of settings that were not said by this call, but by an earlier one, and kept on the host. */
export const JOURNAL = "the journal";

/** The source of settings that stand in the process's environment. */
const VARIABLES = "SAVEPOINT_* variables";

/** Where the journal keeps the names of the secrets that it does not keep. */
const WITHHELD = "withheld";

/** What two steps of one deploy were given, as the journal keeps it: the later one's word counts, and no secret's name is lost. */
export function mergeGiven(
  earlier: Readonly<Record<string, string>>,
  later: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const withheld = [earlier, later].flatMap((given) => (given[WITHHELD] ?? "").split(" ")).filter((name) => name !== "");
  return { ...earlier, ...later, ...(withheld.length > 0 && { [WITHHELD]: [...new Set(withheld)].join(" ") }) };
}

/** A section as it was read. Where there are problems, its values have holes, and nobody is to see them. */
interface SettingReading {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  readonly unreadable: readonly string[];
}

/** All settings of a run: the layers in order of precedence, and how their values are named to the user. */
export class Settings {
  readonly layers: readonly Layer[];
  readonly own: string | undefined;
  /** Layers do not change: what was read once is not read again. */
  readonly #readings = new WeakMap<Section, SettingReading>();

  constructor(layers: readonly Layer[], own: string | undefined) {
    this.layers = layers;
    this.own = own;
  }

  /** The same settings with one more source below all others (the journal). */
  withFallback(layer: Layer): Settings {
    return new Settings([...this.layers, layer], this.own);
  }

  /** The same settings with sources above all others. */
  withFirst(layers: readonly Layer[]): Settings {
    return new Settings([...layers, ...this.layers], this.own);
  }

  /**
   * The text given for an input, or undefined; an empty value is "not given". Without line breaks at its end: a secret that
   * was made from a file has one, and so has a block of YAML.
   */
  text(section: string, name: string): string | undefined {
    return this.#find(section, name)?.text;
  }

  /** The same settings as far as this call itself says them. */
  saidHere(): Settings {
    return new Settings(
      this.layers.filter(({ source }) => source !== JOURNAL),
      this.own,
    );
  }

  /** Every input of the sections. Throws one refusal with all that cannot be read: nobody gets values beside problems. */
  read<S extends Sections>(sections: S): SectionValues<S> {
    const problems = this.problems(sections);
    if (problems.length > 0) throw refuseProblems(problems);
    const values = Object.entries(sections).map(([key, section]) => [key, this.#reading(section).values]);
    return Object.fromEntries(values) as SectionValues<S>;
  }

  /** Every input of one section, read once. Throws as `read` does. */
  section<I extends Inputs>(section: Section<I>): Values<I> {
    return this.read({ section }).section;
  }

  /** What cannot be read of the sections, for whoever has more to tell with it. */
  problems(sections: Sections): readonly Problem[] {
    return Object.values(sections).flatMap((section) => this.#reading(section).problems);
  }

  /** The inputs of a section that were given, and whose text cannot be read. */
  unreadable(section: Section): readonly string[] {
    return this.#reading(section).unreadable;
  }

  /** What was given, as text, without secrets: what the journal keeps of a section. Secrets are named under `withheld`. */
  effective(section: Section): Readonly<Record<string, string>> {
    const given: Record<string, string> = {};
    const withheld: string[] = [];
    for (const [name, spec] of Object.entries(section.inputs)) {
      const value = this.text(section.name, name);
      // What is said for one run (a confirmation, a commit) is nothing that a later one may inherit.
      if (value === undefined || spec.perRun) continue;
      if (!spec.secret || spec.plainWhen?.(value) === true) given[name] = value;
      else withheld.push(name);
    }
    if (withheld.length > 0) given[WITHHELD] = withheld.join(" ");
    return given;
  }

  /** The secrets that a journaled source was given, and that nothing gives now. */
  missing(section: string): readonly string[] {
    const names = (this.text(section, WITHHELD) ?? "").split(" ").filter((name) => name !== "");
    return names.filter((name) => this.text(section, name) === undefined);
  }

  #reading(section: Section): SettingReading {
    const known = this.#readings.get(section);
    if (known !== undefined) return known;
    const reading = this.#read(section);
    this.#readings.set(section, reading);
    return reading;
  }

  #read(section: Section): SettingReading {
    const values: Record<string, unknown> = {};
    const problems: Problem[] = [];
    const unreadable: string[] = [];
    for (const [name, spec] of Object.entries(section.inputs)) {
      const found = this.#find(section.name, name);
      const given = found?.text ?? spec.fallback;
      if (given === undefined) {
        values[name] = undefined;
        continue;
      }
      try {
        // Nothing that runs a command can carry it.
        if (given.includes("\0")) throw new Error("holds a NUL character");
        values[name] = spec.kind.parse(given);
      } catch (error) {
        unreadable.push(name);
        problems.push({
          input: found?.layer.source === VARIABLES ? variableName(section.name, name) : this.nameOf(section.name, name),
          message: error instanceof Error ? error.message : "cannot be read",
          form: spec.kind.form,
          ...(found?.layer.source === JOURNAL && { source: [JOURNAL, found.layer.of].filter(Boolean).join(" of ") }),
        });
      }
    }
    return { values, problems, unreadable };
  }

  /** The first source that says something of an input. */
  #find(section: string, name: string): { readonly text: string; readonly layer: Layer } | undefined {
    for (const layer of this.layers) {
      const text = layer.raw[section]?.[name]?.replace(/[\r\n]+$/, "");
      if (text !== undefined && text !== "") return { text, layer };
    }
    return undefined;
  }

  /** What the user calls an input in this run. */
  nameOf(section: string, name: string): string {
    return externalName(section, name, this.own);
  }
}

/** Every secret text that was given, so that the report can mask it before anything else happens. */
export function givenSecrets(settings: Settings, sections: Sections): readonly Secret[] {
  const found: Secret[] = [];
  for (const section of Object.values(sections)) {
    for (const [name, spec] of Object.entries(section.inputs)) {
      if (!spec.secret) continue;
      const value = settings.text(section.name, name);
      if (value !== undefined && spec.plainWhen?.(value) !== true)
        found.push(new Secret(value, externalName(section.name, name, settings.own)));
    }
  }
  return found;
}

/** The layer of `SAVEPOINT_*` variables. */
export function variablesLayer(env: Readonly<Record<string, string | undefined>>, sections: Sections): Layer {
  const raw: Record<string, Record<string, string>> = {};
  for (const section of Object.values(sections)) {
    for (const name of Object.keys(section.inputs)) {
      const value = env[variableName(section.name, name)];
      if (value !== undefined && value !== "") (raw[section.name] ??= {})[name] = value;
    }
  }
  return { source: VARIABLES, raw };
}
