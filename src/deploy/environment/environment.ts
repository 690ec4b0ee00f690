// deploy/environment: which app, where, with what settings; and what is true of it now.

import { type Inputs, type Section, SHARED, type Values, variableName } from "../../core/input.ts";
import { clauseOf, Failure, refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Call, Hooks, Profile } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { JOURNAL, type Settings } from "../../core/settings.ts";
import { type Shared, sharedSection } from "../../config/shared.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { StatePaths } from "../../journal/paths.ts";
import type { Notice } from "../../journal/news.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { makeDirectory } from "../../machine/files/files.ts";
import { formatTarget } from "../../machine/ssh/address.ts";
import { guarded } from "../../machine/guarded.ts";
import { type Database } from "../../postgres/database.ts";
import { openAppClone } from "./app-clone.ts";
import { openConfiguredDatabase } from "../database/database.ts";
import { Hearing } from "../telling/hearing.ts";
import { HeldLock } from "../state/held-lock.ts";
import { noteIdentity } from "../state/identity.ts";
import { missingSettings, NO_APP_DIR, NO_DATABASE, refuseMissing } from "../call/missing-settings.ts";
import { type Owner, ownerOf } from "../call/owner.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import { checkPrefix } from "../../release/tags.ts";
import { refuseOthersWorkTree } from "../state/one-work-tree.ts";
import { findState, stateAt, type StateNeed, type State } from "../state/state.ts";
import { rememberSettings } from "../telling/tell-unbegun.ts";
import { refuseUnsafeState } from "../state/unsafe-state.ts";

export type { State } from "../state/state.ts";

/** What one call works on: one environment of one app, where it runs, and its state. */
export interface Environment extends AsyncDisposable {
  readonly app: string;
  readonly name: string;
  /** `shop/production`. */
  readonly title: string;
  /** What stands before this environment's stable tags. */
  readonly tagPrefix: string;
  readonly shared: Shared;
  readonly settings: Settings;
  /** The values of a section. Throws a refusal with all of it that cannot be read. */
  settingsOf<I extends Inputs>(section: Section<I>): Values<I>;
  /** The user's commands around steps. */
  readonly hooks: Hooks;
  readonly ports: Ports;
  readonly owner: Owner;
  /** Where the app and its state live. While this process holds the lock, nothing is begun there without a look at it. */
  readonly machine: Machine;
  /** The lock, where this process holds it. */
  readonly held: HeldLock;
  /** Absent where an operation works without state (contract, 1). */
  readonly state: State | undefined;
  /** Where it is absent although a place for it is known: that, and what there is instead. */
  readonly absent: string | undefined;
  /** Lets observers hear of what is not written down. What is, they hear of by itself. */
  notify(notice: Notice): void;
  /** The app's clone on its machine; undefined without `app-dir`. */
  clone(): Promise<Clone | undefined>;
  /** The database as settings name it; undefined where none is named. */
  database(): Promise<Database | undefined>;
}

type SharedCall = Pick<Call, "settings" | "ports" | "profile"> & { readonly inputs: { readonly shared: Shared } };

/** Connects, finds the state and opens its journal. Writes nothing but an empty state directory, and that not in a dry run. */
export async function openEnvironment(call: SharedCall, need: StateNeed): Promise<Environment> {
  const { ports } = call;
  const owner = ownerOf(ports);
  await refuseMissing(call.inputs.shared, ports, need);
  const machine = await machineOf(call.inputs.shared, ports);
  try {
    return await assemble(call, need, { machine, owner });
  } catch (error) {
    if (machine !== ports.here) await machine[Symbol.asyncDispose]();
    throw error;
  }
}

async function assemble(
  call: SharedCall,
  need: StateNeed,
  { machine: unguarded, owner }: { readonly machine: Machine; readonly owner: Owner },
): Promise<Environment> {
  const given = call.inputs.shared;
  const found = await findState({ machine: unguarded, shared: given, profile: call.profile, need, ports: call.ports });
  if (need.state === "required" || need.changes === true)
    await refuseOthersWorkTree({ machine: unguarded, shared: given, profile: call.profile, found, ports: call.ports });
  const title = `${found.app}/${call.profile.environment}`;
  const hearing = new Hearing();
  const { tell } = hearing;
  const state = found.root === undefined ? undefined : stateAt(unguarded, found.root, { tell, report: call.ports.report });
  const held = new HeldLock(unguarded, { app: found.app, name: call.profile.environment, shared: given, ports: call.ports });
  const machine = guarded(unguarded, held);
  // Where the state is here, what runs here is what runs where the state is.
  const ports = unguarded === call.ports.here ? { ...call.ports, here: machine } : call.ports;
  if (state !== undefined && need.state === "required" && !given["dry-run"])
    await inState(machine, state.paths, async () => await prepareState(machine, state.paths));
  const said = { settings: call.settings, shared: given, hooks: call.profile.hooks ?? {} };
  const { settings, shared, hooks } = state ? await withJournal(said, state, need.journalSettings) : said;
  rememberSettings(call.ports, settings);
  const tagPrefix = shared["tag-prefix"] ?? found.tagPrefix ?? defaultPrefix(call.profile);
  if (state !== undefined && need.state === "required" && !given["dry-run"]) {
    // What is written here counts for every later command.
    if (shared["tag-prefix"] !== undefined) checkPrefix(tagPrefix);
    const identity = { app: found.app, environment: call.profile.environment, tagPrefix };
    await inState(machine, state.paths, async () => await noteIdentity(machine, state.paths, identity));
  }
  let clone: Promise<Clone | undefined> | undefined;
  const openClone = async (): Promise<Clone | undefined> => await (clone ??= openAppClone(machine, shared));
  const { environment: name } = call.profile;
  const openToRead = async () => await openAppClone(unguarded, shared);
  hearing.begin({ ports, title, settings, owner, app: found.app, name, shared, openClone: openToRead, journal: state?.journal });
  let database: Promise<Database | undefined> | undefined;
  return {
    app: found.app,
    name,
    title,
    tagPrefix,
    shared,
    settings,
    settingsOf: (section) => settings.section(section),
    hooks,
    ports,
    owner,
    machine,
    held,
    state,
    absent: found.absent,
    notify: (notice) => tell({ kind: "notice", notice, at: ports.clock.now().toISOString(), owner: owner.id }),
    clone: openClone,
    database: async () =>
      await (database ??= openDatabaseOf(settings, {
        shared,
        machine,
        here: ports.here,
        held,
        mask: (secret: Secret) => ports.report.mask(secret),
        say: (text: string) => ports.report.say(text),
      })),
    [Symbol.asyncDispose]: async () => {
      await hearing[Symbol.asyncDispose]();
      if (machine !== ports.here) await machine[Symbol.asyncDispose]();
    },
  };
}

