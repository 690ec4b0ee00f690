import type { Machine } from "../core/machine.ts";
import { Secret } from "../core/secret.ts";
import { passwordToHide } from "../postgres/address.ts";
import { commandCheck } from "./command.ts";
import { aliveCheck, serviceCheck } from "./containers.ts";
import { httpCheck } from "./http.ts";
import { type HealthSettings, healthSection } from "./inputs.ts";
import { secretsInHeaders } from "./masking.ts";
import { showAddress } from "./places.ts";
import { queryCheck } from "./query.ts";
import { takeoverCheck } from "./takeover.ts";
import { tcpCheck } from "./tcp.ts";
import { trustIn } from "./trust.ts";
import type { Check } from "./verdict.ts";
import type { ExpectedVersion } from "./version.ts";
import type { HealthWorld } from "./world.ts";

/** What some kinds cannot do without, and nobody else asks for: it is fetched only for them. */
export type Need = "database" | "containers" | "folder";

/** What the caller can offer; some kinds need it. */
export interface Offer {
  readonly database: unknown;
  readonly version: ExpectedVersion | undefined;
  /** The containers of a compose project. */
  readonly containers: unknown;
}

/** What a check is made from, besides its own setting. */
interface CheckMaking {
  readonly settings: HealthSettings;
  readonly world: HealthWorld;
  /** Where it is asked from. */
  readonly machine: Machine;
  /** Hides what is secret, before anything is cut. */
  readonly mask: (text: string) => string;
}

/** One way to ask whether an app is healthy; its name is that of the input that asks for it. */
interface HealthKind<Name extends KindName> {
  readonly needs: readonly Need[];
  /** In a few words, what will be asked: for a plan. */
  readonly plan: (given: NonNullable<HealthSettings[Name]>, settings: HealthSettings) => readonly string[];
  /** What it sends or is given that must stand in nothing that is said or written down. */
  readonly secrets: (settings: HealthSettings, world: HealthWorld) => readonly Secret[];
  /** Further inputs that mean nothing without it. */
  readonly only: readonly (keyof HealthSettings)[];
  /** What nobody asks for: it goes before this kind's checks, given or not. */
  readonly unasked: (making: CheckMaking) => readonly Check[];
  readonly checks: (given: NonNullable<HealthSettings[Name]>, making: CheckMaking) => Promise<readonly Check[]>;
}

/** The inputs that are no kinds: how a URL is asked and judged, and what goes for all. Any other needs a row in `KINDS`. */
type OfUrl = `expect-${string}` | "method" | "headers" | "follow-redirects" | "tls-ca" | "max-latency";
type OfAll = "from" | "timeout" | "interval" | "successes";
export type KindName = Exclude<keyof HealthSettings, OfUrl | OfAll>;

const none = () => [];

/** What is wrong where a need is not met; a folder that is not there is the machine's own. */
const LACKING: { readonly [N in Need]: (offer: Offer) => string | undefined } = {
  database: ({ database }) => (database === undefined ? "needs `database-url` or `database-service`, and neither is given" : undefined),
  containers: ({ containers }) => (containers === undefined ? "needs a compose project, and `app-dir` is none" : undefined),
  folder: () => undefined,
};

