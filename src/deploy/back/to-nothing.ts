import { shortCommit } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { App } from "./app.ts";
import type { Parts } from "./parts.ts";
import type { StillUp } from "../../rollout/strategy.ts";

/**
 * Where nothing ran before: what the open deploy brought is removed once it is stopped, and the files are what they were.
 * Returns what is true of the app then, and what of it may run all the same. Where no app is known, nothing of it is ours.
 */
export async function leaveNothing(
  app: App,
  parts: Parts,
  { deploy, running }: { readonly deploy: DeployRecord | undefined; readonly running: string | undefined },
): Promise<{ readonly health: string; readonly up?: StillUp | undefined }> {
  if (running === undefined) return { health: parts.app === "not touched" ? "app not touched" : `app ${parts.app}` };
  const found = await app.clearAway();
  // What was not switched to was not started.
  const up = deploy?.goingBack === true || deploy?.steps.some(({ step }) => step === "switch") === true ? found : undefined;
  const before = deploy?.checkedOut;
  if (before !== undefined && before !== running) await app.placeFiles(before);
  parts.code = before === undefined ? `${shortCommit(running)} is checked out` : `${shortCommit(before)} is checked out, as before`;
  parts.app = up === undefined ? "nothing runs" : up.what;
  return { health: parts.app, up };
}
