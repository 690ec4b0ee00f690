import { APP_CODES } from "./codes/app.ts";
import { BACK_CODES } from "./codes/back.ts";
import { BACKUP_CODES } from "./codes/backup.ts";
import { CALL_CODES } from "./codes/call.ts";
import { DATABASE_CODES } from "./codes/database.ts";
import { DEPLOY_CODES } from "./codes/deploy.ts";
import { HOST_CODES } from "./codes/host.ts";
import { MIGRATION_CODES } from "./codes/migration.ts";
import { REPOSITORY_CODES } from "./codes/repository.ts";

/** Every code of a failure, by what it is about. The page `docs/troubleshooting.md` is written from it; no run loads it. */
export const FAILURE_CODES = {
  "The call and its settings": CALL_CODES,
  "The host": HOST_CODES,
  "Code, commits and tags": REPOSITORY_CODES,
  "The database": DATABASE_CODES,
  Backups: BACKUP_CODES,
  Migrations: MIGRATION_CODES,
  "The running app": APP_CODES,
  "The deploy, its lock and its state": DEPLOY_CODES,
  "Going back": BACK_CODES,
} as const;

type Tables = (typeof FAILURE_CODES)[keyof typeof FAILURE_CODES];
type KeysOf<T> = T extends unknown ? keyof T : never;

/** What a failure can be told apart by: one row of the table. */
export type FailureCode = KeysOf<Tables>;
