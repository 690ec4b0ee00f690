import type { DeployRecord } from "./deploy-record.ts";
import type { Entry } from "./entries.ts";

/** What a rollback notes of itself, in the order in which it goes. */
export const BACK_PARTS = ["decision", "restore", "stop", "swap", "start", "health"] as const;
export type BackPart = (typeof BACK_PARTS)[number];

/** Where the time of a rollback went. Milliseconds; a part that there was not is 0. */
export type BackTimes = Readonly<Record<BackPart, number>>;

/** One step of a deploy, and how long it took. */
export interface StepTime {
  readonly step: string;
  /** Milliseconds. */
  readonly ms: number;
}

/** How long a rollback would take now, as far as earlier ones and this environment's deploys tell. Milliseconds. */
export interface ExpectedBack {
  /** Where the database is kept as it is. */
  readonly kept: number;
  /** Where the savepoint is restored; undefined where no restore was timed yet. */
  readonly restored: number | undefined;
  /** Of either: how long without the app. */
  readonly away: number;
  /** `rollback`: as the last one took; `deploy`: as that version's stop, start and health took, as none was timed yet. */
  readonly by: "rollback" | "deploy";
  readonly deploy: string;
}

type Timed = Pick<DeployRecord, "id" | "steps" | "goingBack">;

/** What the last rollback of a deploy noted; undefined where it did not end well, or an earlier version did it. Pure. */
export function backTimes({ steps }: Pick<Timed, "steps">): BackTimes | undefined {
  const noted = steps.findLast(({ step }) => step === "rollback")?.result?.["times"];
  if (typeof noted !== "object" || noted === null) return undefined;
  // A file on the host: what is no number is none.
  const known = Object.entries(noted).filter(([, ms]) => typeof ms === "number" && Number.isFinite(ms) && ms >= 0);
  return { decision: 0, restore: 0, stop: 0, swap: 0, start: 0, health: 0, ...Object.fromEntries(known) };
}

/** How long each step of a deploy took that ended; of one that was done twice, the last time. Pure. */
export function stepTimes({ steps }: Pick<Timed, "steps">): readonly StepTime[] {
  const times = new Map<string, number>();
  for (const { step, startedAt, endedAt } of steps) {
    if (endedAt === undefined) continue;
    // The clocks of two runners may differ.
    times.set(step, Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
  }
  return [...times].map(([step, ms]) => ({ step, ms }));
}

/** How long nothing answered in a deploy or rollback, where it says so. Milliseconds. Pure. */
export function awayMs({ steps }: Pick<Timed, "steps">): number | undefined {
  const downtime = steps.findLast(({ state, result }) => state === "done" && result?.["downtime"] !== undefined)?.result?.["downtime"];
  const ms: unknown = typeof downtime === "object" && downtime !== null && "ms" in downtime ? downtime.ms : undefined;
  return typeof ms === "number" && Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** Swapping two databases by renaming them, where none was timed yet; measured it is less. Milliseconds. */
const SWAP = 500;
/** Looking at database and app, where no rollback was timed yet. Milliseconds. */
const DECISION = 1000;

/** What a rollback now is expected to take; undefined where nothing on this environment was timed yet. Pure. */
export function expectedBack({
  deploys,
  entries,
}: {
  readonly deploys: readonly Timed[];
  readonly entries: readonly Entry[];
}): ExpectedBack | undefined {
  const last = deploys.findLast((deploy) => backTimes(deploy) !== undefined);
  const restore = restoreMs(entries, newestSize(deploys));
  const times = last && backTimes(last);
  if (last !== undefined && times !== undefined) {
    const { decision, stop, swap, start, health } = times;
    const move = stop + start + health;
    const swapping = swap > 0 ? swap : SWAP;
    const restored = restore === undefined ? undefined : decision + restore + move + swapping;
    return { kept: decision + move, restored, away: move, by: "rollback", deploy: last.id };
  }
  const deploy = deploys.findLast((one) => !one.goingBack && awayMs(one) !== undefined);
  const away = deploy && awayMs(deploy);
  if (deploy === undefined || away === undefined) return undefined;
  const restored = restore === undefined ? undefined : DECISION + restore + away + SWAP;
  return { kept: DECISION + away, restored, away, by: "deploy", deploy: deploy.id };
}

/** How large the newest savepoint is. */
function newestSize(deploys: readonly Timed[]): number | undefined {
  const steps = deploys.flatMap((deploy) => deploy.steps.filter(({ step, state }) => step === "backup" && state === "done"));
  const size = steps.at(-1)?.result?.["sizeBytes"];
  return typeof size === "number" ? size : undefined;
}

/** As the last proof took, by the size of what would be restored. */
function restoreMs(entries: readonly Entry[], sizeBytes: number | undefined): number | undefined {
  const proven = entries.findLast((entry) => entry.kind === "restore.proven");
  if (proven === undefined) return undefined;
  const grown = sizeBytes === undefined || proven.sizeBytes <= 0 ? 1 : sizeBytes / proven.sizeBytes;
  // Making and comparing an empty one takes its time, too.
  return Math.round(proven.restoreMs * Math.max(1, grown));
}
