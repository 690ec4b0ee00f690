import type { GithubApi } from "./api.ts";

/** The most that GitHub puts on a page. */
const PAGE = 100;
/** GitHub takes no more than 2,500 comments on one issue; of deployments and issues nobody needs more of the newest. */
const MOST_PAGES = 30;

/** What a list holds, page by page, as far as somebody reads on. */
export async function* listedAt<T>(api: GithubApi, route: string, parameters: Readonly<Record<string, unknown>>): AsyncGenerator<T> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data, next } = await api.request<readonly T[]>(route, { ...parameters, per_page: PAGE, page });
    yield* data;
    if (!next) return;
  }
}