/** The kinds of checks, in the order in which they are asked and told. */
export const KINDS: { readonly [Name in KindName]: HealthKind<Name> } = {
  tcp: {
    needs: [],
    plan: (addresses) => addresses.map((address) => `tcp ${showAddress(address)}`),
    secrets: none,
    only: [],
    unasked: none,
    checks: async (addresses, { world, machine }) => addresses.map((address) => tcpCheck(address, machine, world.ports.clock)),
  },
  service: {
    needs: ["containers"],
    plan: () => ["service"],
    secrets: none,
    only: [],
    unasked: ({ world }) => (world.containers === undefined ? [] : [aliveCheck(world.containers, world.version)]),
    checks: async (service, { world }) => (world.containers === undefined ? [] : [serviceCheck(service, world.containers, world.version)]),
  },
  query: {
    needs: ["database"],
    plan: () => ["query"],
    secrets: (_, { database }) => [database && passwordToHide(database.target)].filter((one) => one !== undefined),
    only: [],
    unasked: none,
    checks: async (sql, { world }) => (world.database === undefined ? [] : [queryCheck(sql, world.database)]),
  },
  url: {
    needs: [],
    plan: (url, { method }) => [`${method} ${url.href}`],
    secrets: ({ headers }) => secretsInHeaders(headers ?? []),
    only: ["expect-status", "expect-body", "expect-json", "expect-header", "expect-version", "max-latency", "tls-ca"],
    unasked: none,
    checks: async (url, making) => [await urlCheck(url, making)],
  },
  command: {
    needs: ["folder"],
    plan: () => ["command"],
    secrets: (_, { env }) => Object.values(env ?? {}).filter((value) => value instanceof Secret),
    only: [],
    unasked: ({ world }) => (world.takeover === undefined ? [] : [takeoverCheck(world.takeover)]),
    checks: async (command, { settings, world, machine, mask }) => [
      commandCheck({ command, machine, cwd: settings.from === "runner" ? undefined : world.cwd, env: world.env, mask }),
    ],
  },
};

/** In the order in which the inputs are told. */
export const kindNames: readonly KindName[] = Object.keys(healthSection.inputs).filter((name): name is KindName => name in KINDS);

/** What the kinds that are given need of the environment. */
export function needsOf(settings: HealthSettings): ReadonlySet<Need> {
  return new Set(givenIn(settings).flatMap((name) => KINDS[name].needs));
}

/** What a kind needs and the call does not offer. */
export function lackingOf(name: KindName, offer: Offer): string | undefined {
  return KINDS[name].needs.map((need) => LACKING[need](offer)).find((lacking) => lacking !== undefined);
}

/** What will be asked, each in a few words. */
export function plannedChecks(settings: HealthSettings): readonly string[] {
  return givenIn(settings).flatMap((name) => planned(name, settings));
}

/** What must stand in nothing that is said or written down. */
export function secretsOf(settings: HealthSettings, world: HealthWorld): readonly Secret[] {
  return givenIn(settings).flatMap((name) => KINDS[name].secrets(settings, world));
}

/** The kinds that are given. */
export function givenIn(settings: HealthSettings): readonly KindName[] {
  return kindNames.filter((name) => isGiven(settings[name]));
}

export function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== "";
}

function planned<Name extends KindName>(name: Name, settings: HealthSettings): readonly string[] {
  const value = settings[name];
  return value === undefined || value === null ? [] : KINDS[name].plan(value, settings);
}

/** The checks of a call: of each kind that is given, and what goes with it unasked. */
export async function checksOf(making: CheckMaking): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const name of Object.keys(KINDS) as KindName[]) {
    checks.push(...KINDS[name].unasked(making), ...(await given(name, making)));
  }
  return checks;
}

async function given<Name extends KindName>(name: Name, making: CheckMaking): Promise<readonly Check[]> {
  const value = making.settings[name];
  return value === undefined || value === null ? [] : await KINDS[name].checks(value, making);
}

async function urlCheck(url: URL, { settings, world, machine, mask }: CheckMaking): Promise<Check> {
  const source = settings["expect-version"];
  return httpCheck({
    request: { url, method: settings.method, headers: (settings.headers ?? []).map(({ name, value }) => [name, value.reveal()] as const) },
    expectations: {
      status: settings["expect-status"],
      body: settings["expect-body"],
      json: settings["expect-json"],
      headers: settings["expect-header"],
      // A literal is compared as it is; the others were refused where no version is known.
      version: source && { source, expected: world.version ?? { commit: "", names: [] } },
      maxLatencyMs: settings["max-latency"],
    },
    followRedirects: settings["follow-redirects"],
    machine,
    clock: world.ports.clock,
    mask,
    trust: settings["tls-ca"] === undefined ? undefined : await trustIn(settings["tls-ca"], world.here),
  });
}
