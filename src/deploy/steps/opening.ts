import { Failure, refusal } from "../../core/failure.ts";
import { compactUtc, shortCommit } from "../../core/format.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { endLeftovers } from "../../machine/leftovers.ts";
import type { Database } from "../../postgres/database.ts";
import { createSide, dropDatabase, sideName, sidesOf } from "../../postgres/side.ts";
import { proveWayBack } from "../../postgres/wayback.ts";
import { freeBytesOnServer } from "../database.ts";
import { checkPrefix } from "../../release/tags.ts";
import { type Environment, stateOf } from "../environment.ts";
import { journaledSettings } from "../sections.ts";
import type { Opening } from "../opening.ts";
import { liveSchema } from "../versions.ts";
import { dropLeftSides } from "./swap.ts";
import { moveWaitingTags } from "./tags.ts";

/** In the name of a database that is made and dropped at once. */
const PROBE = "probe";

/** Looks at what a new deploy begins on, and proves the way back before anything changes (contract, 2 and 3). */
export async function openingOf(environment: Environment, commit: string, ledger: Ledger): Promise<Opening> {
  const { report } = environment.ports;
  const clone = await environment.clone();
  const from = clone === undefined ? ledger.on : await clone.current();
  const journaled = ledger.on;
  if (clone !== undefined && from !== undefined && journaled !== undefined && from !== journaled) {
    report.notice(
      `${shortCommit(from)} is checked out in ${clone.directory}, the journal expected ${shortCommit(journaled)}: deployed by hand. What is on the host counts.`,
    );
  }
  await refusing(async () => {
    // Nobody should learn at the end of a good deploy that it cannot be marked.
    checkPrefix(environment.tagPrefix);
    await cleanUpAfter(environment, ledger.open);
    await proveDatabaseWayBack(environment);
  });
  await moveWaitingTags(environment, ledger);
  return { commit, from, live: await liveSchema(environment), settings: journaledSettings(environment.settings) };
}

/** What a deploy that was killed before it changed anything left: it is closed, and nobody else will look for it. */
async function cleanUpAfter(environment: Environment, abandoned: DeployRecord | undefined): Promise<void> {
  const { machine, ports } = environment;
  for (const one of await endLeftovers(machine, stateOf(environment).paths.running))
    ports.report.say(`Ended what an earlier step left running: ${one}`);
  const database = await environment.database();
  if (database === undefined) return;
  await dropLeftSides(environment, abandoned);
  for (const side of await sidesOf(database, PROBE)) await dropDatabase(database, side);
}

async function proveDatabaseWayBack(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  const problems = await proveWayBack(database, { freeBytesOnServer: await freeBytesOnServer(database) });
  if (problems.length > 0) {
    throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
      hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
      evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
      code: "way-back",
    });
  }
  await createAndDrop(database, sideName(database.name, `${PROBE}_${compactUtc(environment.ports.clock.now())}`));
}

/** Nothing was touched yet: whatever fails here (a wrong password, no such database) is a refusal. */
async function refusing(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    throw error instanceof Failure ? error.with({ exit: 2 }) : error;
  }
}

/** What cannot be foreseen (a quota, a template in use, a managed service's rules) shows when it is done once. */
async function createAndDrop(database: Database, side: string): Promise<void> {
  try {
    await createSide(database, side);
    await dropDatabase(database, side);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw refusal(`The way back is not open: a database beside ${database.name} cannot be made: ${error.message}`, {
      cause: error,
      evidence: error.evidence,
      hint: `Nothing was touched. ${error.hint ?? "Name a role that may create databases in `database-admin-url`."}`,
      code: "way-back",
    });
  }
}
