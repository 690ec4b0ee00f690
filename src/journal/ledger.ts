import type { SchemaView } from "../core/history.ts";
import type { RawSettings } from "../core/settings.ts";
import { type Apart, apartAfter, isApart } from "./apart.ts";
import { closingOf, runsAfter } from "./closing.ts";
import { type DeployRecord, opened } from "./deploy-record.ts";
import type { Entry } from "./entries.ts";
import { Learnt } from "./learnt.ts";
import type { Damage } from "./lines.ts";
import { type Quarantine, quarantinedAfter, quarantinedUnread } from "./quarantine.ts";
import { endStep } from "./step-record.ts";
import { mayChange, STEPS, takesBack } from "./steps.ts";
import { type Unwell, unwellAfter, unwellAfterPass } from "./unwell.ts";

export type { DeployRecord } from "./deploy-record.ts";

export interface StableRecord {
  readonly commit: string;
  readonly at: string;
  readonly deploy: string | undefined;
  readonly tag: string;
  readonly schema: SchemaView | undefined;
  readonly settings: RawSettings;
}

type StableEntry = Extract<Entry, { kind: "stable.marked" }>;

/** What follows from the journal's entries. */
export interface Ledger {
  readonly entries: readonly Entry[];
  readonly deploys: readonly DeployRecord[];
  /** The deploy that is open, or that failed and still blocks. */
  readonly open: DeployRecord | undefined;
  /** Versions marked stable and not withdrawn since, oldest first. The last is `latest-stable`. */
  readonly stable: readonly StableRecord[];
  /** The newest schema seen on each version. */
  readonly schemas: ReadonlyMap<string, SchemaView>;
  /** Every schema that was ever learnt of a version, in that order. */
  readonly learnt: ReadonlyMap<string, readonly SchemaView[]>;
  /** Tags that wait to be moved: the newest wish for each commit. */
  readonly pendingTags: readonly { readonly commit: string; readonly tag: string; readonly why: string }[];
  /** Versions that are stable no more, and whose tags may still be there. */
  readonly withdrawn: readonly string[];
  /** The last rollback, where nothing was confirmed after it. */
  readonly wentBack: { readonly to: string; readonly from: string | undefined; readonly finished: boolean } | undefined;
  /** The version that the environment was last proven to be on. */
  readonly on: string | undefined;
  /** Where code and schema are not proven to be one version's: of the commit, or, where it is undefined, whatever runs. */
  readonly apart: Apart | undefined;
  /** Where the version that is on is not known to be healthy. */
  readonly unwell: Unwell | undefined;
  /** Versions that were taken back and were not proven to run since, by commit, in that order. */
  readonly quarantined: ReadonlyMap<string, Quarantine>;
  /** Whether it was last taken back to before anything ran. */
  readonly nothingRuns: boolean;
  readonly highestFence: number;
  /** Lines of the journal that are no entries. */
  readonly damaged: readonly Damage[];
}

