import type { Operations } from "./core/operation.ts";

/** Everything that can be called. What both faces know of an operation, they know from its declaration. */
export const operations: Operations = {
  backup: async () => (await import("./deploy/operations/backup.ts")).backup,
  migrate: async () => (await import("./deploy/operations/migrate.ts")).migrate,
  "migrate new": async () => (await import("./deploy/operations/new-migration.ts")).newMigration,
  rollout: async () => (await import("./deploy/operations/rollout.ts")).rollout,
  "health-check": async () => (await import("./deploy/operations/health-check.ts")).healthCheck,
  "mark-stable": async () => (await import("./deploy/operations/mark-stable.ts")).markStable,
  rollback: async () => (await import("./deploy/operations/rollback.ts")).rollback,
  recover: async () => (await import("./deploy/operations/recover.ts")).recover,
  restore: async () => (await import("./deploy/operations/restore.ts")).restore,
  deploy: async () => (await import("./deploy/operations/deploy.ts")).deploy,
  doctor: async () => (await import("./deploy/operations/doctor.ts")).doctor,
  init: async () => (await import("./deploy/operations/init.ts")).init,
  list: async () => (await import("./deploy/operations/list.ts")).list,
  logs: async () => (await import("./deploy/operations/logs.ts")).logs,
  journal: async () => (await import("./deploy/operations/journal.ts")).journal,
  status: async () => (await import("./deploy/operations/status.ts")).status,
  unlock: async () => (await import("./deploy/operations/unlock.ts")).unlock,
  notify: async () => (await import("./deploy/operations/notify.ts")).notify,
  "drop-replaced": async () => (await import("./deploy/operations/drop-replaced.ts")).dropReplaced,
};
