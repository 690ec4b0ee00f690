import { formatSize, plural } from "../core/format.ts";
import { calendarDay, calendarMonth, isoWeek } from "./calendar.ts";
import type { Manifest, Purpose } from "./manifest.ts";
import { earliestTimes, isAhead, newestFirst } from "./order.ts";

/** What retention is told. Counts and days; sizes in bytes. */
export interface RetentionRules {
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly minKeep: number;
  readonly maxAgeDays?: number | undefined;
  readonly maxTotalSize?: number | undefined;
}

export interface RetentionContext {
  readonly now: Date;
  /** Ids of deploys that are open: what they took is never deleted. */
  readonly openDeploys: readonly string[];
  /** Ids of backups, or of the deploys that took them, which this run made: never deleted either, whatever the clocks say. */
  readonly ofThisRun: readonly string[];
  /** Ids of backups, or of the deploys that took them, which `latest-stable` needs. */
  readonly neededByStable: readonly string[];
  /**
   * The purpose whose rules these are. Backups of other purposes have rules of their own and are left to them,
   * except for `maxAgeDays`, which is the law for all. Where absent, the rules are everyone's.
   */
  readonly purpose?: Purpose | undefined;
}

export interface RetentionPlan {
  /** Newest first, each with every reason that holds it. */
  readonly keep: readonly { readonly manifest: Manifest; readonly reasons: readonly string[] }[];
  /** Oldest first. */
  readonly remove: readonly { readonly manifest: Manifest; readonly reason: string }[];
  /** What a reader must not miss. */
  readonly notes: readonly string[];
}

/**
 * Decides what stays and what goes, and why; deletes nothing. In order: an open deploy's files and what this run made
 * stay; `maxAgeDays` beats all else; what `latest-stable` needs and the `minKeep` newest stay; then the keep rules, as a
 * union; then `maxTotalSize` takes the oldest of what only the keep rules hold. What is dated in the future stays, is
 * named, and takes no place in the rules.
 *
 * Databases and purposes are counted apart, so a mixed list cannot make one push out another's.
 */
export function planRetention(manifests: readonly Manifest[], rules: RetentionRules, context: RetentionContext): RetentionPlan {
  const keep: RetentionPlan["keep"][number][] = [];
  const remove: RetentionPlan["remove"][number][] = [];
  const notes: string[] = [];
  for (const database of groupsOf(manifests, databaseKey)) {
    const verdicts = groupsOf(database, (manifest) => manifest.purpose).flatMap((group) => judgeGroup(group, rules, context, notes));
    fitTotalSize(verdicts, rules.maxTotalSize, notes);
    for (const verdict of verdicts) {
      if (verdict.removal === undefined) keep.push({ manifest: verdict.manifest, reasons: [...verdict.protectedBy, ...verdict.keptBy] });
      else remove.push({ manifest: verdict.manifest, reason: verdict.removal });
    }
  }
  keep.sort((a, b) => newestFirst(a.manifest, b.manifest));
  remove.sort((a, b) => newestFirst(b.manifest, a.manifest));
  return { keep, remove, notes };
}

/** One backup while the rules look at it. */
interface Verdict {
  readonly manifest: Manifest;
  /** When it was made, at the earliest. */
  readonly time: Date;
  /** Reasons that `maxTotalSize` cannot overrule. */
  readonly protectedBy: string[];
  readonly keptBy: string[];
  removal: string | undefined;
}

const DAY_MS = 86_400_000;

function judgeGroup(group: readonly Manifest[], rules: RetentionRules, context: RetentionContext, notes: string[]): Verdict[] {
  const sorted = group.toSorted(newestFirst);
  const times = earliestTimes(sorted.map(({ startedAt }) => new Date(startedAt)).reverse(), context.now).toReversed();
  const verdicts: Verdict[] = sorted.map((manifest, index) => ({
    manifest,
    time: times[index] ?? new Date(manifest.startedAt),
    protectedBy: [],
    keptBy: [],
    removal: undefined,
  }));
  for (const verdict of verdicts) judgeOpenAndAge(verdict, rules, context);
  noteLostLast(verdicts, notes);
  const ahead = verdicts.filter(({ time }) => isAhead(time, context.now));
  noteAhead(ahead, notes);

  const young = verdicts.filter((verdict) => verdict.removal === undefined && !ahead.includes(verdict));
  const first = verdicts[0];
  if (context.purpose !== undefined && first !== undefined && first.manifest.purpose !== context.purpose) {
    for (const verdict of young) verdict.protectedBy.push(`${verdict.manifest.purpose}: left to its own rules`);
    return verdicts;
  }
  for (const { manifest, protectedBy } of young) {
    if (context.neededByStable.some((id) => id === manifest.id || id === manifest.deploy)) protectedBy.push("needed by latest-stable");
  }
  // The last proven backup is never taken, whatever `min-keep` says.
  const minKeep = Math.max(1, rules.minKeep);
  for (const verdict of young.slice(0, minKeep)) verdict.protectedBy.push(`among the newest ${minKeep} (min-keep)`);
  for (const verdict of young.slice(0, rules.keepLast)) verdict.keptBy.push(`among the last ${rules.keepLast} (keep-last)`);
  keepLastOfEach(young, { period: calendarDay, count: rules.keepDaily, word: "day", rule: "keep-daily" }, context.now);
  keepLastOfEach(young, { period: isoWeek, count: rules.keepWeekly, word: "week", rule: "keep-weekly" }, context.now);
  keepLastOfEach(young, { period: calendarMonth, count: rules.keepMonthly, word: "month", rule: "keep-monthly" }, context.now);
  for (const verdict of young) {
    if (verdict.protectedBy.length + verdict.keptBy.length === 0) verdict.removal = "held by no rule";
  }
  return verdicts;
}

