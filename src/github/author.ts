import { Cancelled } from "../core/failure.ts";
import type { GithubApi } from "./api.ts";

/** Whoever wrote a comment or an issue: https://docs.github.com/rest/issues/comments */
export interface Author {
  readonly login: string;
  readonly id?: number | undefined;
  /** `Bot` for apps, the job's own token among them. */
  readonly type?: string;
}

/** Who a job's own token writes as. */
const OF_THE_JOB: Author = { login: "github-actions[bot]" };

/**
 * Who the token writes as. An app's token may not ask REST for its user; GraphQL tells anybody who asks. Where it does not, the
 * token is taken for the job's own: what somebody else wrote is never taken for ours.
 */
export async function authorBehind(api: GithubApi): Promise<Author> {
  try {
    const { data } = await api.graphql<{ readonly viewer?: { readonly login: string; readonly databaseId?: number | null } }>(
      "query { viewer { login databaseId } }",
      {},
    );
    const { login, databaseId } = data?.viewer ?? { ...OF_THE_JOB, databaseId: null };
    return { login, id: databaseId ?? undefined };
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    // Whatever is wrong with GitHub shows in what is asked next.
    return OF_THE_JOB;
  }
}

/** Whether it is the same account. By its number: GraphQL calls some apps without the `[bot]`, and a person may be called so. Pure. */
export function isWrittenBy(own: Author, author: Author | null | undefined): boolean {
  return own.id === undefined ? author?.login === own.login : author?.id === own.id;
}
