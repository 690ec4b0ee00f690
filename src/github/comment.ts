import type { GithubApi } from "./api.ts";
import { type Author, authorBehind, isWrittenBy } from "./author.ts";
import { listedAt } from "./pages.ts";
import type { RepositoryName } from "./repository.ts";
import { statusOf, Untold } from "./trouble.ts";

/** A run of a workflow: a later one has the greater number. */
export interface RunNumber {
  readonly run: number;
  readonly attempt: number;
}

/** A comment that there is to be once, and that the newest run writes. */
export interface WantedComment {
  /** The pull request's number. */
  readonly at: number;
  /** What it is about: `plan shop/production`. By this it is found again. */
  readonly about: string;
  readonly by: RunNumber;
  readonly text: string;
}

interface Comment extends RunNumber {
  readonly id: number;
}

/** How often it is looked again where somebody else writes or removes meanwhile. */
const ROUNDS = 4;

/**
 * Writes the comment, or changes the one that is there, and takes away what runs at the same moment made double. One of a newer run
 * is left as it is, and so is whatever another account wrote. https://docs.github.com/rest/issues/comments
 */
export async function keepComment(
  api: GithubApi,
  repository: RepositoryName,
  wanted: WantedComment,
): Promise<"written" | "a newer run wrote it"> {
  let own = await authorBehind(api);
  let written = false;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [newest, ...doubles] = await commentsOf(api, repository, wanted, own);
    const newer = newest !== undefined && order(newest, wanted.by) > 0;
    if (written || newer) {
      for (const { id } of doubles) await unlessGone(api.request(`DELETE ${COMMENT}`, { ...repository, comment_id: id }));
      return newer ? "a newer run wrote it" : "written";
    }
    const body = `${markerOf(wanted)}\n${wanted.text}`;
    if (newest === undefined) {
      const { data } = await api.request<{ readonly user?: Author | null }>(`POST ${COMMENTS}`, {
        ...repository,
        issue_number: wanted.at,
        body,
      });
      own = data.user ?? own;
      written = true;
    } else written = await unlessGone(api.request(`PATCH ${COMMENT}`, { ...repository, comment_id: newest.id, body }));
  }
  throw new Untold("the comment was removed each time it was to be changed", { cause: undefined, evidence: [] });
}

const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";

/** Ours about this, the newest run's first. */
async function commentsOf(
  api: GithubApi,
  repository: RepositoryName,
  { at, about }: WantedComment,
  own: Author,
): Promise<readonly Comment[]> {
  const found: Comment[] = [];
  const all = listedAt<{ readonly id: number; readonly body?: string; readonly user?: Author | null }>(api, `GET ${COMMENTS}`, {
    ...repository,
    issue_number: at,
  });
  for await (const { id, body = "", user } of all) {
    const by = isWrittenBy(own, user) ? runIn(body, about) : undefined;
    if (by !== undefined) found.push({ id, ...by });
  }
  return found.toSorted((one, other) => order(other, one) || other.id - one.id);
}

/** The first line: nothing that is shown, and nothing that somebody's text can close or imitate further down. Pure. */
function markerOf({ about, by }: Pick<WantedComment, "about" | "by">): string {
  return `${beginningOf(about)}${by.run}.${by.attempt} -->`;
}

function beginningOf(about: string): string {
  return `<!-- savepoint ${encodeURIComponent(about)} run `;
}

/** Which run wrote it, where it is about this. Pure. */
function runIn(body: string, about: string): RunNumber | undefined {
  const beginning = beginningOf(about);
  const numbers = body.startsWith(beginning) ? /^(\d+)\.(\d+) -->/.exec(body.slice(beginning.length)) : null;
  return numbers === null ? undefined : { run: Number(numbers[1]), attempt: Number(numbers[2]) };
}

function order(one: RunNumber, other: RunNumber): number {
  return one.run - other.run || one.attempt - other.attempt;
}

/** Whether it was there. Somebody may have removed it meanwhile. */
async function unlessGone(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return false;
  }
}