function judgeOpenAndAge(verdict: Verdict, rules: RetentionRules, context: RetentionContext): void {
  const { manifest } = verdict;
  if (manifest.deploy !== undefined && context.openDeploys.includes(manifest.deploy)) {
    verdict.protectedBy.push(`deploy ${manifest.deploy} is open`);
    return;
  }
  if (context.ofThisRun.some((id) => id === manifest.id || id === manifest.deploy)) {
    verdict.protectedBy.push("made by this run");
    return;
  }
  const ageMs = context.now.getTime() - verdict.time.getTime();
  if (rules.maxAgeDays !== undefined && ageMs > rules.maxAgeDays * DAY_MS) {
    verdict.removal = `older than ${plural(rules.maxAgeDays, "day")} (max-age-days)`;
  }
}

/** Nothing tells whether it was that clock or is this one which is wrong. */
function noteAhead(ahead: readonly Verdict[], notes: string[]): void {
  if (ahead.length === 0) return;
  for (const verdict of ahead) verdict.protectedBy.push("dated in the future");
  notes.push(
    `Dated in the future: ${ahead.map(({ manifest }) => manifest.id).join(", ")}. A clock ran ahead when they were made, or is behind now; they are kept, and take no place in the keep rules.`,
  );
}

function noteLostLast(verdicts: readonly Verdict[], notes: string[]): void {
  const newest = verdicts[0];
  if (newest === undefined || verdicts.some((verdict) => verdict.removal === undefined)) return;
  const { purpose, database, id } = newest.manifest;
  notes.push(`max-age-days takes the last ${purpose} backup of ${database.name} (${id}): none is left`);
}

interface PeriodRule {
  /** The number of the period a time falls in; consecutive periods have consecutive numbers. */
  readonly period: (time: Date) => number;
  readonly count: number;
  readonly word: string;
  readonly rule: string;
}

/** Verdicts come newest first, so the first of each period is its last backup. */
function keepLastOfEach(verdicts: readonly Verdict[], rule: PeriodRule, now: Date): void {
  const seen = new Set<number>();
  const current = rule.period(now);
  for (const { time, keptBy } of verdicts) {
    const period = rule.period(time);
    if (current - period >= rule.count || seen.has(period)) continue;
    seen.add(period);
    if (rule.count > 0) keptBy.push(`last of its ${rule.word} (${rule.rule} ${rule.count})`);
  }
}

function fitTotalSize(verdicts: readonly Verdict[], maxTotalSize: number | undefined, notes: string[]): void {
  if (maxTotalSize === undefined) return;
  const staying = verdicts.filter((verdict) => verdict.removal === undefined).toSorted((a, b) => newestFirst(b.manifest, a.manifest));
  let total = staying.reduce((sum, { manifest }) => sum + manifest.sizeBytes, 0);
  for (const verdict of staying) {
    if (total <= maxTotalSize) return;
    if (verdict.protectedBy.length > 0) continue;
    verdict.removal = `the oldest beyond ${formatSize(maxTotalSize)} (max-total-size)`;
    total -= verdict.manifest.sizeBytes;
  }
  if (total > maxTotalSize) {
    const name = staying[0]?.manifest.database.name ?? "the database";
    notes.push(`max-total-size ${formatSize(maxTotalSize)} cannot be met for ${name}: ${formatSize(total)} are protected`);
  }
}

function databaseKey({ app, environment, database }: Manifest): string {
  return JSON.stringify([app, environment, database.system, database.name]);
}

function groupsOf(manifests: readonly Manifest[], key: (manifest: Manifest) => string): Manifest[][] {
  return [...Map.groupBy(manifests, key).values()];
}
