import type { Machine } from "../core/machine.ts";
import { commandCheck } from "./command.ts";
import { aliveCheck, serviceCheck } from "./containers.ts";
import { httpCheck } from "./http.ts";
import { type HealthSettings, healthSection } from "./inputs.ts";
import { queryCheck } from "./query.ts";
import { takeoverCheck } from "./takeover.ts";
import { tcpCheck } from "./tcp.ts";
import { trustIn } from "./trust.ts";
import type { Check } from "./verdict.ts";
import type { ExpectedVersion } from "./version.ts";
import type { HealthWorld } from "./world.ts";

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
  /** What it cannot do without and the call does not offer. */
  readonly lacks: (offer: Offer) => string | undefined;
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

const nothing = () => undefined;
const none = () => [];

/** The kinds of checks, in the order in which they are asked and told. */
export const KINDS: { readonly [Name in KindName]: HealthKind<Name> } = {
  tcp: {
    lacks: nothing,
    only: [],
    unasked: none,
    checks: async (addresses, { world, machine }) => addresses.map((address) => tcpCheck(address, machine, world.ports.clock)),
  },
  service: {
    lacks: ({ containers }) => (containers === undefined ? "needs a compose project, and `app-dir` is none" : undefined),
    only: [],
    unasked: ({ world }) => (world.containers === undefined ? [] : [aliveCheck(world.containers, world.version)]),
    checks: async (service, { world }) => (world.containers === undefined ? [] : [serviceCheck(service, world.containers, world.version)]),
  },
  query: {
    lacks: ({ database }) => (database === undefined ? "needs `database-url` or `database-service`, and neither is given" : undefined),
    only: [],
    unasked: none,
    checks: async (sql, { world }) => (world.database === undefined ? [] : [queryCheck(sql, world.database)]),
  },
  url: {
    lacks: nothing,
    only: ["expect-status", "expect-body", "expect-json", "expect-header", "expect-version", "max-latency", "tls-ca"],
    unasked: none,
    checks: async (url, making) => [await urlCheck(url, making)],
  },
  command: {
    lacks: nothing,
    only: [],
    unasked: ({ world }) => (world.takeover === undefined ? [] : [takeoverCheck(world.takeover)]),
    checks: async (command, { settings, world, machine, mask }) => [
      commandCheck({ command, machine, cwd: settings.from === "runner" ? undefined : world.cwd, env: world.env, mask }),
    ],
  },
};

/** In the order in which the inputs are told. */
export const kindNames: readonly KindName[] = Object.keys(healthSection.inputs).filter((name): name is KindName => name in KINDS);

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
