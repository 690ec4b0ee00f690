/** A repository as GitHub's routes name it. */
export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Of `GITHUB_REPOSITORY`; undefined where that names none. */
export function repositoryOf(env: Readonly<Record<string, string | undefined>>): RepositoryName | undefined {
  const [owner = "", repo = ""] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  return owner === "" || repo === "" ? undefined : { owner, repo };
}
