import { sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { SHARED } from "../../core/input.ts";
import type { Profile } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import { kindNames } from "../../health/kinds.ts";
import type { Repository } from "./repository.ts";
import type { DraftValue, SettingsDraft } from "./settings-text.ts";

/** What the file is to say, in its order: sections by their names, what all share without one. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  [SHARED]: [
    "host",
    "jump-host",
    "app-dir",
    "state-dir",
    "compose-file",
    "compose-command",
    "database-service",
    "database-url",
    "database-admin-url",
    "schema",
  ],
  rollout: ["command", "stop-command", "start-command", "transport"],
  migrate: ["directory", "run"],
  health: [...kindNames, "expect-version", "timeout"],
};

/** Something nobody can guess: how it is asked for, and how it is said. */
interface Question {
  readonly section: string;
  readonly name: string;
  readonly ask: string;
  readonly flag: string;
  readonly guess?: string | undefined;
}

export interface Drafting {
  readonly settings: Settings;
  readonly profile: Profile;
  readonly repository: Repository;
  readonly ports: Pick<Ports, "ask">;
  /** The settings file, where it is there already: then only what is said, and what is missing, goes into it. */
  readonly file: string | undefined;
}

/** What the settings are to be: as said, else as the repository shows, else as a person answers. Refuses with all that nobody says. */
export async function draftSettings(about: Drafting): Promise<SettingsDraft & { readonly changes: readonly DraftValue[] }> {
  const { settings, profile, repository, file } = about;
  const app = profile.app ?? "app";
  const said = saidValues(settings);
  const guessed = guesses(repository, app, knowsEnvironment(settings, file)).filter(
    ({ section, name }) => !has(said, section, name) && fits(said, section, name),
  );
  const known = [...said, ...guessed];
  const answers = await answer(questions(known, repository), about.ports);
  const values = ordered([...known, ...answers]);
  for (const { name, text } of [...values, { name: "environment", text: profile.environment }, { name: "app", text: app }])
    if (text.includes("${{"))
      throw refusal(`\`${name}\` holds an expression of GitHub's, \${{ … }}, and would be one in a workflow.`, { code: "inputs" });
  const changes = values.filter((one) => !inFile(settings, file, one));
  return { app, environment: profile.environment, values, changes };
}

function saidValues(settings: Settings): readonly DraftValue[] {
  return Object.entries(WRITTEN).flatMap(([section, names]) =>
    names.flatMap((name) => {
      const text = settings.text(section, name);
      if (text === undefined) return [];
      const spec = section === SHARED ? Object.entries(sharedSection.inputs).find(([one]) => one === name)?.[1] : undefined;
      if (spec?.secret === true && spec.plainWhen?.(text) !== true) {
        throw refusal(`\`${name}\` holds a password, and files are no place for one.`, {
          code: "inputs",
          hint: `Let it stand in app-dir's .env on the host, and say only its name: --${name} env:DATABASE_URL`,
        });
      }
      return [{ section, name, text }];
    }),
  );
}

function guesses({ project, migrations }: Repository, app: string, known: boolean): readonly DraftValue[] {
  const databases = project?.services.filter(({ database }) => database) ?? [];
  const checked = project?.services.filter((one) => one.checked && !one.database) ?? [];
  const one = (section: string, name: string, text: string | undefined): readonly DraftValue[] =>
    text === undefined ? [] : [{ section, name, text }];
  return [
    ...one(SHARED, "app-dir", /^[\w.-]+$/.test(app) ? `/srv/${app}` : undefined),
    ...one(SHARED, "database-service", databases.length === 1 ? databases[0]?.name : undefined),
    ...one("health", "service", checked.length === 1 ? checked[0]?.name : undefined),
    // An environment that is in the file already says what is meant, also by leaving it out.
    ...(known
      ? []
      : [
          ...one("rollout", "transport", "push"),
          ...Object.entries(migrations?.settings ?? {}).flatMap(([name, text]) => one("migrate", name, text)),
        ]),
  ];
}

/** A guess is none where something else is said for the same purpose. */
function fits(said: readonly DraftValue[], section: string, name: string): boolean {
  if (name === "database-service") return !has(said, SHARED, "database-url");
  if (section === "health") return !kindNames.some((one) => has(said, "health", one));
  if (section === "migrate") return !has(said, "migrate", "directory") && !has(said, "migrate", "run");
  return true;
}

function questions(known: readonly DraftValue[], { project }: Repository): readonly Question[] {
  const port = project?.services.find((one) => !one.database && one.port !== undefined)?.port;
  const lacks = (section: string, ...names: readonly string[]): boolean => !names.some((name) => has(known, section, name));
  const all: readonly (Question | false)[] = [
    lacks(SHARED, "host") && {
      section: SHARED,
      name: "host",
      flag: "--host deploy@shop.example",
      ask: "Where does the app run? (user@server, and :port where it is not 22)",
    },
    lacks(SHARED, "app-dir") && { section: SHARED, name: "app-dir", flag: "--app-dir /srv/shop", ask: "In which folder of the host?" },
    lacks(SHARED, "database-service", "database-url") && {
      section: SHARED,
      name: "database-url",
      flag: "--database-service postgres, or --database-url env:DATABASE_URL",
      ask: "Which variable of app-dir's .env on the host holds the database's address? (env:NAME)",
      guess: "env:DATABASE_URL",
    },
    lacks("health", ...kindNames) && {
      section: "health",
      name: "url",
      flag: `--health-url http://localhost:${port ?? 3000}/health`,
      ask: "Which address tells, on the host, that the app is healthy?",
      guess: port === undefined ? undefined : `http://localhost:${port}/`,
    },
    project === undefined &&
      lacks("rollout", "start-command") && {
        section: "rollout",
        name: "start-command",
        flag: "--rollout-start-command 'sudo systemctl start shop' (no compose file is here)",
        ask: "There is no compose file. What starts the app on the host?",
      },
  ];
  return all.filter((one) => one !== false);
}

async function answer(asked: readonly Question[], { ask }: Pick<Ports, "ask">): Promise<readonly DraftValue[]> {
  if (asked.length === 0) return [];
  if (ask === undefined) {
    throw refusal(`Nobody can be asked here, and ${asked.length === 1 ? "this is" : "these are"} not said. Nothing was touched.`, {
      code: "inputs",
      evidence: asked.map(({ ask: question, flag }) => `${question} ${flag}`),
      hint: "Give what is listed as flags, or call this at a terminal and answer.",
    });
  }
  const answers: DraftValue[] = [];
  for (const { section, name, ask: question, guess } of asked) {
    const text = ((await ask(`${question}${guess === undefined ? "" : ` [${guess}]`}`)).trim() || guess) ?? "";
    if (text === "") throw refusal(`\`${name}\` was not answered. Nothing was touched.`, { code: "inputs" });
    answers.push({ section, name, text });
  }
  return answers;
}

function has(values: readonly DraftValue[], section: string, name: string): boolean {
  return values.some((one) => one.section === section && one.name === name);
}

function ordered(values: readonly DraftValue[]): readonly DraftValue[] {
  return Object.entries(WRITTEN).flatMap(([section, names]) =>
    names.flatMap((name) => values.filter((one) => one.section === section && one.name === name)),
  );
}

/** Whether the file has this environment. */
function knowsEnvironment({ layers }: Settings, file: string | undefined): boolean {
  return layers.some(({ source, raw }) => source === file && Object.keys(raw).length > 0);
}

/** Whether the file says the very same. */
function inFile({ layers }: Settings, file: string | undefined, { section, name, text }: DraftValue): boolean {
  return layers.some(({ source, raw }) => source === file && raw[section]?.[name]?.replace(/[\r\n]+$/, "") === text);
}
