import { formatMoment } from "../../core/format.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import type { Owner } from "../call/owner.ts";

/**
 * This run's deploy, where it is over and was not confirmed: abandoned while it was silent, taken back, unlocked. A terminal's
 * name is the same for ever, and says nothing.
 */
export function ownDeployOver(ledger: Ledger, me: Pick<Owner, "id" | "terminal">): DeployRecord | undefined {
  if (me.terminal) return undefined;
  const last = ledger.deploys.findLast((deploy) => deploy.owner === me.id && !deploy.goingBack);
  return last?.end === undefined || last.end.as === "confirmed" ? undefined : last;
}

/** `was taken back by ada@desk at 2026-11-20T14:31:00.000Z: orders fail`. */
export function describeEnd({ end }: DeployRecord): string {
  if (end === undefined) return "is open";
  const how = { confirmed: "confirmed", "rolled-back": "taken back", abandoned: "closed as abandoned", failed: "closed as failed" }[end.as];
  return `was ${how} by ${end.by} at ${formatMoment(end.at)}: ${end.why}`;
}
