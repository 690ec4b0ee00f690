import type { Secret } from "../core/secret.ts";
import { apiRemote } from "../release/api-remote.ts";
import { openGitRemote } from "../release/git-remote.ts";
import type { TagRemote } from "../release/remote.ts";
import type { Environment } from "./environment.ts";
import { checkoutOf } from "./incoming.ts";

/**
 * The ways to the repository's tags, the most direct first: the checkout's own remote, the API with the job's token,
 * the host's clone. Which of them may move tags shows only when it is tried.
 */
export async function tagRemotes(environment: Environment, token: Secret | undefined): Promise<readonly TagRemote[]> {
  const { env, signal } = environment.ports;
  const remotes: TagRemote[] = [];
  const checkout = await checkoutOf(environment);
  if (checkout !== undefined && (await checkout.origin()) !== undefined) remotes.push(await openGitRemote(checkout, { signal }));
  const repository = env["GITHUB_REPOSITORY"];
  if (token !== undefined && repository !== undefined) {
    remotes.push(
      await apiRemote({
        token,
        repository,
        apiUrl: env["GITHUB_API_URL"],
        graphqlUrl: env["GITHUB_GRAPHQL_URL"],
        serverUrl: env["GITHUB_SERVER_URL"],
        signal,
      }),
    );
  }
  const clone = await environment.clone();
  if (clone !== undefined && (await clone.origin()) !== undefined) remotes.push(await openGitRemote(clone, { signal }));
  return remotes;
}
