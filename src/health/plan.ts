import type { Problem } from "../core/problems.ts";
import type { HealthSettings } from "./inputs.ts";
import type { ExpectedVersion } from "./version.ts";

/** What the caller can offer; some checks need it. */
export interface Offer {
  readonly database: unknown;
  readonly version: ExpectedVersion | undefined;
  /** The containers of a compose project. */
  readonly containers: unknown;
}

const CHECKS = ["url", "tcp", "query", "service", "command"] as const;
const OF_URL = ["expect-status", "expect-body", "expect-json", "expect-header", "expect-version", "max-latency", "tls-ca"] as const;

/** Whether any check is given at all. */
export function hasChecks(settings: HealthSettings): boolean {
  return CHECKS.some((name) => isGiven(settings[name]));
}

/**
 * Everything in the settings that could never become healthy, or would be passed over in silence. To be asked
 * before anything is touched; `checkHealth` refuses the same.
 */
export function healthProblems(settings: HealthSettings, offer: Offer): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (input: string, message: string, form?: string) =>
    problems.push(form === undefined ? { input, message } : { input, message, form });
  if (!hasChecks(settings))
    say("url", "is not given, and nothing else to check either", "one or more of url, tcp, query, service, command");
  if (isGiven(settings.service) && offer.containers === undefined) say("service", "needs a compose project, and `app-dir` is none");
  if (settings.url === undefined) {
    for (const name of OF_URL) if (isGiven(settings[name])) say(name, "needs `url`, which is not given");
  }
  const source = settings["expect-version"]?.from;
  if (settings.method === "HEAD") {
    for (const name of ["expect-body", "expect-json"] as const)
      if (isGiven(settings[name])) say(name, "needs a body, and `method: HEAD` brings none");
    if (source !== undefined && source !== "header") say("expect-version", "needs a body, and `method: HEAD` brings none", "header:Name");
  }
  if (source !== undefined && source !== "literal" && offer.version === undefined) {
    say("expect-version", "has no commit to compare with", "give `commit`");
  }
  if (isGiven(settings.query) && offer.database === undefined)
    say("query", "needs `database-url` or `database-service`, and neither is given");
  const least = (settings.successes - 1) * settings.interval;
  if (least >= settings.timeout)
    say(
      "timeout",
      `is over before ${settings.successes} passes at this interval can be made`,
      `more than ${least} ms, or fewer \`successes\`, or a shorter \`interval\``,
    );
  return problems;
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== "";
}
