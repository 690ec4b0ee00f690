import type { Machine } from "../../core/machine.ts";
import { readText } from "../../machine/files/files.ts";
import { type PlannedFile, planFile } from "./planned-files.ts";
import { changedSettings, environmentsIn, newSettings, type DraftValue, type SettingsDraft } from "./settings-text.ts";
import { SHARED } from "../../core/input.ts";
import { backupWorkflow, besidePath, deployWorkflow, doctorWorkflow, rollbackWorkflow } from "./workflow-texts.ts";

export interface FilesAsked {
  readonly here: Machine;
  readonly root: string;
  readonly settingsFile: string;
  readonly draft: SettingsDraft & { readonly changes: readonly DraftValue[] };
  readonly branch: string;
  /** Whether a nightly backup is wanted. */
  readonly backup: boolean;
  /** Whether the doctor is to look at pull requests. */
  readonly doctor: boolean;
}

/** Every file that a deploy by GitHub needs, compared with what is there. */
export async function planFiles({ here, root, settingsFile, draft, branch, backup, doctor }: FilesAsked): Promise<readonly PlannedFile[]> {
  const there = await readText(here, `${root}/${settingsFile}`);
  const text = there === undefined ? await newSettings(draft) : await changedSettings(there, { ...draft, values: draft.changes });
  const { environment, app } = draft;
  const before = await environmentsIn(there);
  const all = before.includes(environment) ? before : [...before, environment];
  const place = { here, root };
  // Where the one that is there is for another environment, this one's stands beside it.
  const beside = async (kind: "deploy" | "backup"): Promise<boolean> => {
    const known = await readText(here, `${root}/.github/workflows/${kind}.yml`);
    return all.length > 1 && known !== undefined && usesSavepoint(known) && !namesEnvironment(known, environment);
  };
  const [deploys, backsUp] = [await beside("deploy"), await beside("backup")];
  const config = configOf(settingsFile);
  const workflows: Readonly<Record<string, string>> = {
    [deploys ? besidePath("deploy", environment) : ".github/workflows/deploy.yml"]: deployWorkflow({
      environment,
      branch,
      given: config,
      place: config,
      pressed: deploys,
    }),
    ".github/workflows/rollback.yml": rollbackWorkflow(all, app),
    ...(backup && {
      [backsUp ? besidePath("backup", environment) : ".github/workflows/backup.yml"]: backupWorkflow({
        environment,
        place: { app, ...backupPlace(draft) },
        pressed: backsUp,
      }),
    }),
    ...(doctor && { ".github/workflows/doctor.yml": doctorWorkflow({ environment, place: config }) }),
  };
  // A button that we wrote for fewer environments is nobody's own.
  const earlier = new Set(all.map((_, count) => rollbackWorkflow(all.slice(0, count), app)));
  const keep = (known: string): boolean => usesSavepoint(known) && !earlier.has(known);
  return await Promise.all([
    planFile(place, { path: settingsFile, text, keep: () => false }),
    ...Object.entries(workflows).map(async ([path, workflow]) => await planFile(place, { path, text: workflow, keep })),
  ]);
}

function namesEnvironment(workflow: string, environment: string): boolean {
  return workflow.split("\n").some((line) => /^\s*(?:environment|name):/.test(line) && line.includes(environment));
}

/** A workflow that somebody made of ours is theirs. */
function usesSavepoint(text: string): boolean {
  return /^\s*(?:- )?uses:\s*[\w.-]+\/savepoint(?:\/|@)/m.test(text);
}

function configOf(settingsFile: string): Readonly<Record<string, string>> {
  return settingsFile === "savepoint.yml" ? {} : { config: settingsFile };
}

/** It has no checkout, and so no settings file. */
function backupPlace({ values }: SettingsDraft): Readonly<Record<string, string>> {
  return Object.fromEntries(values.filter(({ section }) => section === SHARED).map(({ name, text }) => [name, text]));
}
