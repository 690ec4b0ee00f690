import { backupSection } from "../../backup/inputs.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { endLeftovers } from "../../machine/process/leftovers.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { sidesOf } from "../../postgres/side.ts";
import { checkPrefix } from "../../release/tags.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { journaledSettings } from "../call/sections.ts";
import type { Opening } from "../lock/opening.ts";
import { allowedQuarantine } from "../lock/quarantined.ts";
import { liveSchema } from "../environment/versions.ts";
import { PROBE, proveRestorable, refuseUnrestorable, refuseUnmakeable } from "./provable.ts";
import { dropLeftSides } from "./left-sides.ts";
import { moveWaitingTags } from "./tags.ts";
import { refuseTooManyReplaced } from "./thin-replaced.ts";
import { refuseBehind } from "./unmigratable.ts";
import { refuseUnrestoredWarm } from "./warm.ts";
import { whatRan } from "./what-ran.ts";

/** Looks at what a new deploy begins on, and proves the way back before anything changes (contract, 2 and 3). */
export async function openingOf(environment: Environment, commit: string, ledger: Ledger): Promise<Opening> {
  const { report } = environment.ports;
  const clone = await environment.clone();
  const head = await clone?.current();
  const journaled = ledger.on;
  if (clone !== undefined && head !== undefined && journaled !== undefined && head !== journaled) {
    report.notice(
      `${shortCommit(head)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`,
    );
  }
  await refusing(async () => {
    // Nobody should learn at the end of a good deploy that it cannot be marked.
    checkPrefix(environment.tagPrefix);
    refuseUnrestoredWarm(environment.settingsOf(backupSection));
    const littered = await cleanUpAfter(environment, ledger);
    await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
    await refuseBehind(environment, commit);
    await proveRestorable(environment, { tried: !littered });
  });
  const before = await whatRan(environment, ledger, commit);
  await moveWaitingTags(environment, ledger);
  return {
    commit,
    ...before,
    live: await liveSchema(environment),
    settings: journaledSettings(environment.settings),
    hooks: environment.hooks,
    allowed: allowedQuarantine(environment, ledger, commit),
  };
}

/**
 * Refuses what no deploy may begin on, before the lock is taken, the trial of a database beside the live one included. Where
 * something is left of a deploy that was killed, that is cleared away first, under the lock: it may be what stands in the way.
 */
export async function mayOpen(environment: Environment, commit: string, ledger: Ledger): Promise<void> {
  await refusing(async () => {
    checkPrefix(environment.tagPrefix);
    refuseUnrestoredWarm(environment.settingsOf(backupSection));
    try {
      await refuseTooManyReplaced(environment, ledger, environment.settingsOf(backupSection));
      await refuseUnrestorable(environment);
      await refuseUnmakeable(environment);
    } catch (error) {
      // A database that lets nobody in cannot be asked for that either.
      if (!(await isLittered(environment).catch(() => false))) throw error;
    }
    await refuseBehind(environment, commit);
  });
}

async function isLittered(environment: Environment): Promise<boolean> {
  const database = await environment.database();
  return database !== undefined && (await sidesOf(database, ["probe", "restore", "verify", "warm"])).length > 0;
}

/** What a deploy that was killed before it changed anything left: it is closed, and nobody else will look for it. Whether there was any. */
async function cleanUpAfter(environment: Environment, ledger: Ledger): Promise<boolean> {
  const { machine, ports } = environment;
  for (const one of await endLeftovers(machine, stateOf(environment).paths.running))
    ports.report.say(`Ended what an earlier step left running: ${one}`);
  const database = await environment.database();
  if (database === undefined) return false;
  // Else there is nothing to look for by name either.
  if (!(await isLittered(environment))) return false;
  // Whatever was open when this was read is closed by now.
  await dropLeftSides(environment, { entries: ledger.entries, open: undefined });
  for (const side of await sidesOf(database, [PROBE])) await dropOrWarn(database, side, ports.report);
  return true;
}

/** Nothing was touched yet: whatever fails here (a wrong password, no such database) is a refusal. */
async function refusing(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    throw error instanceof Failure ? error.with({ exit: 2 }) : error;
  }
}
