import { type Failure, refusal } from "../core/failure.ts";
import { plural, shortCommit } from "../core/format.ts";
import { quote } from "../machine/quote.ts";
import type { Clone } from "../machine/git/clone.ts";

const NAMED_FILES = 20;

/** Refuses what a checkout would stop at, while nothing is touched. After a killed switch it finishes that one instead. */
export async function refuseObstacles(clone: Clone, commit: string): Promise<void> {
  if ((await clone.interruptedCheckout()) !== undefined) return;
  await refuseLocalEdits(clone);
  await refuseFilesInTheWay(clone, commit);
}

/** Refuses tracked files that were edited, by name. */
export async function refuseLocalEdits(clone: Clone): Promise<void> {
  const files = await clone.dirtyFiles();
  if (files.length === 0) return;
  throw inTheWay(
    `${plural(files.length, "tracked file")} in ${clone.directory} on ${clone.machine.name} ${files.length === 1 ? "was" : "were"} edited by hand.`,
    files,
    {
      hint: `See \`git -C ${clone.directory} diff\`; commit and push what is meant, and \`git -C ${clone.directory} checkout HEAD -- .\` for what is not. Files that a build rewrites are better not tracked.`,
    },
  );
}

/** Refuses untracked files, ignored ones too, where the commit has files, by name. */
export async function refuseFilesInTheWay(clone: Clone, commit: string): Promise<void> {
  await refuseOutOfSight(clone, commit);
  const files = await clone.untrackedInTheWay(commit);
  if (files.length === 0) return;
  throw inTheWay(
    `${shortCommit(commit)} has ${plural(files.length, "file")} where ${clone.directory} on ${clone.machine.name} has untracked ones of the same name.`,
    files,
    { hint: "Move them away on the host, or take them out of the commit; they would be overwritten." },
  );
}

/** Refuses, by name, what a checkout of the commit would touch, and git does not tell of. */
async function refuseOutOfSight(clone: Clone, commit: string): Promise<void> {
  const { submodules, hidden } = await clone.outOfSight(commit);
  const where = `${clone.directory} on ${clone.machine.name}`;
  if (submodules.length > 0)
    throw inTheWay(
      `${shortCommit(commit)} has files where ${where} has ${submodules.length === 1 ? "the folder of a submodule" : "folders of submodules"}.`,
      submodules,
      { hint: "Move them away on the host; git would remove them, with all that was edited there." },
    );
  if (hidden.length === 0) return;
  const flags = ["--no-assume-unchanged", "--no-skip-worktree"].map((flag) =>
    quote(["git", "-C", clone.directory, "update-index", flag, "--", ...hidden]),
  );
  throw inTheWay(
    `${plural(hidden.length, "file")} in ${where} that git was told not to look at ${hidden.length === 1 ? "was" : "were"} edited, and ${shortCommit(commit)} has another text there.`,
    hidden,
    {
      hint: `Have git look again: ${flags.join(" && ")}. Then it shows the edits, and \`git -C ${clone.directory} stash\` puts them aside.`,
    },
  );
}

function inTheWay(message: string, files: readonly string[], details: { readonly hint: string }): Failure {
  const more = files.length > NAMED_FILES ? [`… and ${plural(files.length - NAMED_FILES, "more file", "more files")}`] : [];
  return refusal(message, { ...details, evidence: [...files.slice(0, NAMED_FILES), ...more], code: "work-tree" });
}
