import { Failure, refusal } from "../../core/failure.ts";
import type { Database } from "../../postgres/database.ts";
import { dropOrWarn } from "../../postgres/drop-database.ts";
import { createSide, newSideName } from "../../postgres/side.ts";
import { restorability } from "../../postgres/restorability.ts";
import type { RestoreObstacle } from "../../postgres/restore-obstacle.ts";
import { findRestoreObstacles, type RestoreLook } from "../../postgres/restore-obstacles.ts";
import { freeBytesOnServer } from "../database/database.ts";
import type { Environment } from "../environment/environment.ts";

/** In the name of a database that is made and dropped at once. */
export const PROBE = "probe";

/** How often a trial is made where another run's came in its way. */
const TRIES = 3;

/** Refuses where what is backed up could not become the live database again (contract, 2). Without a database there is nothing to prove. */
export async function proveRestorable(
  environment: Environment,
  { tried = false }: { /** Whether the trial was made before the lock was taken. */ readonly tried?: boolean } = {},
): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  await refuseUnprovable(environment, database);
  if (!tried) await refuseUnmakeable(environment);
}

/**
 * What cannot be foreseen (a quota, a tablespace, a managed service's rules) shows when it is done once: a database is made beside
 * the live one, and dropped. Needs no lock: others may do the same at the same time.
 */
export async function refuseUnmakeable(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  const { clock, report } = environment.ports;
  for (let turn = 1; ; turn += 1) {
    const side = newSideName(database.name, PROBE, clock.now());
    try {
      await createSide(database, side);
      await dropOrWarn(database, side, report);
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // It may be taken for what a killed run left.
      if (turn < TRIES && error.code === "3D000") continue;
      throw unmakeable(database, error);
    }
  }
}

function unmakeable(database: Database, error: Failure): Failure {
  return refusal(`The way back is not open: a database beside ${database.name} cannot be made: ${error.message}`, {
    cause: error,
    evidence: error.evidence,
    hint: `Nothing was touched. ${error.hint ?? "Name a role that may create databases in `database-admin-url`."}`,
    code: "way-back",
  });
}

/** What of that can be told by reading alone. */
export async function refuseUnprovable(environment: Environment, database: Database): Promise<void> {
  const { obstacles, warnings } = await restorability(database, await restoreLook(environment, database));
  refuseObstacles(obstacles);
  for (const warning of warnings) environment.ports.report.warning(warning);
}

/** The part of the proof that only reads. */
export async function refuseUnrestorable(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database !== undefined) refuseObstacles(await findRestoreObstacles(database, await restoreLook(environment, database)));
}

async function restoreLook(environment: Environment, database: Database): Promise<RestoreLook> {
  return { freeBytesOnServer: await freeBytesOnServer(database), detachSubscriptions: environment.shared["detach-subscriptions"] };
}

function refuseObstacles(problems: readonly RestoreObstacle[]): void {
  if (problems.length > 0) {
    throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
      hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
      evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
      code: "way-back",
    });
  }
}
