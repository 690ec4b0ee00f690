import type { Machine } from "../../core/machine.ts";
import { readText } from "../../machine/files/files.ts";
import { type PlannedFile, planFile } from "./planned-files.ts";
import { changedSettings, newSettings, type DraftValue, type SettingsDraft } from "./settings-text.ts";
import { SHARED } from "../../core/input.ts";
import { backupWorkflow, deployWorkflow, rollbackWorkflow } from "./workflow-texts.ts";

export interface FilesAsked {
  readonly here: Machine;
  readonly root: string;
  readonly settingsFile: string;
  readonly draft: SettingsDraft & { readonly changes: readonly DraftValue[] };
  readonly branch: string;
  /** Whether a nightly backup is wanted. */
  readonly backup: boolean;
}

/** Every file that a deploy by GitHub needs, compared with what is there. */
export async function planFiles({ here, root, settingsFile, draft, branch, backup }: FilesAsked): Promise<readonly PlannedFile[]> {
  const there = await readText(here, `${root}/${settingsFile}`);
  const text = there === undefined ? await newSettings(draft) : await changedSettings(there, { ...draft, values: draft.changes });
  const { environment, app } = draft;
  const workflows: Readonly<Record<string, string>> = {
    "deploy.yml": deployWorkflow({ environment, branch, given: configOf(settingsFile), place: configOf(settingsFile) }),
    "rollback.yml": rollbackWorkflow([environment], app),
    ...(backup && { "backup.yml": backupWorkflow({ environment, place: { app, ...backupPlace(draft) } }) }),
  };
  const place = { here, root };
  return await Promise.all([
    planFile(place, { path: settingsFile, text, keep: () => false }),
    ...Object.entries(workflows).map(
      async ([name, workflow]) => await planFile(place, { path: `.github/workflows/${name}`, text: workflow, keep: usesSavepoint }),
    ),
  ]);
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
