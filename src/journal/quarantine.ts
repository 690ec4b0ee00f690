import type { DeployRecord } from "./deploy-record.ts";
import type { Entry } from "./entries.ts";
import { mayChange, takesBack } from "./steps.ts";

/** That a version was taken back: it is not deployed again unless somebody says why. */
export interface Quarantine {
  readonly commit: string;
  /** The deploy, or the rollback by hand, that took it back. */
  readonly deploy: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Whoever took it back: a run and its attempt, or who sat at a terminal. */
  readonly by: string;
  /** Where the run that took it back is seen. */
  readonly run: string | undefined;
  readonly why: string;
  /** What made it up beside its commit, as far as its deploy came. */
  readonly migrations: readonly string[];
  readonly images: readonly string[];
}

type Quarantines = ReadonlyMap<string, Quarantine>;

/** The same after a deploy's end (contract, 2): what was left for another version is quarantined, what is proven to be on is not. */
export function quarantinedAfter(
  entry: Extract<Entry, { kind: "deploy.closed" }>,
  deploy: DeployRecord | undefined,
  { deploys, before }: { readonly deploys: readonly DeployRecord[]; readonly before: Quarantines },
): Quarantines {
  const after = new Map(before);
  if (entry.on !== undefined && entry.as !== "abandoned" && !leftUnwell(entry)) after.delete(entry.on);
  const left = deploy && leftBy(entry, deploy, deploys);
  return deploy === undefined || left === undefined ? after : after.set(left, quarantineOf(left, entry, { deploy, deploys }));
}

function quarantineOf(
  left: string,
  entry: Extract<Entry, { kind: "deploy.closed" }>,
  { deploy, deploys }: { readonly deploy: DeployRecord; readonly deploys: readonly DeployRecord[] },
): Quarantine {
  const made = deploys.findLast((one) => one.commit === left && !one.goingBack);
  return {
    commit: left,
    deploy: deploy.id,
    at: entry.at,
    by: entry.owner,
    run: deploy.owner === entry.owner ? deploy.run : undefined,
    why: entry.reason ?? causeOf(deploy) ?? entry.why,
    migrations: namesOf(made, "migrate", "applied"),
    images: namesOf(made, "switch", "images"),
  };
}

/**
 * The same where the end of a deploy is on a line that cannot be read, and another one was opened since: what it had begun to put
 * there did not run any more by then.
 */
export function quarantinedUnread(
  next: Extract<Entry, { kind: "deploy.opened" }>,
  last: DeployRecord | undefined,
  { deploys, before }: { readonly deploys: readonly DeployRecord[]; readonly before: Quarantines },
): Quarantines {
  if (last === undefined || last.end !== undefined || last.goingBack || next.from === undefined) return before;
  const { v, at, from: on } = next;
  const reason = `${causeOf(last) ?? "it was left for another version"}; the journal's line of its end cannot be read`;
  const end = { v, at, on, owner: last.owner, kind: "deploy.closed", deploy: last.id, as: "rolled-back", why: reason, reason } as const;
  const left = leftBy(end, last, deploys);
  return left === undefined ? before : new Map(before).set(left, quarantineOf(left, end, { deploy: last, deploys }));
}

/** The version that a deploy's end left for another one, or for nothing. */
function leftBy(
  entry: Extract<Entry, { kind: "deploy.closed" }>,
  deploy: DeployRecord,
  deploys: readonly DeployRecord[],
): string | undefined {
  // Back on the version before, which is not healthy either: taken back all the same.
  const back = entry.as === "rolled-back" || leftUnwell(entry);
  if (!back) return undefined;
  if (!deploy.goingBack) {
    // What never came as far as the database or the app said nothing of its version.
    const began = deploy.steps.some(({ step }) => mayChange(step) && !takesBack(step)) && !nothingSeen(deploy);
    return began && entry.on !== deploy.commit ? deploy.commit : undefined;
  }
  const { from } = deploy;
  if (from === undefined || entry.on === from) return undefined;
  // By a rollback one goes forward, too: to what was deployed later, and left by mistake.
  return entry.on !== undefined && lastDeployed(deploys, entry.on) > lastDeployed(deploys, from) && lastDeployed(deploys, from) >= 0
    ? undefined
    : from;
}

/** Stopped at its migrations, of which none failed, and the database was found as it had been: nothing of it was ever seen there. */
function nothingSeen({ steps }: DeployRecord): boolean {
  const forward = steps.filter(({ step }) => mayChange(step) && !takesBack(step));
  const stopped = forward.every(({ step, state }) => step === "migrate" && (state === "running" || state === "cancelled"));
  return stopped && steps.findLast(({ step, state }) => step === "rollback" && state === "done")?.result?.["database"] === "kept";
}

function leftUnwell({ as, on, blocks }: Extract<Entry, { kind: "deploy.closed" }>): boolean {
  return as === "failed" && blocks !== true && on !== undefined;
}

function lastDeployed(deploys: readonly DeployRecord[], commit: string): number {
  return deploys.findLastIndex((one) => one.commit === commit && !one.goingBack);
}

/** What became of the step on the way forward that did not go well. */
function causeOf({ steps, goingBack }: DeployRecord): string | undefined {
  if (goingBack) return undefined;
  const bad = steps.findLast(({ step, state }) => !takesBack(step) && state !== "done");
  if (bad === undefined) return undefined;
  if (bad.state === "running") return `${bad.step} did not end`;
  return bad.state === "cancelled" ? `${bad.step} was cancelled` : `${bad.step} failed: ${bad.message ?? ""}`;
}

/** What a step noted, as far as it is that: the journal is a file on the host. */
function namesOf(deploy: DeployRecord | undefined, step: "migrate" | "switch", name: string): readonly string[] {
  const noted = deploy?.steps.findLast((one) => one.step === step)?.result?.[name];
  if (Array.isArray(noted)) return noted.filter((one) => typeof one === "string");
  if (typeof noted !== "object" || noted === null) return [];
  return Object.entries(noted).flatMap(([service, image]) => (typeof image === "string" ? [`${service} ${image}`] : []));
}
