import { plural, shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Clone, LoggedCommit } from "../../machine/git/clone.ts";

/** More are not counted, and fewer are listed. */
const MOST_COUNTED = 100;
const MOST_LISTED = 20;

/** How one version lies to another: what it has beyond it, and what it lacks of it; newest first. */
export interface CommitsBetween {
  readonly from: string;
  readonly to: string;
  readonly gained: readonly LoggedCommit[];
  readonly lost: readonly LoggedCommit[];
}

/** Looks from one version to another; undefined where one of them is not in the clone. */
export async function compareCommits(clone: Clone, from: string, to: string): Promise<CommitsBetween | undefined> {
  if (!(await clone.has(from)) || !(await clone.has(to))) return undefined;
  const [gained, lost] = [await clone.log(from, to, MOST_COUNTED), await clone.log(to, from, MOST_COUNTED)];
  return { from, to, gained, lost };
}

/** Whether nothing new comes by it: the version lies behind the other one. Pure. */
export function goesBack({ gained, lost }: CommitsBetween): boolean {
  return gained.length === 0 && lost.length > 0;
}

/** `3 commits, from abc1234 to def5678`, `goes back over 5 commits, to abc1234 (def5678 ran)`. Pure. */
export function describeBetween(way: CommitsBetween, was = "ran"): string {
  const [from, to] = [shortCommit(way.from), shortCommit(way.to)];
  if (way.from === way.to) return `${to} ran already`;
  if (goesBack(way)) return `goes back over ${counted(way.lost)}, to ${to} (${from} ${was})`;
  const lost = way.lost.length === 0 ? "" : `; ${counted(way.lost)} of ${from} ${way.lost.length === 1 ? "is" : "are"} not in it`;
  return `${counted(way.gained)}, from ${from} to ${to}${lost}`;
}

/** The commits that come, and those that go. Pure. */
export function betweenBlocks(way: CommitsBetween): readonly Block[] {
  const lost = goesBack(way)
    ? `Commits it goes back over, to ${shortCommit(way.to)}`
    : `Commits of ${shortCommit(way.from)} that are not in it`;
  return [
    ...(way.gained.length === 0
      ? []
      : [{ kind: "code" as const, title: `Commits since ${shortCommit(way.from)}`, lines: listed(way.gained) }]),
    ...(way.lost.length === 0 ? [] : [{ kind: "code" as const, title: lost, lines: listed(way.lost) }]),
  ];
}

/** The commits, a line each; of many the newest, and how many more there are. Pure. */
export function listed(commits: readonly LoggedCommit[]): readonly string[] {
  const more = commits.length - MOST_LISTED;
  const lines = commits.slice(0, MOST_LISTED).map((one) => `${shortCommit(one.commit)} ${one.subject}`);
  return more <= 0 ? lines : [...lines, `… and ${commits.length >= MOST_COUNTED ? "many" : more} more`];
}

function counted(commits: readonly LoggedCommit[]): string {
  return commits.length >= MOST_COUNTED ? `${MOST_COUNTED} or more commits` : plural(commits.length, "commit");
}

/** What lies between two versions, where a clone knows both. */
export async function commitsBetween(
  clone: Clone | undefined,
  from: string | undefined,
  to: string | undefined,
): Promise<readonly string[]> {
  if (clone === undefined || from === undefined || to === undefined || to === from || !(await clone.has(to))) return [];
  return listed(await clone.log(from, to, MOST_COUNTED));
}
