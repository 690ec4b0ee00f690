import type { GithubApi } from "./api.ts";

/** Who must let a job of an environment begin. */
export interface ApprovalRule {
  /** Names of people and teams; none where only a timer runs. */
  readonly reviewers: readonly string[];
  /** Minutes. */
  readonly waits: number;
}

interface EnvironmentRules {
  readonly protection_rules?: readonly {
    readonly type: string;
    readonly wait_timer?: number;
    readonly reviewers?: readonly { readonly reviewer?: { readonly login?: string; readonly name?: string } }[];
  }[];
}

/** What keeps a job of that environment waiting; undefined where nothing does. https://docs.github.com/rest/deployments/environments */
export async function approvalRule(
  api: GithubApi,
  place: { readonly owner: string; readonly repo: string; readonly environment: string },
): Promise<ApprovalRule | undefined> {
  const { owner, repo, environment: environment_name } = place;
  const { data } = await api.request<EnvironmentRules>("GET /repos/{owner}/{repo}/environments/{environment_name}", {
    owner,
    repo,
    environment_name,
  });
  const rules = data.protection_rules ?? [];
  const asking = rules.filter(({ type }) => type === "required_reviewers");
  const waits = rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0;
  if (asking.length === 0 && waits === 0) return undefined;
  const reviewers = asking.flatMap(({ reviewers: all = [] }) => all.flatMap(({ reviewer }) => reviewer?.login ?? reviewer?.name ?? []));
  return { reviewers, waits };
}
