import type { Failure } from "../core/failure.ts";
import { loadProfile } from "../config/profile.ts";
import { type Section, type Sections, type SectionValues, SHARED, variableName } from "../core/input.ts";
import { nearest } from "../core/nearest.ts";
import type { AskedEnvironment, Operation, Profile } from "../core/operation.ts";
import { type Problem, refuseProblems } from "../core/problems.ts";
import type { Secret } from "../core/secret.ts";
import { givenSecrets, type Layer, Settings, variablesLayer } from "../core/settings.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface PreparedCall {
  readonly settings: Settings;
  readonly inputs: SectionValues<Sections>;
  readonly profile: Profile;
  readonly asked?: readonly AskedEnvironment[];
}

/** What `environment` says where every one that the file names is meant. */
const EVERY_ENVIRONMENT = "all";

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

/** Where a call's settings file is read, and what the app is called where nothing says it. */
interface SettingsFile {
  readonly read: (path: string) => Promise<string | undefined>;
  readonly fallbackApp: string | undefined;
}

/** Hears of a call that is refused, with what could be read of it. */
type Refused = (call: Pick<PreparedCall, "settings" | "profile">, failure: Failure) => Promise<void>;

/** Puts the sources together (contract, 7) and reads every input. Throws one Failure with all that is wrong. */
export async function prepareCall(sources: Sources, file: SettingsFile, refused?: Refused): Promise<PreparedCall> {
  if (sources.operation.examines === true) return await prepareExamination(sources, file);
  const { operation } = sources;
  const { settings, profile, problems } = await askedOf(sources, file, environmentSaid(sources));
  const all = [...sources.problems, ...settings.problems(operation.sections), ...problems];
  if (all.length > 0) {
    const failure = refuseProblems(all);
    await refused?.({ settings, profile }, failure);
    throw failure;
  }
  return { settings, inputs: settings.read(operation.sections), profile };
}

/** The same for what examines settings: only what the call itself says must be readable. */
async function prepareExamination(sources: Sources, file: SettingsFile): Promise<PreparedCall> {
  const { operation } = sources;
  const said = environmentSaid(sources);
  const first = await askedOf(sources, file, said);
  const wrong = [...sources.problems, ...first.settings.problems(operation.sections)];
  const every = said === EVERY_ENVIRONMENT && !first.environments.includes(EVERY_ENVIRONMENT);
  const inFile = first.problems.filter(({ place }) => place === undefined);
  if (every && first.environments.length === 0) wrong.push({ input: "environment", message: "is `all`, and no settings file names any" });
  // Which environment is meant is no finding: without it there is nothing to look at.
  else if (!every) wrong.push(...inFile);
  if (wrong.length > 0) throw refuseProblems(wrong);
  const asked = every ? await Promise.all(first.environments.map(async (name) => await askedOf(sources, file, name))) : [first];
  const { settings, profile } = first;
  return { settings, inputs: settings.read(operation.sections), profile, asked };
}

function environmentSaid(sources: Sources): string | undefined {
  return new Settings(layersOf(sources), sources.operation.own).text(SHARED, "environment");
}

async function askedOf(
  sources: Sources,
  file: SettingsFile,
  environment: string | undefined,
): Promise<AskedEnvironment & { readonly environments: readonly string[] }> {
  const { operation, sections } = sources;
  const above = layersOf(sources);
  const said = new Settings(above, operation.own);
  const { problems, environments, hooks, layer, ...profile } = await loadProfile({
    ...file,
    path: said.text(SHARED, "config"),
    environment,
    mayBeNew: operation.foundsEnvironments,
    app: said.text(SHARED, "app"),
    sections,
  });
  return { settings: new Settings([...above, layer], operation.own), profile: { ...profile, hooks }, problems, environments };
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

/** What we set for hooks and commands, read as names of runs, or read at a terminal alone. */
const OWN_VARIABLES = new Set(["SAVEPOINT_RUN", "SAVEPOINT_ID", "SAVEPOINT_PREVIOUS_COMMIT", "SAVEPOINT_NO_UPDATE_CHECK"]);

function recordOf(sections: readonly Section[]): Sections {
  return Object.fromEntries(sections.map((section) => [section.name, section]));
}
