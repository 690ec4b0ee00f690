import type { Clock } from "../core/ports.ts";
import type { GithubApi } from "./api.ts";
import { retryAfter } from "./trouble.ts";

/** Longer waits are left to the next run. Milliseconds. */
const SOON_MS = 3000;

/** The same API, which asks once more where GitHub says when, and that is soon. */
export function patient(api: GithubApi, clock: Pick<Clock, "sleep">, signal: AbortSignal): GithubApi {
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      const ms = retryAfter(error);
      if (ms === undefined || ms > SOON_MS) throw error;
      await clock.sleep(ms, signal);
      return await ask();
    }
  };
  return {
    ...api,
    request: async <T>(route: string, parameters: Readonly<Record<string, unknown>>) =>
      await again(async () => await api.request<T>(route, parameters)),
    graphql: async <T>(query: string, variables: Readonly<Record<string, unknown>>) =>
      await again(async () => await api.graphql<T>(query, variables)),
  };
}
