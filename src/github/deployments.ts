import type { GithubApi } from "./api.ts";
import { listedAt } from "./pages.ts";
import type { RepositoryName } from "./repository.ts";
import { shortText } from "./short-text.ts";

/** https://docs.github.com/rest/deployments/statuses#create-a-deployment-status */
export type DeploymentState = "in_progress" | "success" | "failure" | "error" | "inactive";

/** A deployment as GitHub is to have it. */
export interface WantedDeployment {
  /** Of Savepoint, by which it is found again. */
  readonly id: string;
  readonly commit: string;
  /** As GitHub calls it. */
  readonly environment: string;
  readonly task: "deploy" | "rollback";
  readonly description: string;
  /** The number of the workflow's run that it belongs to: its job may have a record already. */
  readonly run: string | undefined;
}

interface Deployment {
  readonly id: number;
  readonly task: string;
  readonly payload: unknown;
}

/** The longest that GitHub keeps of a description. */
export const LONGEST_DESCRIPTION = 140;
/** Records of the job's own that are looked at, the newest first. */
const MOST_LOOKED_AT = 5;

/**
 * The deployment's number. The one that was made for it before, or that GitHub made for the job by itself (`environment:` on the
 * job), is taken; else it is made. https://docs.github.com/rest/deployments/deployments
 */
export async function ensureDeployment(api: GithubApi, repository: RepositoryName, wanted: WantedDeployment): Promise<number> {
  const there: Deployment[] = [];
  const all = listedAt<Deployment>(api, "GET /repos/{owner}/{repo}/deployments", {
    ...repository,
    sha: wanted.commit,
    environment: wanted.environment,
  });
  for await (const one of all) {
    if (savepointOf(one.payload) === wanted.id) return one.id;
    there.push(one);
  }
  const found = await ofTheJob(api, repository, wanted, there);
  if (found !== undefined) return found.id;
  const { data } = await api.request<{ readonly id: number }>("POST /repos/{owner}/{repo}/deployments", {
    ...repository,
    ref: wanted.commit,
    environment: wanted.environment,
    task: wanted.task,
    description: shortText(wanted.description, LONGEST_DESCRIPTION),
    payload: { savepoint: wanted.id },
    // It was decided already that this commit is deployed, and exactly this one.
    auto_merge: false,
    required_contexts: [],
  });
  return data.id;
}

/** A record that GitHub made by itself says nothing but, in its statuses, which run it belongs to. */
async function ofTheJob(
  api: GithubApi,
  repository: RepositoryName,
  { run, task }: WantedDeployment,
  there: readonly Deployment[],
): Promise<Deployment | undefined> {
  if (run === undefined || task !== "deploy") return undefined;
  const unnamed = there.filter((one) => one.task === "deploy" && savepointOf(one.payload) === undefined);
  for (const one of unnamed.slice(0, MOST_LOOKED_AT)) {
    const statuses = listedAt<{ readonly log_url?: string; readonly target_url?: string }>(
      api,
      "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
      { ...repository, deployment_id: one.id },
    );
    for await (const { log_url: log, target_url: target } of statuses)
      if ([log, target].some((url) => url?.includes(`/actions/runs/${run}/`))) return one;
  }
  return undefined;
}

function savepointOf(payload: unknown): string | undefined {
  const { savepoint } = Object(payload) as { readonly savepoint?: unknown };
  return typeof savepoint === "string" ? savepoint : undefined;
}

export async function addDeploymentStatus(
  api: GithubApi,
  repository: RepositoryName,
  status: {
    readonly deployment: number;
    readonly state: DeploymentState;
    readonly description: string;
    /** The run's page, and the app's. */
    readonly log: string | undefined;
    readonly url: string | undefined;
  },
): Promise<void> {
  await api.request("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", {
    ...repository,
    deployment_id: status.deployment,
    state: status.state,
    description: shortText(status.description, LONGEST_DESCRIPTION),
    ...(status.log !== undefined && { log_url: status.log }),
    ...(status.url !== undefined && { environment_url: status.url }),
    auto_inactive: status.state === "success",
  });
}

/** https://docs.github.com/rest/commits/statuses#create-a-commit-status */
export async function setCommitStatus(
  api: GithubApi,
  repository: RepositoryName,
  status: {
    readonly commit: string;
    readonly state: "pending" | "success" | "failure" | "error";
    readonly context: string;
    readonly description: string;
    readonly log: string | undefined;
  },
): Promise<void> {
  await api.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    ...repository,
    sha: status.commit,
    state: status.state,
    context: status.context,
    description: shortText(status.description, LONGEST_DESCRIPTION),
    ...(status.log !== undefined && { target_url: status.log }),
  });
}
