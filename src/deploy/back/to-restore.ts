import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import { Failure } from "../../core/failure.ts";
import { nextCommand } from "../call/next-command.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { describeCandidate } from "./look.ts";
import { replacedThere } from "./replaced-there.ts";

/** So many are shown; the command `list` shows all. */
const SHOWN = 10;

/**
 * What a restore can be made of: backups and replaced databases, a line each with the whole command. Without the confirmation a
 * backup's shows first what it would do.
 */
export async function toRestore(environment: Environment, own: readonly Manifest[]): Promise<readonly string[]> {
  const backups = own
    .toSorted(newestFirst)
    .slice(0, SHOWN)
    .map((one) => `${describeCandidate(one)}: ${nextCommand(environment, "restore", ["--backup", one.id])}`);
  const none = `There is no backup of ${environment.title} in ${stateOf(environment).paths.backups}.`;
  return [...(backups.length === 0 ? [none] : backups), ...(await replacedThere(environment))];
}

/** The same behind a backup's name that is none. */
export async function orWhatThereIs(environment: Environment, own: readonly Manifest[], find: () => Promise<Manifest>): Promise<Manifest> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== "backup-unknown" && error.code !== "backup-broken")) throw error;
    throw error.with({ evidence: await toRestore(environment, own) });
  }
}
