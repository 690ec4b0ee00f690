import { formatDuration, formatSize, shortCommit } from "../../core/format.ts";
import type { Entry } from "../../journal/entries.ts";

/** Whether an entry belongs to a deploy, or tells that somebody heard of it. */
export function isAbout(entry: Entry, deploy: string): boolean {
  return entry.deploy === deploy || ("about" in entry && entry.about === deploy);
}

/** An entry in words, on one line but for what a failure said; undefined where it is bookkeeping. No setting is told. Pure. */
export function entryText(entry: Entry): string | undefined {
  switch (entry.kind) {
    case "deploy.opened": {
      const over = entry.from === undefined ? "" : `, over ${shortCommit(entry.from)}`;
      const by = `by ${entry.actor ?? entry.owner}${entry.run === undefined ? "" : ` (${entry.run})`}`;
      const allowed =
        entry.allowed === undefined ? "" : `, although ${entry.allowed.deploy} had taken that version back: ${entry.allowed.reason}`;
      return entry.goingBack === true
        ? `a rollback by hand to ${shortCommit(entry.commit)} is opened ${by}`
        : `the deploy of ${shortCommit(entry.commit)}${over} is opened ${by}${allowed}`;
    }
    case "step.started":
      return `${entry.step} begins`;
    case "step.done":
      return `${entry.step} is done${resultText(entry.result)}`;
    case "step.failed":
      return `${entry.step} ${entry.cancelled === true ? "was cancelled" : "failed"}: ${entry.message}`;
    case "deploy.closed":
      return `the deploy is closed as ${entry.as}${entry.on === undefined ? "" : `, on ${shortCommit(entry.on)}`}: ${entry.why}`;
    case "stable.marked":
      return `${shortCommit(entry.commit)} is marked stable (${entry.tag})`;
    case "stable.withdrawn":
      return `${shortCommit(entry.commit)} is stable no more`;
    case "tags.moved":
      return `the stable tags point at ${shortCommit(entry.commit)} (${entry.tag})`;
    case "tags.pending":
      return `the tag ${entry.tag} waits to be moved to ${shortCommit(entry.commit)}: ${entry.why}`;
    case "went-back":
      return `it went back to ${shortCommit(entry.to)}, database ${entry.database}${entry.finished ? "" : "; that is not proven"}`;
    case "database.replaced":
      return `the database ${entry.database} is replaced by backup ${entry.backup}; the one before is kept as ${entry.replaced}`;
    case "watchdog.armed":
      return `the watchdog is armed: without a sign of life for ${formatDuration(entry.silentMs)} the host takes this deploy back by itself`;
    case "database.dropped":
      return `the replaced database ${entry.replaced} of ${entry.database} is dropped`;
    case "lock.taken":
      return `the lock is taken${entry.from === undefined ? "" : ` from ${entry.from}`}: ${entry.why}`;
    case "notify.sent":
      return `${entry.channel} was told: ${entry.event}`;
    case "notify.failed":
      return `${entry.channel} could not be told (${entry.event}): ${entry.why}`;
    case "version.seen":
    case "restore.proven":
    case "health.passed":
    case "github.told":
      return undefined;
  }
}

/** Bookkeeping in words, for whoever reads the record itself. Pure. */
export function bookkeepingText(entry: Entry): string | undefined {
  switch (entry.kind) {
    case "version.seen":
      return `the schema of ${shortCommit(entry.commit)} is noted`;
    case "restore.proven":
      return `backup ${entry.backup} was restored beside and compared`;
    case "health.passed":
      return "a health check passed, outside of any deploy";
    case "github.told":
      return "GitHub was told of it";
    default:
      return undefined;
  }
}

/** What a step's result says that a reader at night can use: which backup, how large. */
function resultText(result: Readonly<Record<string, unknown>>): string {
  const { backup, sizeBytes } = result;
  const size = typeof sizeBytes === "number" ? `, ${formatSize(sizeBytes)}` : "";
  return typeof backup === "string" ? `: ${backup}${size}` : "";
}
