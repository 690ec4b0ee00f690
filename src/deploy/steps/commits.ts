import { shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Clone } from "../../machine/clone.ts";

/** The commits of one version over another, newest first: at most 20. */
export async function commitLines(clone: Clone, from: string, to: string): Promise<readonly string[]> {
  const commits = await clone.log(from, to, 20);
  return commits.map((one) => `${shortCommit(one.commit)} ${one.subject}`);
}

/** What a version brings, for the summary. */
export async function commitsBlock(clone: Clone, from: string, to: string): Promise<Block> {
  return { kind: "code", title: `Commits since ${shortCommit(from)}`, lines: await commitLines(clone, from, to) };
}
