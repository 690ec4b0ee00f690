import { type Shared, sharedSection } from "../../config/shared.ts";
import { SHARED } from "../../core/input.ts";
import type { Machine } from "../../core/machine.ts";
import type { AskedEnvironment } from "../../core/operation.ts";
import type { Ports } from "../../core/ports.ts";
import type { Clone } from "../../machine/git/clone.ts";
import type { Database } from "../../postgres/database.ts";
import { openAppClone } from "../environment/app-clone.ts";
import { openConfiguredDatabase } from "../database/database.ts";
import { type Environment, machineOf, openEnvironment } from "../environment/environment.ts";
import { refuseMissing } from "../call/missing-settings.ts";
import type { CommandPlace } from "../call/next-command.ts";
import { type FoundState, findState } from "../state/state.ts";
import { type HostLook, lookAtHost } from "./host-look.ts";

/** One environment as it is looked at: each part is opened once, by the first who needs it, and closed at the end. */
export interface DoctorWorld extends AsyncDisposable {
  /** Whatever is said in between is kept for the debug log; warnings are kept in `heard`. */
  readonly ports: Ports;
  readonly heard: readonly string[];
  /** What an examination tells by itself, though it is heard as well. */
  readonly told: Set<string>;
  readonly asked: AskedEnvironment;
  readonly shared: Shared;
  /** For commands that are printed. */
  readonly place: CommandPlace;
  /** Where the app and its state live: this machine, or the host over the one connection. Rejects where that cannot be reached. */
  host(): Promise<Machine>;
  /** What one script on the host told. */
  hostLook(): Promise<HostLook>;
  /** Where the state is, or will be. */
  state(): Promise<FoundState>;
  /** Its folder. */
  stateRoot(): Promise<string | undefined>;
  clone(): Promise<Clone | undefined>;
  /** One that lets us in, with the version of its server. */
  database(): Promise<OpenDatabase | undefined>;
  environment(): Promise<Environment>;
}

export interface OpenDatabase {
  readonly database: Database;
  /** As `server_version_num`. */
  readonly version: number;
}

/** What examinations need, who gets it, and what is said where it cannot be had. */
export const NEEDS = {
  host: { get: async (world: DoctorWorld) => await world.host(), lacking: "the host is not reached" },
  clone: { get: async (world: DoctorWorld) => await world.clone(), lacking: "the clone cannot be read" },
  database: { get: async (world: DoctorWorld) => await world.database(), lacking: "the database is not reached" },
  environment: { get: async (world: DoctorWorld) => await world.environment(), lacking: "the state cannot be read" },
} as const;
export type Prerequisite = keyof typeof NEEDS;

export function openWorld(asked: AskedEnvironment, outer: Ports): DoctorWorld {
  const shared = asked.settings.section(sharedSection);
  const heard: string[] = [];
  const ports = { ...outer, report: quiet(outer, heard) };
  const { profile, settings } = asked;
  let connected: AsyncDisposable | undefined;
  const open: AsyncDisposable[] = [];
  const goodbyes: PromiseLike<void>[] = [];
  const host = memo(async () => {
    // As a deploy is: on a runner that is gone after the job there is nothing to look at.
    await refuseMissing(shared, ports, { state: "required" });
    const machine = await machineOf(shared, ports);
    if (machine !== ports.here) connected = machine;
    return machine;
  });
  const found = memo(async () => await findState({ machine: await host(), shared, profile, need: { state: "required" }, ports }));
  const stateRoot = async (): Promise<string | undefined> => (await found()).root;
  const clone = memo(async () => await openAppClone(await host(), shared));
  const database = memo(async () => {
    const machine = await host();
    const named = await openConfiguredDatabase({
      shared,
      machine,
      here: ports.here,
      mask: (secret) => ports.report.mask(secret),
      say: (text) => ports.report.say(text),
    });
    if (named === undefined) return undefined;
    const connection = await named.connect("look", { signal: ports.signal });
    // Its goodbye is a trip, for which nobody waits.
    goodbyes.push(connection[Symbol.asyncDispose]());
    return { database: named, version: connection.serverVersion };
  });
  return {
    ports,
    heard,
    told: new Set(),
    asked,
    shared,
    place: { app: profile.app ?? "app", name: profile.environment, shared, ports },
    host,
    state: found,
    stateRoot,
    hostLook: memo(async () => {
      // What keeps the state's place from being known is told where the state is looked at.
      const folders = [await stateRoot().catch(() => undefined), shared["app-dir"]].filter((folder) => folder !== undefined);
      return await lookAtHost(await host(), folders, ports.clock);
    }),
    clone,
    database,
    environment: memo(async () => {
      const machine = await host();
      // The one connection is this world's, and is closed by it alone.
      const lent: Machine = machine === ports.here ? machine : { ...machine, [Symbol.asyncDispose]: async () => undefined };
      const call = { settings, profile, inputs: { shared }, ports: { ...ports, connect: async () => lent } };
      const environment = await openEnvironment(call, { state: "optional" });
      open.push(environment);
      // What the journal says otherwise is looked at as it says.
      if (!LENT.every((name) => environment.settings.text(SHARED, name) === settings.text(SHARED, name))) return environment;
      return { ...environment, clone, database: async () => (await database())?.database };
    }),
    async [Symbol.asyncDispose]() {
      await Promise.all([...goodbyes, ...open.map(async (one) => await one[Symbol.asyncDispose]())]);
      await connected?.[Symbol.asyncDispose]();
    },
  };
}

/** What leads to the clone and the database. */
const LENT = [
  "app-dir",
  "compose-command",
  "compose-file",
  "database-admin-url",
  "database-from",
  "database-service",
  "database-url",
  "detach-subscriptions",
  "schema",
] as const;

function memo<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => await (made ??= make());
}

/** What is said while looking is no story: the findings are. */
function quiet({ report }: Ports, heard: string[]): Ports["report"] {
  return {
    step: async (_title, body) => await body(),
    say: (text) => report.detail(text),
    detail: (text) => report.detail(text),
    notice: (text) => report.detail(text),
    warning: (text) => void heard.push(text),
    mask: (secret) => report.mask(secret),
  };
}
