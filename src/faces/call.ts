import { loadProfile } from "../config/profile.ts";
import { type Section, type Sections, type SectionValues, SHARED, variableName } from "../core/input.ts";
import { nearest } from "../core/nearest.ts";
import type { Operation, Profile } from "../core/operation.ts";
import { type Problem, refuseProblems } from "../core/problems.ts";
import type { Secret } from "../core/secret.ts";
import { givenSecrets, type Layer, Settings, variablesLayer } from "../core/settings.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface PreparedCall {
  readonly settings: Settings;
  readonly inputs: SectionValues<Sections>;
  readonly profile: Profile;
}

/** What a call was given, by the face itself and by variables. */
export interface Sources {
  readonly operation: Operation;
  readonly given: Layer;
  /** What was wrong with `given` as the face read it: unknown names, missing values. */
  readonly problems: readonly Problem[];
  readonly env: Variables;
  /** Every section that a source may name, this operation's among them. */
  readonly sections: readonly Section[];
}

/** All sections there are, and those that only the operation has. It may leave inputs out of a section that others use. */
export function sectionsFor(operation: Operation, all: readonly Section[]): readonly Section[] {
  return Object.values({ ...recordOf(Object.values(operation.sections)), ...recordOf(all) });
}

/** Every secret that was given, used by this call or not: to be masked before anything else happens. */
export function secretsIn(sources: Sources): readonly Secret[] {
  const all = recordOf(sources.sections);
  return layersOf(sources).flatMap((layer) => givenSecrets(new Settings([layer], undefined), all));
}

/** Puts the sources together (contract, 7) and reads every input. Throws one Failure with all that is wrong. */
export async function prepareCall(
  sources: Sources,
  file: { readonly read: (path: string) => Promise<string | undefined>; readonly fallbackApp: string | undefined },
): Promise<PreparedCall> {
  const { operation, sections } = sources;
  const above = layersOf(sources);
  const said = new Settings(above, operation.own);
  const {
    problems: inFile,
    hooks,
    layer,
    ...profile
  } = await loadProfile({
    ...file,
    path: said.text(SHARED, "config"),
    environment: said.text(SHARED, "environment"),
    app: said.text(SHARED, "app"),
    sections,
  });
  const settings = new Settings([...above, layer], operation.own);
  const all = [...sources.problems, ...settings.problems(operation.sections), ...inFile];
  if (all.length > 0) throw refuseProblems(all);
  return { settings, inputs: settings.read(operation.sections), profile: { ...profile, hooks } };
}

function layersOf({ given, env, sections }: Sources): readonly Layer[] {
  return [given, variablesLayer(env, recordOf(sections))];
}

/** `SAVEPOINT_*` variables that look like a slip of a known one. They are no error: other programs may own the name. */
export function suspiciousVariables({ env, sections }: Sources): readonly string[] {
  const known = new Set(sections.flatMap((section) => Object.keys(section.inputs).map((name) => variableName(section.name, name))));
  return Object.keys(env)
    .filter((name) => name.startsWith("SAVEPOINT_") && !known.has(name) && !OWN_VARIABLES.has(name))
    .flatMap((name) => {
      const near = nearest(
        name.slice("SAVEPOINT_".length),
        [...known].map((one) => one.slice("SAVEPOINT_".length)),
      );
      return near === undefined ? [] : [`${name} is not a setting and is not read; did you mean SAVEPOINT_${near}?`];
    });
}

/** What we set for hooks and commands, and read as names of runs. */
const OWN_VARIABLES = new Set(["SAVEPOINT_RUN", "SAVEPOINT_ID", "SAVEPOINT_PREVIOUS_COMMIT"]);

function recordOf(sections: readonly Section[]): Sections {
  return Object.fromEntries(sections.map((section) => [section.name, section]));
}
