import type { Operation } from "./core/operation.ts";
import { backup } from "./deploy/operations/backup.ts";
import { deploy } from "./deploy/operations/deploy.ts";
import { doctor } from "./deploy/operations/doctor.ts";
import { dropReplaced } from "./deploy/operations/drop-replaced.ts";
import { healthCheck } from "./deploy/operations/health-check.ts";
import { init } from "./deploy/operations/init.ts";
import { list } from "./deploy/operations/list.ts";
import { logs } from "./deploy/operations/logs.ts";
import { markStable } from "./deploy/operations/mark-stable.ts";
import { migrate } from "./deploy/operations/migrate.ts";
import { newMigration } from "./deploy/operations/new-migration.ts";
import { notify } from "./deploy/operations/notify.ts";
import { restore } from "./deploy/operations/restore.ts";
import { rollback } from "./deploy/operations/rollback.ts";
import { rollout } from "./deploy/operations/rollout.ts";
import { status } from "./deploy/operations/status.ts";
import { unlock } from "./deploy/operations/unlock.ts";

/** Everything that can be called. What both faces know of an operation, they know from its declaration. */
export const operations: readonly Operation[] = [
  backup,
  migrate,
  newMigration,
  rollout,
  healthCheck,
  markStable,
  rollback,
  restore,
  deploy,
  doctor,
  init,
  list,
  logs,
  status,
  unlock,
  notify,
  dropReplaced,
];
