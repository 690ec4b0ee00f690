import type { Problem } from "../core/problems.ts";
import type { HealthSettings } from "./inputs.ts";
import { KINDS, kindNames, type Offer } from "./kinds.ts";

/** Whether any check is given at all. */
export function hasChecks(settings: HealthSettings): boolean {
  return kindNames.some((name) => isGiven(settings[name]));
}

/**
 * Everything in the settings that could never become healthy, or would be passed over in silence. To be asked
 * before anything is touched; `checkHealth` refuses the same.
 */
export function healthProblems(settings: HealthSettings, offer: Offer): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (input: string, message: string, form?: string) =>
    problems.push(form === undefined ? { input, message } : { input, message, form });
  if (!hasChecks(settings)) say("url", "is not given, and nothing else to check either", `one or more of ${kindNames.join(", ")}`);
  for (const kind of kindNames) {
    const { lacks, only } = KINDS[kind];
    const lacking = lacks(offer);
    if (isGiven(settings[kind])) {
      if (lacking !== undefined) say(kind, lacking);
    } else {
      for (const name of only) if (isGiven(settings[name])) say(name, `needs \`${kind}\`, which is not given`);
    }
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
