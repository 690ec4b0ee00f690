import { isMap, isScalar, type Node } from "yaml";
import { type Input, type Inputs, type Section, SHARED, variableName } from "../core/input.ts";
import { nearest } from "../core/nearest.ts";
import type { Hooks } from "../core/operation.ts";
import type { Problem } from "../core/problems.ts";
import { type FileEntry, type FileProblem, SettingsDocument } from "./document.ts";
import type { LoadedProfile, ProfileRequest } from "./loading.ts";
import { readHooks } from "./read-hooks.ts";
import { settable } from "./settable.ts";
import { checkText, readValue, scalarText } from "./values.ts";

/** Inputs that the file says elsewhere: `app` at its top. */
const NOT_IN_ENVIRONMENT = new Set(["app"]);

/** Reads the file's text. Whatever is wrong with it is in the result's problems. */
export function readProfile(path: string, text: string, request: ProfileRequest): LoadedProfile {
  const document = new SettingsDocument(path, text);
  if (document.problems.length === 0) return new ProfileReader(document, request).read();
  return {
    app: request.app ?? request.fallbackApp,
    environment: request.environment ?? "production",
    only: false,
    hooks: {},
    layer: { source: path, raw: {} },
    problems: document.problems.map(toProblem),
    environments: [],
  };
}

class ProfileReader {
  readonly #document: SettingsDocument;
  readonly #request: ProfileRequest;
  readonly #problems: FileProblem[] = [];
  readonly #raw: Record<string, Record<string, string>> = {};
  #hooks: Hooks = {};

  constructor(document: SettingsDocument, request: ProfileRequest) {
    this.#document = document;
    this.#request = request;
  }

  read(): LoadedProfile {
    const top = this.#map(this.#document.root, `${this.#document.path}:1`, "the file");
    this.#unknown(top, ["app", "environments"], "at the top of the file");
    const appNode = top.find((entry) => entry.key === "app");
    const environments = this.#environments(top);
    const names = environments.map((entry) => entry.key);
    const name = this.#request.environment ?? (names.length === 1 ? names[0] : undefined) ?? "production";
    const chosen = environments.find((entry) => entry.key === name);
    if (chosen !== undefined && (this.#request.environment !== undefined || names.length === 1)) this.#environment(chosen);
    const problems = [...this.#choiceProblems(names), ...this.#problems.map(toProblem)];
    return {
      app: this.#request.app ?? this.#appName(appNode) ?? this.#request.fallbackApp,
      environment: name,
      only: names.length === 1 && names[0] === name,
      hooks: this.#hooks,
      layer: { source: this.#document.path, raw: this.#raw },
      problems,
      environments: names,
    };
  }

  #environments(top: readonly FileEntry[]): readonly FileEntry[] {
    const entry = top.find((one) => one.key === "environments");
    return entry?.value ? this.#map(entry.value, entry.at, "`environments`") : [];
  }

  #choiceProblems(names: readonly string[]): readonly Problem[] {
    const given = this.#request.environment;
    if (given === undefined && names.length > 1) {
      return [{ input: "environment", message: `must be given: ${this.#document.path} has ${names.join(", ")}` }];
    }
    if (given === undefined || names.length === 0 || names.includes(given) || this.#request.mayBeNew === true) return [];
    const near = nearest(given, names);
    return [
      {
        input: "environment",
        message: `is ${JSON.stringify(given)}, which ${this.#document.path} does not have${near === undefined ? `: it has ${names.join(", ")}` : `; did you mean ${JSON.stringify(near)}?`}`,
      },
    ];
  }

  #appName(entry: FileEntry | undefined): string | undefined {
    if (!entry?.value) return undefined;
    // As written: `007` is a name, and nothing behind the colon is none.
    if (isScalar(entry.value)) return scalarText(entry.value) || undefined;
    this.#problems.push({ at: entry.at, message: "`app` must be the app's name" });
    return undefined;
  }

  #environment(environment: FileEntry): void {
    const shared = this.#request.sections.find((section) => section.name === SHARED)?.inputs ?? {};
    const settings = settable(shared).filter((name) => !NOT_IN_ENVIRONMENT.has(name));
    const sections = this.#request.sections.filter((section) => section.name !== SHARED);
    const entries = this.#map(environment.value, environment.at, `\`${environment.key}\``);
    const known = [...settings, ...sections.map((section) => section.name), "hooks"];
    for (const entry of this.#unknown(entries, known, `in \`${environment.key}\``, shared)) {
      const section = sections.find((one) => one.name === entry.key);
      if (entry.key === "hooks") this.#readHooks(entry);
      else if (section !== undefined) this.#section(section, entry);
      else this.#setting(SHARED, entry, shared[entry.key]);
    }
  }

  #section(section: Section, entry: FileEntry): void {
    const settings = this.#map(entry.value, entry.at, `\`${section.name}\``);
    for (const setting of this.#unknown(settings, settable(section.inputs), `in \`${section.name}\``, section.inputs)) {
      this.#setting(section.name, setting, section.inputs[setting.key]);
    }
  }

