import { shortCommit } from "../../core/format.ts";
import type { Clone } from "../../machine/git/clone.ts";

const MOST = 10;

/** The commits from one version to another for a message, newest first; none where the clone does not know both, or is not to be had. */
export async function commitLines(open: () => Promise<Clone | undefined>, from: string, to: string): Promise<readonly string[]> {
  try {
    const clone = await open();
    if (clone === undefined || from === to || !(await clone.has(from)) || !(await clone.has(to))) return [];
    const commits = await clone.log(from, to, MOST + 1);
    const lines = commits.slice(0, MOST).map(({ commit, subject, author }) => `${shortCommit(commit)} ${subject} (${author})`);
    return commits.length > MOST ? [...lines, "… and more"] : lines;
  } catch {
    // The work asks the same clone, and tells what is wrong with it.
    return [];
  }
}