/** Folds entries into what is true. Entries under a lock that had already been taken over are void. */
export function fold(all: readonly Entry[], damaged: readonly Damage[] = []): Ledger {
  const entries: Entry[] = [];
  const deploys = new Map<string, DeployRecord>();
  let stable: StableRecord[] = [];
  const learnt = new Learnt();
  const pending = new Map<string, { commit: string; tag: string; why: string }>();
  /** Marks of deploys that are not closed yet: killed in between, nothing was confirmed. */
  const unconfirmed = new Map<string, StableEntry>();
  const withdrawn = new Set<string>();
  let wentBack: Ledger["wentBack"];
  let on: string | undefined;
  let apart: Apart | undefined;
  let unwell: Unwell | undefined;
  let quarantined: Ledger["quarantined"] = new Map();
  let nothingRuns = false;
  let highestFence = 0;
  const mark = (entry: StableEntry): void => {
    stable = [
      ...stable.filter((one) => one.commit !== entry.commit),
      { commit: entry.commit, at: entry.at, deploy: entry.deploy, tag: entry.tag, schema: entry.schema, settings: entry.settings },
    ];
    if (entry.schema !== undefined) learnt.learn(entry.commit, entry.schema);
    if (entry.commit !== wentBack?.to) wentBack = undefined;
    on = entry.commit;
    unwell = undefined;
    quarantined = without(quarantined, entry.commit);
    nothingRuns = false;
    // Until it is noted that they moved, they wait: whoever was to move them may have died.
    if (entry.tag !== "") pending.set(entry.commit, { commit: entry.commit, tag: entry.tag, why: "not moved yet" });
    withdrawn.delete(entry.commit);
  };
  /** Where in the order of marks a version stands; -1 where it is not stable. */
  const marked = (commit: string): number => stable.findIndex((one) => one.commit === commit);
  for (const entry of all) {
    if (entry.fence !== undefined) {
      if (entry.fence < highestFence) continue;
      highestFence = entry.fence;
    }
    entries.push(entry);
    const deploy = entry.deploy === undefined ? undefined : deploys.get(entry.deploy);
    if (deploy) deploy.lastAt = entry.at;
    switch (entry.kind) {
      case "deploy.opened":
        quarantined = quarantinedUnread(entry, [...deploys.values()].at(-1), { deploys: [...deploys.values()], before: quarantined });
        deploys.set(
          entry.deploy,
          opened(
            entry,
            stable.map((one) => one.commit),
            isApart(apart, entry.from),
          ),
        );
        // Somebody who goes back does so because something is wrong: what there is then is nobody's proven schema.
        if (entry.goingBack !== true && entry.from !== undefined && entry.live !== undefined && !isApart(apart, entry.from))
          learnt.learn(entry.from, entry.live);
        break;
      case "step.started":
        // Somebody took the lock anew for it: another command than the one that was to run all of it.
        if (deploy && !takesBack(entry.step) && entry.fence !== deploy.fence) deploy.whole = false;
        deploy?.steps.push({
          step: entry.step,
          startedAt: entry.at,
          job: entry.job,
          state: "running",
          intent: entry.intent,
          settings: entry.settings ?? {},
          shared: entry.shared ?? {},
        });
        break;
      case "step.done":
      case "step.failed":
        if (deploy) endStep(deploy.steps, entry);
        break;
      case "deploy.closed":
        if (deploy) deploy.end = closingOf(entry);
        if (entry.as === "confirmed") {
          wentBack = undefined;
          const own = unconfirmed.get(entry.deploy) ?? unreadMark(entry, deploy);
          if (own !== undefined) mark(own);
        }
        unwell = unwellAfter(entry, deploy, unwell);
        quarantined = quarantinedAfter(entry, deploy, { deploys: [...deploys.values()], before: quarantined });
        ({ on, nothingRuns } = runsAfter(entry, deploy?.steps ?? [], { on, nothingRuns }));
        if (deploy) {
          const restored = deploy.steps.some((step) => step.step === "restore");
          apart = apartAfter(entry, { changed: changedSomething(deploy), restored }, apart);
        }
        break;
      case "version.seen":
        if (entry.during === "opening" && deploy) deploy.live = entry.schema;
        if (entry.during !== "opening" || !isApart(apart, entry.commit)) learnt.learn(entry.commit, entry.schema);
        break;
      case "stable.marked":
        if (deploy !== undefined && deploy.end === undefined) unconfirmed.set(deploy.id, entry);
        else mark(entry);
        break;
      case "stable.withdrawn":
        stable = stable.filter((one) => one.commit !== entry.commit);
        pending.delete(entry.commit);
        withdrawn.add(entry.commit);
        break;
      case "tags.pending":
        pending.set(entry.commit, { commit: entry.commit, tag: entry.tag, why: entry.why });
        break;
      case "tags.moved":
        // Whatever was marked before it is overtaken by it; a run that was slow at its tags does not speak for later ones.
        for (const commit of pending.keys()) if (marked(commit) <= marked(entry.commit)) pending.delete(commit);
        withdrawn.clear();
        break;
      case "went-back":
        wentBack = { to: entry.to, from: entry.from, finished: entry.finished };
        break;
      case "health.passed":
        unwell = unwellAfterPass(entry, unwell);
        break;
      case "watchdog.armed":
        if (deploy) deploy.watchdog = { folder: entry.folder, silentMs: entry.silentMs };
        break;
      case "lock.taken":
      case "database.replaced":
      case "database.dropped":
      case "restore.proven":
      case "notify.sent":
      case "notify.failed":
      case "github.told":
        break;
    }
  }
  const records = [...deploys.values()];
  return {
    entries,
    deploys: records,
    open: stillOpen(records.at(-1)),
    stable,
    schemas: learnt.newest,
    learnt: learnt.all,
    pendingTags: [...pending.values()],
    withdrawn: [...withdrawn],
    wentBack,
    on,
    apart,
    unwell,
    quarantined,
    nothingRuns,
    highestFence,
    damaged,
  };
}

/** Nothing that is open lets another one be opened: what an earlier one ended with may be on a line that is damaged, but it ended. */
function stillOpen(last: DeployRecord | undefined): DeployRecord | undefined {
  return last?.end === undefined || last.end.blocks ? last : undefined;
}

/** Where the line of the mark cannot be read: what was confirmed is stable all the same. What its tag was called is not known. */
function unreadMark(entry: Extract<Entry, { kind: "deploy.closed" }>, deploy: DeployRecord | undefined): StableEntry | undefined {
  if (deploy === undefined || deploy.goingBack || entry.on !== deploy.commit) return undefined;
  const { v, at, owner, on: commit } = entry;
  return { v, at, owner, deploy: deploy.id, kind: "stable.marked", commit, settings: deploy.settings, tag: "" };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return new Map([...map].filter(([one]) => one !== key));
}

/** Whether a deploy may have changed code or database: then it blocks the next one until it is ended. */
export function changedSomething(deploy: Pick<DeployRecord, "steps">): boolean {
  return deploy.steps.some(({ step }) => mayChange(step));
}

/** Whether going back was begun: from then on there is no way but back. */
export function beingTakenBack(deploy: DeployRecord): boolean {
  return deploy.steps.some(({ step }) => takesBack(step));
}

/** The last health check of a deploy, and whether nothing changed after it. */
export function gatePassed(deploy: DeployRecord): boolean {
  const last = deploy.steps.findLast(({ step }) => !takesBack(step) && (STEPS[step].gate || mayChange(step)));
  return last !== undefined && STEPS[last.step].gate && last.state === "done";
}

/** Whether a version's last deploy did not end well: it was left for another version or failed, and was never confirmed since. */
export function knownAsFailed(ledger: Ledger, commit: string): boolean {
  if (ledger.stable.some((one) => one.commit === commit)) return false;
  const last = ledger.deploys.findLast(
    (deploy) => deploy.commit === commit && !deploy.goingBack && deploy.end !== undefined && deploy.end.as !== "abandoned",
  );
  // Deployed over itself and taken back to itself, it was proven to run.
  return (last?.end?.as === "rolled-back" && last.end.on !== commit) || last?.end?.as === "failed";
}