  #setting(section: string, { key, value, at }: FileEntry, spec: Input<unknown> | undefined): void {
    if (spec === undefined) return;
    const reading = readValue(this.#document, value, spec);
    const wrong = "problem" in reading ? reading.problem : checkText(reading.text, spec);
    if (wrong === "SECRET") {
      const reference = spec.plainWhen?.("env:NAME") === true ? `\`${key}: env:NAME\` or ` : "";
      this.#problems.push({
        at,
        message: `\`${key}\` holds a secret, and files are no place for one: use ${reference}${variableName(section, key)}, and change the secret`,
      });
    } else if (wrong !== undefined) this.#problems.push({ at, message: `\`${key}\` ${wrong}; it must be ${spec.kind.form}` });
    else if ("text" in reading && reading.text !== "") (this.#raw[section] ??= {})[key] = reading.text;
  }

  #readHooks(entry: FileEntry): void {
    const { hooks, problems } = readHooks(this.#document, entry.value, entry.at);
    this.#hooks = hooks;
    this.#problems.push(...problems);
  }

  /** The entries of what must be a map; an empty value is an empty map. */
  #map(node: Node | null, at: string, what: string): readonly FileEntry[] {
    const value = this.#document.resolve(node);
    if (isMap(value)) return this.#document.entries(value);
    if (value !== null && !(isScalar(value) && value.value === null))
      this.#problems.push({ at, message: `${what} must be a map of \`name: value\`` });
    return [];
  }

  /** Reports the keys that are not known, and returns the others. */
  #unknown(entries: readonly FileEntry[], known: readonly string[], where: string, declared: Inputs = {}): readonly FileEntry[] {
    return entries.filter(({ key, at }) => {
      if (known.includes(key)) return true;
      this.#problems.push({ at, message: `\`${key}\` ${whyUnknown(key, known, where, declared)}` });
      return false;
    });
  }
}

/** More names than that are no help in one line. */
const MOST_NAMED = 24;

function whyUnknown(key: string, known: readonly string[], where: string, declared: Inputs): string {
  const isDeclared = Object.hasOwn(declared, key);
  if (NOT_IN_ENVIRONMENT.has(key) && isDeclared) return "stands at the top of the file, not in an environment";
  if (isDeclared) return "is said by each run, not by the file";
  const near = nearest(key, known);
  if (near !== undefined) return `is not known ${where}; did you mean \`${near}\`?`;
  return `is not known ${where}${known.length > MOST_NAMED ? "" : `; known there: ${known.join(", ")}`}`;
}

function toProblem({ at, message }: FileProblem): Problem {
  const cut = at.lastIndexOf(":");
  return { input: at, message, place: { file: at.slice(0, cut), line: Number(at.slice(cut + 1)) } };
}
