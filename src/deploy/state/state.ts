// deploy/state: what is kept of an environment on its host, and that it is there, ours, and of this app.

import type { Shared } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Profile } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import type { Report } from "../../core/report.ts";
import { Journal } from "../../journal/journal.ts";
import { type StatePaths, statePaths } from "../../journal/paths.ts";
import { type News, newsOf } from "../../journal/news.ts";
import { exists, listFolder, resolvePath } from "../../machine/files/files.ts";
import { type MissingSetting, stateDies } from "../call/missing-settings.ts";
import { type Identity, readIdentity } from "./identity.ts";

/** What is kept of an environment on its host. */
export interface State {
  readonly paths: StatePaths;
  readonly journal: Journal;
}

/** How an operation needs its state. */
export interface StateNeed {
  /** `required`: made where missing; `existing`: must be there; `optional`: used where it is. */
  readonly state: "required" | "existing" | "optional";
  /** Whether it changes something also where there is no state. `required` does. */
  readonly changes?: true;
  /** Whether settings that are not given are taken from the newest deploy's (rollback, restore, queries; a mark with nothing open). */
  readonly journalSettings?: boolean | "while-nothing-is-open";
  /** What it cannot begin without, and was not given: refused before anything is looked at, beside what else is missing. */
  readonly missing?: readonly MissingSetting[];
}

/** Where an environment's state is; `root` is undefined where the operation works without. */
export interface FoundState {
  readonly app: string;
  readonly root: string | undefined;
  readonly tagPrefix: string | undefined;
  /** Where there is no journal: that, and what there is instead. */
  readonly absent?: string | undefined;
}

interface Search {
  readonly machine: Machine;
  readonly shared: Shared;
  readonly profile: Profile;
  readonly need: StateNeed;
  readonly ports: Ports;
}

/** The state in a directory; what is written into its journal, is told. */
export function stateAt(
  machine: Machine,
  root: string,
  { tell, report }: { readonly tell: (news: News) => void; readonly report: Report },
): State {
  const paths = statePaths(root);
  const journal = new Journal(machine, paths, { warn: (text) => report.warning(text), wrote: (entry) => tell(newsOf(entry)) });
  return { paths, journal };
}

export const STATE_HOME = "~/.local/state/savepoint";

/** Finds the state directory by `state-dir`, or by app and environment in the login user's home (contract, 1). */
export async function findState(search: Search): Promise<FoundState> {
  const { machine, shared, profile, need } = search;
  checkName("environment", profile.environment);
  if (profile.app !== undefined) checkName("app", profile.app);
  const given = shared["state-dir"];
  if (given !== undefined) return await givenState(search, given);
  // Where it is needed, that was refused before.
  if (stateDies(shared, search.ports)) return { app: profile.app ?? "app", root: undefined, tagPrefix: undefined };
  const home = await resolvePath(machine, STATE_HOME);
  const app = profile.app ?? (await onlyApp(search, home));
  if (app === undefined) return { app: "app", root: undefined, tagPrefix: undefined };
  const root = `${home}/${app}/${profile.environment}`;
  if (need.state === "required") return { app, root, tagPrefix: undefined };
  const there = await exists(machine, statePaths(root).journal);
  if (there) return { app, root, tagPrefix: (await readIdentity(machine, root))?.tagPrefix };
  const absent = await absentState(search, { app, home, root });
  if (need.state === "optional") return { app, root: undefined, tagPrefix: undefined, absent: `${absent.what} ${absent.hint}` };
  throw refusal(absent.what, { code: "no-state", hint: absent.hint });
}

/** That there is no journal, and what there is instead. */
interface Absent {
  readonly what: string;
  readonly hint: string;
}

async function absentState(
  { machine, profile }: Search,
  { app, home, root }: { app: string; home: string; root: string },
): Promise<Absent> {
  const known = await environmentsIn(machine, home);
  const who = machine.local ? `${machine.login} on ${machine.name}` : machine.name;
  return {
    what: `There is no journal of ${app}/${profile.environment}: ${who} has none in ${root}.`,
    hint:
      known.length === 0
        ? `Nothing was ever deployed from this login, or the state is elsewhere: give \`${machine.local ? "host" : "state-dir"}\`, or ${machine.local ? "`state-dir`" : "the `host` user that deploys"}.`
        : `There is state of: ${known.join(", ")}. Give \`app\`, \`environment\` or \`state-dir\`.`,
  };
}

