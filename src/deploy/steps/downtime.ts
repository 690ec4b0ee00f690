import type { Block, Outcome } from "../../core/outcome.ts";
import { formatDuration, formatMoment } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { type AwayBefore, type Downtime, downtimeLines, readStopped, Standstill, type Stopped } from "../../rollout/standstill.ts";
import type { Unwell } from "../../journal/unwell.ts";
import type { Transaction } from "../lock/transaction.ts";

/** What measures how long the app stands still in this deploy; it goes on where an earlier step stopped the app. */
export async function standstillOf(tx: Transaction): Promise<Standstill> {
  if (tx.standstill !== undefined) return tx.standstill;
  const { deploys, unwell } = await tx.state.journal.read();
  const record = deploys.find(({ id }) => id === tx.deploy);
  const earlier = record && stoppedBefore(record);
  const nothingRan = record?.ran === "nothing";
  const before = nothingRan ? undefined : (awayBefore(unwell) ?? (record && unhealthyBefore(record)));
  const still = new Standstill(tx.environment.ports.clock, earlier, before);
  if (nothingRan) still.nothingAnswered();
  return (tx.standstill ??= still);
}

/** Since when nobody had seen a healthy answer before this deploy or rollback, where that is known. Pure. */
export function awayBefore(unwell: Unwell | undefined): AwayBefore | undefined {
  if (unwell?.how !== "unhealthy") return undefined;
  return { since: unwell.since, what: `no healthy answer was seen since deploy ${unwell.deploy} failed, before this command` };
}

/** The same where the health check did not pass when the deploy opened. Pure. */
export function unhealthyBefore({ ran, openedAt }: Pick<DeployRecord, "ran" | "openedAt">): AwayBefore | undefined {
  return ran === "unhealthy" ? { since: openedAt, what: "no healthy answer was seen when this deploy opened" } : undefined;
}

/** What the deploy's switch stopped, whether it went well or not, where nobody saw the app healthy since. Pure. */
export function stoppedBefore({ steps }: Pick<DeployRecord, "steps">): Stopped | undefined {
  const last = steps.findLast(
    ({ step, state, result }) =>
      (step === "health" && state === "done") || (step === "switch" && (state === "done" || result !== undefined)),
  );
  return last?.step === "switch" ? readStopped(last.result?.["stopped"]) : undefined;
}

/** Since when the app stands still, where the last rollback failed and left it so. ISO 8601, UTC. Pure. */
export function leftStopped({ steps }: Pick<DeployRecord, "steps">): string | undefined {
  const last = steps.findLast(({ step }) => step === "rollback");
  return last === undefined || last.state === "done" ? undefined : readStopped(last.result?.["stopped"])?.since;
}

/** As outputs; nothing where the app was not stopped, or how long is not known. */
export function downtimeOutputs(downtime: Downtime | undefined): Outcome["outputs"] {
  return downtime === undefined ? {} : { "downtime-ms": downtime.ms, downtime: downtimeLines(downtime) };
}

/** The same names, declared. */
export const DOWNTIME_OUTPUTS = {
  "downtime-ms":
    "How long nothing answered, from the first stop to the first healthy answer, in milliseconds. Not set where nothing was stopped.",
  downtime: "Where that time went.",
} as const;

/** `; the app was away for 10.3 s`, to stand behind a headline; empty where that is not known. */
export function awayFor(downtime: Downtime | undefined): string {
  if (downtime === undefined) return "";
  const before = downtime.before && `, and nobody had seen it healthy for ${formatDuration(downtime.before.ms)} before`;
  return `; the app was away for ${formatDuration(downtime.ms)}${before ?? ""}`;
}

/** Where the time went, for the summary. */
export function downtimeBlocks(downtime: Downtime | undefined): readonly Block[] {
  if (downtime === undefined) return [];
  return [{ kind: "code", title: `Without the app for ${formatDuration(downtime.ms)}`, lines: downtimeLines(downtime) }];
}

/** What a switch alone can tell of the time without the app: it asks nobody whether the new version answers. */
export function standstillLine(stopped: Stopped | undefined, health: boolean): string {
  if (stopped === undefined)
    return "How long the app was away is not measured: no step of this rollout is known to have stopped an app that ran.";
  const since = `The app was stopped at ${formatMoment(stopped.since)}.`;
  return health
    ? `${since} How long it was away is told by the health check that sees it answer.`
    : `${since} How long it was away is not known: no health check is given that would see it answer.`;
}
