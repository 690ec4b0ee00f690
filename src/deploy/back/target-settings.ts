import type { HealthSettings } from "../../health/inputs.ts";
import { type Section, variableName } from "../../core/input.ts";
import { JOURNAL, type RawSettings, Settings } from "../../core/settings.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { healthSection } from "../../health/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import type { Environment } from "../environment/environment.ts";
import { readHealthSettings, withoutForeign } from "../environment/known-health.ts";
import { settingsOfDeploy } from "../call/sections.ts";
import type { AppSettings } from "./app.ts";
import type { Target } from "./target.ts";

interface RawSource {
  readonly of: string;
  readonly raw: RawSettings;
}

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
export function settingsForTarget(
  environment: Environment,
  known: Known,
): { readonly rollout: AppSettings; readonly health: HealthSettings | undefined } {
  const rollout = appSettingsForTarget(environment, known);
  // Where no version is gone back to, there is none to be healthy.
  if (known.target.commit === undefined) return { rollout, health: undefined };
  const { confirmed, open } = sourcesFor(known);
  return { rollout, health: knownHealth(environment, chosen(environment.settings, healthSection, [confirmed, open])) };
}

/** How the version that runs is stopped, and how the one gone back to is started. */
export function appSettingsForTarget({ settings }: Environment, known: Known): AppSettings {
  const { confirmed, open } = sourcesFor(known);
  return {
    start: chosen(settings, rolloutSection, [confirmed, open]).section(rolloutSection),
    stop: chosen(settings, rolloutSection, [open, confirmed]).section(rolloutSection),
  };
}

function sourcesFor({ ledger, deploy, target }: Known): Readonly<Record<"confirmed" | "open", RawSource>> {
  const marked = ledger.stable.findLast((one) => one.commit === target.commit);
  return {
    confirmed: { of: `the stable mark ${marked?.tag}`, raw: marked?.settings ?? {} },
    open: { of: `deploy ${deploy?.id}`, raw: deploy === undefined || deploy.goingBack ? {} : settingsOfDeploy(deploy) },
  };
}

/**
 * The first source that knows the section, with the secrets that only this call can give; else what this call was given. What
 * cannot be read there is this call's to say, where it does.
 */
function chosen(given: Settings, section: Section, sources: readonly RawSource[]): Settings {
  const { name } = section;
  const source = sources.find(({ raw }) => Object.keys(raw[name] ?? {}).length > 0);
  if (source === undefined) return given;
  const known = new Settings([{ source: JOURNAL, of: source.of, raw: { [name]: source.raw[name] ?? {} } }], given.own);
  const mended = textsOf(given.saidHere(), name, known.unreadable(section));
  const secrets = textsOf(given, name, known.missing(name));
  return known
    .withFirst([{ source: "this call", raw: { [name]: mended } }])
    .withFallback({ source: "this call", raw: { [name]: secrets } });
}

function textsOf(given: Settings, section: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = given.text(section, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function knownHealth(environment: Environment, settings: Settings): HealthSettings | undefined {
  const missing = settings.missing("health");
  if (missing.length === 0) return withoutForeign(environment, readHealthSettings(settings));
  const variables = missing.map((name) => variableName("health", name)).join(", ");
  environment.ports.report.warning(
    `The health check of this version used secrets (${missing.join(", ")}), which are not in the journal: set ${variables} to have it done.`,
  );
  return undefined;
}
