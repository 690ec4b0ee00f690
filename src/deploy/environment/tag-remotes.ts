import type { Secret } from "../../core/secret.ts";
import { apiRemote } from "../../release/api-remote.ts";
import { openGitRemote } from "../../release/git-remote.ts";
import type { TagRemote } from "../../release/remote.ts";
import { SHARED } from "../../core/input.ts";
import type { Clone } from "../../machine/git/clone.ts";
import { openAppClone } from "./app-clone.ts";
import { type Environment, ledgerOf } from "./environment.ts";
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
  const clone = (await environment.clone()) ?? (await journaledClone(environment));
  if (clone !== undefined && (await clone.origin()) !== undefined) remotes.push(await openGitRemote(clone, { signal }));
  return remotes;
}

/** Where a command that knows nothing but the host finishes what waits, the newest deploy says which folder it was. */
async function journaledClone(environment: Environment): Promise<Clone | undefined> {
  const directory = (await ledgerOf(environment))?.deploys.at(-1)?.settings[SHARED]?.["app-dir"];
  return directory === undefined ? undefined : await openAppClone(environment.machine, { "app-dir": directory });
}
