import type { Problem } from "../core/problems.ts";
import type { HealthSettings } from "./inputs.ts";
import { givenIn, isGiven, KINDS, kindNames, lackingOf, type Offer } from "./kinds.ts";

/** Whether any check is given at all. */
export function hasChecks(settings: HealthSettings): boolean {
  return givenIn(settings).length > 0;
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
    const { only } = KINDS[kind];
    if (isGiven(settings[kind])) {
      const lacking = lackingOf(kind, offer);
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