/** A mistyped environment must not look like one on which nothing is open. */
function ofAnother(
  { environment }: Profile,
  { app, root, identity }: { readonly app: string | undefined; readonly root: string; readonly identity: Identity },
): Absent {
  return {
    what: `There is no journal of ${app ?? "the app"}/${environment} in ${root}: it is the state of ${identity.app}/${identity.environment}.`,
    hint: `Give \`environment: ${identity.environment}\`, or the \`state-dir\` of ${environment}.`,
  };
}

/** The same where `state-dir` was given. */
async function absentGiven({ machine }: Search, root: string): Promise<Absent> {
  const beside = root.slice(0, root.lastIndexOf("/"));
  const folders = (await listFolder(machine, beside)).filter(({ kind }) => kind === "directory").map(({ name }) => `${beside}/${name}`);
  const states = [];
  for (const folder of folders.slice(0, 50)) {
    // What cannot be read there is not what is meant either.
    const identity = await readIdentity(machine, folder).catch(() => undefined);
    if (identity !== undefined) states.push(`${folder} (${identity.app}/${identity.environment})`);
  }
  const there = states.length === 0 ? "" : ` There is state in: ${states.join(", ")}.`;
  return {
    what: `There is no journal in ${root} on ${machine.name} (read as ${machine.login}).`,
    hint: `Check \`state-dir\`, \`host\` and the user in it.${there}`,
  };
}

async function givenState(search: Search, given: string): Promise<FoundState> {
  const { machine, profile, need } = search;
  const root = await resolvePath(machine, given);
  const identity = await readIdentity(machine, root);
  const app = profile.app ?? identity?.app;
  if (app === undefined && need.state !== "optional") {
    // A mistyped folder is no missing name.
    if (need.state === "existing" && identity === undefined && !(await exists(machine, statePaths(root).journal))) {
      const { what, hint } = await absentGiven(search, root);
      throw refusal(what, { code: "no-state", hint });
    }
    throw refusal(`Which app this is about is not said, and ${root} on ${machine.name} does not say it either.`, {
      code: "app-unknown",
      hint: "Give `app`.",
    });
  }
  // Nothing was ever deployed: what works without state does, as where it is not given.
  const other = identity !== undefined && identity.environment !== profile.environment;
  // A journal alone is state too: its identity may have been damaged, and removed.
  const nothing = identity === undefined && !(await exists(machine, statePaths(root).journal));
  if (need.state !== "required" && (nothing || other)) {
    const absent = other ? ofAnother(profile, { app, root, identity }) : await absentGiven(search, root);
    if (need.state === "existing") throw refusal(absent.what, { code: "no-state", hint: absent.hint });
    return { app: app ?? "app", root: undefined, tagPrefix: undefined, absent: `${absent.what} ${absent.hint}` };
  }
  return { app: app ?? "app", root, tagPrefix: identity?.tagPrefix };
}

/** `shop/production`, …: what has state here. */
async function environmentsIn(machine: Machine, home: string): Promise<readonly string[]> {
  const folders = async (path: string) =>
    (await listFolder(machine, path)).filter(({ kind }) => kind === "directory").map(({ name }) => name);
  const all = (await folders(home)).map(async (app) => (await folders(`${home}/${app}`)).map((environment) => `${app}/${environment}`));
  return (await Promise.all(all)).flat();
}

/** The one app of a host that holds exactly one. */
async function onlyApp({ machine, need }: Search, home: string): Promise<string | undefined> {
  const apps = (await listFolder(machine, home)).filter((entry) => entry.kind === "directory").map((entry) => entry.name);
  const [only] = apps;
  if (only !== undefined && apps.length === 1) return only;
  if (need.state === "optional" && apps.length === 0) return undefined;
  throw refusal(
    apps.length === 0
      ? `There is no state of any app in ${home} on ${machine.name} (read as ${machine.login}).`
      : `${machine.name} holds several apps (${apps.join(", ")}), and which one is not said.`,
    {
      code: "app-unknown",
      hint: machine.local
        ? "Give `host`, where the state of what is deployed lives; or `app`, or `state-dir`."
        : "Give `app`, or `state-dir`.",
    },
  );
}

function checkName(input: string, value: string): void {
  // It becomes a folder's name and part of tag names.
  if (/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u.test(value) && !value.endsWith(".lock") && !value.includes("..")) return;
  throw refusal(`\`${input}\` is ${JSON.stringify(value)}, which cannot be a folder's name.`, {
    code: "inputs",
    hint: "Use letters, digits, dots, dashes and underscores, at most 100, beginning with a letter or digit.",
  });
}
