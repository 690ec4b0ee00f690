// deploy/call: who calls, with what settings, and how the next command is written.

import { backupSection } from "../../backup/inputs.ts";
import { sharedSection } from "../../config/shared.ts";
import { SHARED, type SectionValues } from "../../core/input.ts";
import { mergeGiven, type RawSettings, type Settings } from "../../core/settings.ts";
import { githubSection } from "../../github/inputs.ts";
import { healthSection } from "../../health/inputs.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { STEPS } from "../../journal/steps.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { markStableSection } from "../../release/inputs.ts";
import { notifySection } from "../../notify/inputs.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { rollbackSection } from "./rollback-inputs.ts";

/** Every section a deploy may have settings in. */
export const allSections = {
  shared: sharedSection,
  backup: backupSection,
  migrate: migrateSection,
  rollout: rolloutSection,
  health: healthSection,
  markStable: markStableSection,
  rollback: rollbackSection,
  github: githubSection,
} as const;

export type AllValues = SectionValues<typeof allSections>;
export type BackupSettings = AllValues["backup"];
export type MigrateSettings = AllValues["migrate"];
export type RollbackSettings = AllValues["rollback"];

/** What the journal keeps of a run's settings: all that was given, without secrets. */
export function journaledSettings(settings: Settings): RawSettings {
  const raw: Record<string, Record<string, string>> = {};
  for (const section of [...Object.values(allSections), notifySection]) {
    const given = settings.effective(section);
    if (Object.keys(given).length > 0) raw[section.name] = given;
  }
  return raw;
}

/** The settings a deploy worked with: as it was opened, and as its steps were given since. */
export function settingsOfDeploy(deploy: DeployRecord): RawSettings {
  const raw: Record<string, Readonly<Record<string, string>>> = { ...deploy.settings };
  for (const step of deploy.steps) {
    const { section } = STEPS[step.step];
    if (section === undefined) continue;
    raw[section] = { ...raw[section], ...step.settings };
    raw[SHARED] = mergeGiven(raw[SHARED] ?? {}, step.shared);
  }
  return raw;
}
