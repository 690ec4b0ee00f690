import type { Manifest } from "../../backup/manifest.ts";
import { newestFirst } from "../../backup/order.ts";
import { Failure } from "../../core/failure.ts";
import { formatAgo, formatMoment } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { listWay, nextCommand } from "../call/next-command.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { describeCandidate } from "./look.ts";
import { replacedHere } from "./replaced-there.ts";

/** So many are shown; the command `list` shows all. */
const SHOWN = 5;

/**
 * What a restore can be made of, the newest first and each with its age: backups, then replaced databases. Without the
 * confirmation each command shows first what it would do.
 * @param drill the ways prove a backup, and restore nothing.
 */
export async function toRestore(
  environment: Environment,
  own: readonly Manifest[],
  { drill = false }: { readonly drill?: boolean } = {},
): Promise<{ readonly evidence: readonly string[]; readonly ways: readonly Way[] }> {
  const now = environment.ports.clock.now().getTime();
  const first = own.toSorted(newestFirst).slice(0, SHOWN);
  const ago = (at: Date): string => formatAgo(now - at.getTime());
  const backups = first.map((one) => {
    const what = `${describeCandidate(one)}, ${ago(new Date(one.startedAt))}`;
    return {
      command: nextCommand(environment, "restore", ["--backup", one.id, ...(drill ? ["--drill"] : [])]),
      means: drill
        ? `Proves the backup ${what}, beside the live database, which stays as it is.`
        : `Shows what restoring the backup ${what}, would do.`,
    };
  });
  const replaced = (drill ? [] : await replacedHere(environment)).map(({ name, replacedAt }) => ({
    command: nextCommand(environment, "restore", ["--backup", name]),
    means: `Shows what bringing back ${name} would do, which was live until ${formatMoment(replacedAt)}, ${ago(replacedAt)}.`,
  }));
  const older = own.length > first.length ? [listWay(environment)] : [];
  const none = `There is no backup of ${environment.title} in ${stateOf(environment).paths.backups}.`;
  return { evidence: first.length === 0 ? [none] : [], ways: [...backups, ...older, ...replaced] };
}

/** The same behind a backup's name that is none. */
export async function orWhatThereIs(
  environment: Environment,
  own: readonly Manifest[],
  { drill, find }: { readonly drill: boolean; readonly find: () => Promise<Manifest> },
): Promise<Manifest> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== "backup-unknown" && error.code !== "backup-broken")) throw error;
    throw error.with(await toRestore(environment, own, { drill }));
  }
}