/** The database, as this call and the journal name it. An address that the journal withheld, being a secret, must be given again. */
async function openDatabaseOf(settings: Settings, request: Parameters<typeof openConfiguredDatabase>[0]): Promise<Database | undefined> {
  const withheld = settings.missing(SHARED).filter((name) => name === "database-url" || name === "database-admin-url");
  if (withheld.length === 0) return await openConfiguredDatabase(request);
  const variables = withheld.map((name) => variableName(SHARED, name)).join(" and ");
  throw refusal(
    `This environment has a database, and its address is a secret that the journal does not keep: ${withheld.map((name) => `\`${name}\``).join(" and ")} must be given.`,
    { hint: `Set ${variables}, as the deploys did.`, code: "database-withheld" },
  );
}

/** The state, where an operation cannot do without. */
export function stateOf(environment: Environment): State {
  if (environment.state !== undefined) return environment.state;
  throw refusal("This needs a state directory, and there is none here.", {
    code: "no-state",
    hint: "Give `host` (the state lives there) or `state-dir`.",
  });
}

export async function ledgerOf(environment: Environment): Promise<Ledger | undefined> {
  return await environment.state?.journal.read();
}

/** The database, where an operation cannot do without. */
export async function databaseOf(environment: Environment): Promise<Database> {
  const database = await environment.database();
  if (database !== undefined) return database;
  throw await missingSettings(environment.shared, environment.ports, [NO_DATABASE]);
}

/** The app's clone, where an operation cannot do without. */
export async function appCloneOf(environment: Environment): Promise<Clone> {
  const clone = await environment.clone();
  if (clone !== undefined) return clone;
  throw await missingSettings(environment.shared, environment.ports, [NO_APP_DIR]);
}

/** Where the app and its state live: this machine, or the host, connected now. */
export async function machineOf(shared: Shared, ports: Ports, { told = false } = {}): Promise<Machine> {
  const { host } = shared;
  if (host === undefined) return ports.here;
  const key = shared["ssh-key"];
  const passphrase = shared["ssh-passphrase"];
  // At once: on a slow line, or a busy host, nothing else is printed for a while.
  if (!told) ports.report.say(`Connecting to ${formatTarget(host)} and looking at what is there.`);
  return await ports.connect({
    ...host,
    key: key === undefined ? undefined : new Secret(key),
    passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
    knownHosts: shared["ssh-known-hosts"],
    jump: shared["jump-host"],
  });
}

/** A state directory that cannot be used is refused by the name of its setting. */
async function inState(machine: Machine, { root }: StatePaths, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Failure) || error.exit === 2) throw error;
    throw refusal(`\`state-dir\` ${root} cannot be used: ${clauseOf(error)}.`, {
      code: "no-state",
      cause: error,
      evidence: error.evidence,
      hint: `${error.hint === undefined ? "" : `${error.hint} `}Give a \`state-dir\` in which ${machine.login} may write: backups, journal and lock are to live there.`,
    });
  }
}

async function prepareState(machine: Machine, paths: StatePaths): Promise<void> {
  for (const directory of [paths.root, paths.backups, paths.running]) await makeDirectory(machine, directory, { mode: 0o700 });
  await refuseUnsafeState(machine, paths);
}

function defaultPrefix(profile: Profile): string {
  if (profile.environment === "production" || profile.only) return "";
  // GitHub lets environments be called what git lets no tag be called.
  return `${profile.environment.replaceAll(" ", "-").replace(/\.$/, "")}/`;
}

/** What an environment works with: as this call says it, or the journal. */
type SaidSettings = Pick<Environment, "settings" | "shared" | "hooks">;

/** What the newest deploy was given counts where this call says nothing. */
async function withJournal(said: SaidSettings, state: State, wanted: StateNeed["journalSettings"]): Promise<SaidSettings> {
  if (wanted === undefined || wanted === false) return said;
  const ledger = await state.journal.read();
  const last = ledger.deploys.at(-1);
  if (last === undefined || (wanted === "while-nothing-is-open" && ledger.open !== undefined)) return said;
  const settings = said.settings.withFallback({ source: JOURNAL, of: `deploy ${last.id}`, raw: settingsOfDeploy(last) });
  return { settings, shared: settings.section(sharedSection), hooks: { ...last.hooks, ...said.hooks } };
}
