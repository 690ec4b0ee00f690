import { isFullCommit } from "../../core/commit.ts";
import type { OutputValue } from "../../core/outcome.ts";
import { shortCommit } from "../../core/format.ts";

const COMMITS = [
  ["commit", "commit"],
  ["previous-commit", "before"],
  ["previous-stable", "stable before"],
] as const;

/** The line of the summary that leads to the run and to its commits; empty outside of a repository's workflow. */
export function linksTo(env: Readonly<Record<string, string | undefined>>, outputs: Readonly<Record<string, OutputValue>>): string {
  const { GITHUB_RUN_ID: run = "" } = env;
  const attempt = env["GITHUB_RUN_ATTEMPT"] ?? "1";
  const home = homeOf(env);
  if (home === undefined) return "";
  const runs =
    /^\d+$/.test(run) && /^\d+$/.test(attempt) ? [`[run ${run}.${attempt}](${home}/actions/runs/${run}/attempts/${attempt})`] : [];
  const commits = COMMITS.flatMap(([output, name]) => {
    const commit = outputs[output];
    const known = typeof commit === "string" && isFullCommit(commit);
    return known && (output === "commit" || commit !== outputs["commit"])
      ? [
          `${output === "commit" && String(outputs["rolled-back"]) === "true" ? "back on" : name} [${shortCommit(commit)}](${home}/commit/${commit})`,
        ]
      : [];
  });
  return [...runs, ...commits].join(" · ");
}

/** The repository's page; undefined outside of a repository's workflow. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL: server = "https://github.com", GITHUB_REPOSITORY: repository = "" } = env;
  // They come from the runner, but nothing else may become a link.
  return /^https?:\/\/[\w.-]+(?::\d+)?$/.test(server) && /^[\w.-]+\/[\w.-]+$/.test(repository) ? `${server}/${repository}` : undefined;
}
