import type { Shared } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { backupSection } from "../../backup/inputs.ts";
import { type HealthSettings, healthSection } from "../../health/inputs.ts";
import { givenIn, isGiven } from "../../health/kinds.ts";
import { deploySection } from "../call/deploy-inputs.ts";
import { rollbackSection } from "../call/rollback-inputs.ts";
import type { Environment } from "../environment/environment.ts";

/** What decides whether a watchdog could do its work. */
export interface Watchable {
  readonly shared: Pick<
    Shared,
    "host" | "database-url" | "database-admin-url" | "database-from" | "database-service" | "detach-subscriptions"
  >;
  readonly health: HealthSettings;
  /** See `rollback: { automatic }`. */
  readonly automatic: boolean;
  readonly verify: "auto" | "read" | "restore";
}

interface Obstacle {
  readonly problem: string;
  readonly way: string;
}

/** What the script can ask: by curl or wget, and by the engine's client. */
const KINDS_ASKED: ReadonlySet<string> = new Set(["url", "service"]);

/** How a URL is asked there. */
const ASKABLE = new Set([
  "url",
  "method",
  "expect-status",
  "expect-body",
  "expect-version",
  "from",
  "timeout",
  "interval",
  "successes",
  "follow-redirects",
]);

/** A key that a line of JSON can be searched for. */
const KEY = /^[\w-]+$/;

/** Everything that a script on the host could not do, or not know, each with what would be right. Pure. */
export function unwatchable({ shared, health, automatic, verify }: Watchable): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  const say = (problem: string, way: string): void => void obstacles.push({ problem, way });
  if (shared.host === undefined) say("there is no `host`: it would be this machine that watches over itself", "Give `host`.");
  if (!automatic) say("`automatic: false` says that nothing is taken back by itself", "Leave `watchdog` or `automatic: false` out.");
  if (verify === "read") say("`verify: read` restores no copy that could be swapped in", "Say `verify: restore`, or leave `verify` out.");
  if (shared["detach-subscriptions"]) say("`detach-subscriptions` is more than two renames", "Deploy this database without the watchdog.");
  database(shared, say);
  for (const name of givenIn(health))
    if (!KINDS_ASKED.has(name))
      say(
        `\`health-${name}\` is not asked by curl or wget`,
        `Let what \`health-url\` answers say that, too, and leave \`health-${name}\` out; or deploy without \`watchdog\`.`,
      );
  for (const [name, value] of Object.entries(health))
    if (!ASKABLE.has(name) && !givenIn(health).some((kind) => kind === name) && isGiven(value))
      say(`\`health-${name}\` cannot be asked there`, "Use `expect-status`, `expect-body` or `expect-version`.");
  url(health, say);
  return obstacles;
}

function database(shared: Watchable["shared"], say: (problem: string, way: string) => void): void {
  const service = "Name the service of the database in `database-service`.";
  if (shared["database-admin-url"] !== undefined) say("only the runner knows `database-admin-url`", service);
  if (shared["database-service"] !== undefined) return;
  const address = shared["database-url"];
  if (address === undefined) return;
  if (shared["database-from"] === "runner") say("`database-from: runner` is a way that only the runner has", service);
  if (address.kind === "env") say(`\`database-url: env:${address.name}\` is read by the runner`, service);
  else if (address.target.password !== undefined)
    say("only the runner knows the password in `database-url`", `${service} Or let the deploy's user in without one (peer, \`.pgpass\`).`);
}

function url(health: HealthSettings, say: (problem: string, way: string) => void): void {
  if (health.url === undefined) say("there is no `health-url`", "Give a `health-url` that the host can ask.");
  if (health.from === "runner") say("`health-from: runner` is a place that may be gone", "Leave `health-from` out: the host asks then.");
  if (health.method !== "GET") say(`\`health-method: ${health.method}\` is not asked there`, "Leave `health-method` out.");
  if (health["follow-redirects"]) say("`follow-redirects` is not done there", "Give the URL that answers by itself.");
  const body = health["expect-body"];
  if (body !== undefined && !("contains" in body))
    say("a regular expression in `expect-body` is not the same to all tools", "Give `expect-body` as a text.");
  else if (body !== undefined && /[\n\r]/.test(body.contains)) say("`expect-body` has several lines", "Give one line of `expect-body`.");
  const version = health["expect-version"];
  if (version?.from === "header") say("`expect-version: header:` is not looked for there", "Use `expect-version: json:` or `body`.");
  if (version?.from === "json" && keyOf(version.path.text) === undefined)
    say(`\`expect-version: json:${version.path.text}\` cannot be looked for there`, "Use a key of letters and digits, or `body`.");
}

/** The last key of a path in JSON; undefined where it is none that a line can be searched for. */
export function keyOf(path: string): string | undefined {
  const key = path.split(".").at(-1) ?? "";
  return KEY.test(key) ? key : undefined;
}

/** What stands in the way of the watchdog that the settings ask for; nothing where they ask for none. */
export function watchdogObstacles({ shared, settings }: Pick<Environment, "shared" | "settings">): readonly Obstacle[] {
  if (settings.section(deploySection).watchdog === undefined) return [];
  const { health, backup, rollback } = settings.read({ health: healthSection, backup: backupSection, rollback: rollbackSection });
  return unwatchable({ shared, health, automatic: rollback.automatic, verify: backup.verify });
}

/** Refuses a watchdog that would be armed and could not do its work. */
export function refuseUnwatchable(environment: Pick<Environment, "shared" | "settings">): void {
  const obstacles = watchdogObstacles(environment);
  if (obstacles.length === 0) return;
  throw refusal(`${noWatchdog(environment, obstacles)} Nothing was touched.`, {
    code: "watchdog",
    hint: [...new Set(obstacles.map(({ way }) => way))].join(" "),
  });
}

/** All that stands in its way, in one sentence; the time as the settings say it. */
export function noWatchdog({ settings }: Pick<Environment, "settings">, obstacles: readonly Obstacle[]): string {
  const told = obstacles.map(({ problem }) => problem).join("; ");
  return `\`watchdog: ${settings.text(deploySection.name, "watchdog")}\` cannot be had: ${told}.`;
}
