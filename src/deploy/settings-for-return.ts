import { Failure } from "../core/failure.ts";
import { variableName } from "../core/input.ts";
import { JOURNAL, type RawSettings, Settings } from "../core/settings.ts";
import type { DeployRecord, Ledger } from "../journal/ledger.ts";
import { rolloutSection } from "../rollout/inputs.ts";
import type { Environment } from "./environment.ts";
import { readHealthSettings, withoutForeignCommand } from "./known-health.ts";
import { type HealthSettings, type RolloutSettings, settingsOfDeploy } from "./sections.ts";
import type { AppSettings } from "./steps/app.ts";
import type { Target } from "./target.ts";

interface Known {
  readonly ledger: Ledger;
  readonly deploy: DeployRecord | undefined;
  readonly target: Target;
}

/**
 * How the version gone back to is started and asked for its health: as it was confirmed, else as the open deploy was
 * given, else as this call says; a section at a time, never a mixture of two versions'. What runs now is stopped as
 * the open deploy was told to.
 */
export function settingsForReturn(
  environment: Environment,
  { ledger, deploy, target }: Known,
): { readonly rollout: AppSettings; readonly health: HealthSettings | undefined } {
  const confirmed = ledger.stable.findLast((one) => one.commit === target.commit)?.settings ?? {};
  const open = deploy === undefined || deploy.goingBack ? {} : settingsOfDeploy(deploy);
  const start = readRollout(chosen(environment.settings, "rollout", [confirmed, open]));
  const stop = readRollout(chosen(environment.settings, "rollout", [open, confirmed]));
  return { rollout: { start, stop }, health: knownHealth(environment, chosen(environment.settings, "health", [confirmed, open])) };
}

/** The first source that knows the section, with the secrets that only this call can give; else what this call was given. */
function chosen(given: Settings, section: string, sources: readonly RawSettings[]): Settings {
  const source = sources.find((raw) => Object.keys(raw[section] ?? {}).length > 0);
  if (source === undefined) return given;
  const known = new Settings([{ source: JOURNAL, raw: { [section]: source[section] ?? {} } }], given.own);
  const secrets = known.missing(section).flatMap((name) => {
    const value = given.text(section, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return known.withFallback({ source: "this call", raw: { [section]: Object.fromEntries(secrets) } });
}

function readRollout(settings: Settings): RolloutSettings {
  const { values, problems } = settings.read({ rollout: rolloutSection });
  const [problem] = problems;
  if (problem !== undefined)
    throw new Failure(`The setting \`rollout-${problem.input}\` ${problem.message}.`, { hint: problem.form, exit: 2 });
  return values.rollout;
}

function knownHealth(environment: Environment, settings: Settings): HealthSettings | undefined {
  const missing = settings.missing("health");
  if (missing.length === 0) return withoutForeignCommand(environment, readHealthSettings(settings));
  const variables = missing.map((name) => variableName("health", name)).join(", ");
  environment.ports.report.warning(
    `The health check of this version used secrets (${missing.join(", ")}), which are not in the journal: set ${variables} to have it done.`,
  );
  return undefined;
}
