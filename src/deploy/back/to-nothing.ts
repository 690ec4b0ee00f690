import { shortCommit } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import type { App } from "./app.ts";
import type { Parts } from "./parts.ts";

/**
 * Where nothing ran before: what the open deploy brought is removed once it is stopped, and the files are what they were.
 * Returns what is true of the app then. Where no app is known, nothing of it is ours.
 */
export async function leaveNothing(
  app: App,
  parts: Parts,
  { deploy, running }: { readonly deploy: DeployRecord | undefined; readonly running: string | undefined },
): Promise<string> {
  if (running === undefined) return parts.app === "not touched" ? "app not touched" : `app ${parts.app}`;
  await app.removeBrought();
  const before = deploy?.checkedOut;
  if (before !== undefined && before !== running) await app.placeFiles(before);
  parts.code = before === undefined ? `${shortCommit(running)} is checked out` : `${shortCommit(before)} is checked out, as before`;
  const left = parts.app === "not touched" || app.stopped;
  parts.app = left ? "nothing runs" : parts.app;
  return left ? "nothing runs" : `app ${parts.app}`;
}
