/** What may pass by itself: the same command is worth a second try, behind a look at how things stand. */
export const PASSING = new Set([
  "connection-lost",
  "git-lock",
  "handshake",
  "migration-lock",
  "origin-unreachable",
  "refused",
  "timeout",
  "turned-away",
  "unreachable",
  // PostgreSQL: could not connect, too many clients, is shutting down or starting, lock timeout, deadlock.
  "08000",
  "08006",
  "53300",
  "57P01",
  "57P03",
  "55P03",
  "40P01",
]);

/** Asked again, these answer the same whatever is mended around them: they follow from what is there. */
export const SETTLED = new Set([
  "no-way-back",
  "restore-not-said",
  "restore-failed",
  "schema-differs",
  "schema-unknown",
  "unhealthy-at-target",
  "unhealthy-and-apart",
]);

/** The app's own: another way for the database would fail at the same place. */
export const OF_THE_APP = new Set([
  "build-failed",
  "command-failed",
  "compose-config",
  "no-folder",
  "not-found",
  "pull-failed",
  "service-down",
  "unknown-commit",
  "work-tree",
]);
