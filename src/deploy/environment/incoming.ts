import { isFullCommit } from "../../core/commit.ts";
import { refusal } from "../../core/failure.ts";
import { type Clone, openClone } from "../../machine/git/clone.ts";
import { exists } from "../../machine/files/files.ts";
import type { Environment } from "./environment.ts";

/** The folder this run works in, where it is a git work tree. */
export async function checkoutOf(environment: Environment): Promise<Clone | undefined> {
  const { here, cwd } = environment.ports;
  return (await exists(here, `${cwd}/.git`)) ? await openClone(here, cwd) : undefined;
}

/**
 * The commit this run is about: `commit`, else the workflow's, else (at a terminal) the checkout's HEAD;
 * undefined where nothing says it. Names are looked up in the checkout, then in the host's clone.
 */
export async function incomingCommit(environment: Environment): Promise<string | undefined> {
  const { env, terminal } = environment.ports;
  const named = environment.shared.commit ?? (env["GITHUB_SHA"] || undefined);
  const checkout = await checkoutOf(environment);
  if (named === undefined) return terminal && checkout ? await checkout.head() : undefined;
  if (isFullCommit(named)) return named;
  const clones = [checkout, await environment.clone()].filter((clone) => clone !== undefined);
  for (const clone of clones) {
    const commit = await resolveName(clone, named);
    if (commit !== undefined) return commit;
  }
  throw refusal(`\`commit\` is ${JSON.stringify(named)}, which no tag, branch or commit is called.`, {
    code: "unknown-commit",
    hint: "Give a full sha, or a tag or branch of the repository. A shallow checkout has no tags: actions/checkout with `fetch-depth: 0`.",
  });
}

/** Whether somebody said which commit: this call or the workflow. What happens to be checked out is no word of anybody's. */
export function isCommitSaid({ shared, ports }: Environment): boolean {
  return shared.commit !== undefined || (ports.env["GITHUB_SHA"] ?? "") !== "";
}

/** The commit, where an operation cannot do without. */
export async function requireCommit(environment: Environment): Promise<string> {
  const commit = await incomingCommit(environment);
  if (commit !== undefined) return commit;
  throw refusal("Which commit this is about is not said.", {
    code: "inputs",
    hint: "Give `commit` (a sha, tag or branch), or run in the app's checkout.",
  });
}

/** A remote branch before a local one of the same name: the local one may be old. */
export async function resolveName(clone: Clone, name: string): Promise<string | undefined> {
  for (const ref of [`refs/tags/${name}`, `refs/remotes/origin/${name}`, name]) {
    const commit = await clone.resolve(ref);
    if (commit !== undefined) return commit;
  }
  return undefined;
}
