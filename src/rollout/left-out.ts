import { shortCommit } from "../core/format.ts";
import type { Report } from "../core/report.ts";
import type { Clone } from "../machine/git/clone.ts";

/** Says what of a version a switch does not bring along: submodules, and files whose content lies in Git LFS. */
export async function noticeLeftOut(clone: Clone, commit: string, report: Pick<Report, "notice">): Promise<void> {
  const name = shortCommit(commit);
  if ((await clone.readFile(commit, ".gitmodules")) !== undefined) {
    report.notice(
      `${name} has submodules, and a switch does not update them: say so in \`command\` (git submodule update --init --recursive).`,
    );
  }
  if (await usesLfs(clone, commit)) {
    report.notice(
      `${name} keeps files in Git LFS: without git-lfs on ${clone.machine.name} their pointers are checked out instead. With it, say \`git lfs pull\` in \`command\`.`,
    );
  }
}

async function usesLfs(clone: Clone, commit: string): Promise<boolean> {
  const words = ["grep", "--quiet", "-e", "filter=lfs", commit, "--", ":(glob)**/.gitattributes"];
  return (await clone.git.run(words)).code === 0;
}
