import { formatDuration } from "../../core/format.ts";
import { beingTakenBack, type DeployRecord, gatePassed } from "../../journal/ledger.ts";
import type { LockStatus } from "../../journal/lock.ts";

/** Who stands in lock and journal where the watchdog took a deploy back. */
export const WATCHDOG = "watchdog";

/** Of an open deploy: whether the host takes it back by itself, and when; undefined where it does not. Pure. */
export function watchdogText(deploy: DeployRecord, lock?: LockStatus): string | undefined {
  if (deploy.watchdog === undefined || deploy.end !== undefined) return undefined;
  if (lock?.state === "held" && lock.holder.owner === WATCHDOG)
    return lock.beat?.running === true
      ? `it fired and is at work; what it does stands in ${deploy.watchdog.folder}/log on the host`
      : `it fired, and ended half-way; what it did stands in ${deploy.watchdog.folder}/log on the host`;
  if (beingTakenBack(deploy)) return undefined;
  if (gatePassed(deploy)) return "armed, and stands back: what passed its health check is not taken back";
  return `armed: without a sign of life for ${formatDuration(deploy.watchdog.silentMs)} the host takes this deploy back by itself`;
}
