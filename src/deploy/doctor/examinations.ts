import { channelsExamination } from "./channels.ts";
import { clockExamination } from "./clock.ts";
import { cloneExamination, fetchExamination, workTreeExamination } from "./clone.ts";
import { composeExamination } from "./compose.ts";
import { databaseExamination, toolsExamination } from "./database.ts";
import { diskExamination } from "./disk.ts";
import type { Examination } from "./examination.ts";
import { journalExamination, replacedExamination, restoreProofExamination } from "./journal.ts";
import { loginExamination, userExamination } from "./login.ts";
import { migrationsExamination } from "./migrations.ts";
import { readingExamination, roleExamination, wayBackExamination } from "./rights.ts";
import { healthSettingsExamination, settingsExamination, watchdogExamination } from "./settings.ts";
import { stateDirectoryExamination } from "./state-directory.ts";
import { tagRulesExamination } from "./tag-rules.ts";
import { tokenPermissionsExamination } from "./token-permissions.ts";
import { workflowsExamination } from "./workflow-files.ts";

/** All that is looked at. A further one is a row here and a file. */
export const EXAMINATIONS: readonly Examination[] = [
  settingsExamination,
  loginExamination,
  userExamination,
  clockExamination,
  diskExamination,
  stateDirectoryExamination,
  cloneExamination,
  fetchExamination,
  workTreeExamination,
  composeExamination,
  databaseExamination,
  toolsExamination,
  readingExamination,
  wayBackExamination,
  roleExamination,
  migrationsExamination,
  healthSettingsExamination,
  watchdogExamination,
  channelsExamination,
  journalExamination,
  restoreProofExamination,
  replacedExamination,
  workflowsExamination,
  tagRulesExamination,
  tokenPermissionsExamination,
];
