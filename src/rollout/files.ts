import { stopIfCancelled } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import type { Act } from "./act.ts";
import { stopByCommand, timed } from "./commands.ts";
import { refuseObstacles } from "./obstacles.ts";
import type { AppOnHost, SwitchRequest } from "./strategy.ts";

/** Stops the app where `stop-command` does, and puts the files of a commit in place. Returns the commit that was there. */
export async function putFiles(app: AppOnHost, request: SwitchRequest): Promise<string | undefined> {
  const { clone, ports } = app;
  const previous = await clone.current();
  stopIfCancelled(ports.signal);
  if (request.stopped !== true) {
    // Looked at while the app still runs; the checkout looks again.
    if (request.edits !== "keep") await refuseObstacles(clone, request.commit);
    await clone.awaitOthers(request.commit, (which) => ports.report.say(`Waiting, while the app still runs: ${which}.`));
    await stopByCommand(app);
  }
  stopIfCancelled(ports.signal);
  // Not cancelled half-way: it takes a moment, and files of two versions are worse than a late stop.
  await timed(app, "putting the files in place", async () => await placeFiles(app, request));
  return previous;
}

/** Puts the files of a commit in place, and neither stops nor starts anything. */
export async function placeFiles(
  { clone, ports, noteIn }: Pick<AppOnHost, "clone" | "ports" | "noteIn">,
  { commit, edits }: SwitchRequest,
): Promise<void> {
  const options = noteIn === undefined ? {} : { noteIn };
  if (edits !== "keep") {
    await clone.checkout(commit, options);
    return;
  }
  const kept = await clone.restoreTo(commit, { ...options, at: ports.clock.now() });
  if (kept.edits !== undefined)
    ports.report.warning(
      `Tracked files in ${clone.directory} had been edited; they are kept: git -C ${clone.directory} show ${kept.edits}`,
    );
  if (kept.renamed.length > 0)
    ports.report.warning(
      `Untracked files stood in the way in ${clone.directory} and were renamed: ${kept.renamed.slice(0, 10).join(", ")}${kept.renamed.length > 10 ? ", …" : ""}`,
    );
}

/** The same as data. What was checked out before undoes it, and it alone: half-way, files of both versions lie there. */
export async function fileAct(app: AppOnHost, { commit, edits }: SwitchRequest): Promise<Act> {
  const previous = await app.clone.current();
  return { ...filesOf(app, commit, edits), ...(previous !== undefined && { undo: [filesOf(app, previous, "keep")] }) };
}

function filesOf({ clone, ports }: AppOnHost, commit: string, edits: SwitchRequest["edits"]): Act {
  const { words, cwd, env } = clone.placing(commit, edits === "keep" ? ports.clock.now() : undefined);
  return {
    what: `the files of ${shortCommit(commit)}`,
    words,
    folder: cwd,
    variables: env,
    told: `git checkout --detach ${commit}${edits === "keep" ? ", what stands in the way kept aside" : ""}`,
  };
}
