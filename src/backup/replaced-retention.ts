import { plural } from "../core/format.ts";
import type { ReplacedDatabase } from "../postgres/replaced-databases.ts";
import { earliestTimes, isAhead } from "./order.ts";

/** How long databases stay that swaps put aside: rules of their own, whatever those of the backups are. */
export interface ReplacedRules {
  readonly keepReplaced: number;
  readonly keepReplacedDays: number;
  readonly maxAgeDays?: number | undefined;
}

export interface ReplacedContext {
  readonly now: Date;
  /** What the journal says of them, in its own order: when each was put aside, at the earliest. */
  readonly journal: ReadonlyMap<string, Date>;
  /** Names of those that this run, or the open deploy, put aside. */
  readonly ofThisRun: ReadonlySet<string>;
}

export interface ReplacedPlan {
  /** Newest first. */
  readonly keep: readonly ReplacedDatabase[];
  /** Oldest first. */
  readonly remove: readonly { readonly replaced: ReplacedDatabase; readonly days: number; readonly reason: string }[];
  /** What a reader must not miss. */
  readonly notes: readonly string[];
}

const DAY_MS = 86_400_000;

/**
 * Decides which replaced databases stay, and drops none. What this run put aside stays; `maxAgeDays` beats all else; then
 * the newest ones stay, and all that are young. What is dated in the future stays, is named, and takes no place.
 */
export function planReplaced(replaced: readonly ReplacedDatabase[], rules: ReplacedRules, context: ReplacedContext): ReplacedPlan {
  const { now, ofThisRun } = context;
  const ahead = replaced.filter(({ replacedAt }) => isAhead(replacedAt, now));
  const dated = inOrder(replaced, context).filter(({ one }) => !ahead.includes(one));
  const keep: ReplacedDatabase[] = [...ahead];
  const remove: ReplacedPlan["remove"][number][] = [];
  for (const [index, { one, time }] of dated.toReversed().entries()) {
    const days = (now.getTime() - time.getTime()) / DAY_MS;
    const reason = ofThisRun.has(one.name) ? undefined : reasonToDrop({ index, days }, rules);
    if (reason === undefined) keep.push(one);
    else remove.unshift({ replaced: one, days, reason });
  }
  return { keep, remove, notes: ahead.length === 0 ? [] : [aheadNote(ahead)] };
}

function reasonToDrop({ index, days }: { readonly index: number; readonly days: number }, rules: ReplacedRules): string | undefined {
  const { keepReplaced, keepReplacedDays, maxAgeDays } = rules;
  if (maxAgeDays !== undefined && days > maxAgeDays) return `older than ${plural(maxAgeDays, "day")} (max-age-days)`;
  if (index < keepReplaced || days <= keepReplacedDays) return undefined;
  return `older than ${plural(keepReplacedDays, "day")} (keep-replaced-days), and not among the newest ${keepReplaced} (keep-replaced)`;
}

/** Oldest first. The journal's order counts, not the clocks that wrote the names; what it does not know came before. */
function inOrder(
  replaced: readonly ReplacedDatabase[],
  { journal, now }: ReplacedContext,
): readonly { readonly one: ReplacedDatabase; readonly time: Date }[] {
  const places = new Map([...journal.keys()].map((name, index) => [name, index]));
  const placeOf = ({ name }: ReplacedDatabase): number => places.get(name) ?? -1;
  const sorted = replaced.toSorted((a, b) => placeOf(a) - placeOf(b) || a.replacedAt.getTime() - b.replacedAt.getTime());
  const times = earliestTimes(
    sorted.map((one) => later(one.replacedAt, journal.get(one.name))),
    now,
  );
  return sorted.map((one, index) => ({ one, time: times[index] ?? one.replacedAt }));
}

function later(time: Date, other: Date | undefined): Date {
  return other !== undefined && other.getTime() > time.getTime() ? other : time;
}

function aheadNote(ahead: readonly ReplacedDatabase[]): string {
  return `Dated in the future: ${ahead.map(({ name }) => name).join(", ")}. A clock ran ahead when they were put aside, or is behind now; they are kept.`;
}
