import type { GithubApi } from "./api.ts";
import type { Author } from "./author.ts";
import { listedAt } from "./pages.ts";
import type { RepositoryName } from "./repository.ts";

/** An issue that there is to be once. */
export interface WantedIssue {
  /** By which it is found again: `rollback 20261120-120000-1a2b`. */
  readonly about: string;
  readonly title: string;
  readonly text: string;
  readonly labels: readonly string[];
  /** It was not there before. */
  readonly notBefore: Date;
}

interface Issue {
  readonly number: number;
  readonly body?: string | null;
  readonly user?: Author | null;
  readonly author_association?: string;
  readonly pull_request?: unknown;
}

const ISSUES = "/repos/{owner}/{repo}/issues";
/** Clocks differ. Milliseconds. */
const EARLIER_MS = 24 * 60 * 60_000;
/** Who may have been told to write it; of all others nothing is believed. */
const OF_THE_HOUSE: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

/**
 * The issue's number. The one that was made for it before is taken, also where somebody closed it since; of two that were made at
 * the same moment the later one is closed. https://docs.github.com/rest/issues/issues
 */
export async function ensureIssue(api: GithubApi, repository: RepositoryName, wanted: WantedIssue): Promise<number> {
  const [found] = await issuesOf(api, repository, wanted);
  if (found !== undefined) return found;
  const { data } = await api.request<{ readonly number: number }>(`POST ${ISSUES}`, {
    ...repository,
    title: wanted.title,
    body: `${markerOf(wanted)}\n${wanted.text}`,
    labels: wanted.labels,
  });
  const [first = data.number] = await issuesOf(api, repository, wanted);
  if (first >= data.number) return data.number;
  await api.request(`PATCH ${ISSUES}/{issue_number}`, {
    ...repository,
    issue_number: data.number,
    state: "closed",
    state_reason: "not_planned",
  });
  return first;
}

/** Their numbers, the first one first. */
async function issuesOf(api: GithubApi, repository: RepositoryName, wanted: WantedIssue): Promise<readonly number[]> {
  const found: number[] = [];
  const all = listedAt<Issue>(api, `GET ${ISSUES}`, {
    ...repository,
    state: "all",
    since: new Date(wanted.notBefore.getTime() - EARLIER_MS).toISOString(),
  });
  for await (const { number, body, user, author_association: association = "", pull_request: pull } of all)
    if (pull === undefined && body?.startsWith(markerOf(wanted)) === true && (user?.type === "Bot" || OF_THE_HOUSE.has(association)))
      found.push(number);
  return found.toSorted((one, other) => one - other);
}

/** The first line, which is not shown. Pure. */
function markerOf({ about }: WantedIssue): string {
  return `<!-- savepoint ${encodeURIComponent(about)} -->`;
}
