import { Failure, refusal } from "../../core/failure.ts";
import { compactUtc } from "../../core/format.ts";
import type { Database } from "../../postgres/database.ts";
import { createSide, dropOrWarn, sideName } from "../../postgres/side.ts";
import { findRestoreObstacles } from "../../postgres/restore-obstacles.ts";
import { restoreWarnings } from "../../postgres/restore-warnings.ts";
import { freeBytesOnServer } from "../environment/database.ts";
import type { Environment } from "../environment/environment.ts";

/** In the name of a database that is made and dropped at once. */
export const PROBE = "probe";

/** Refuses where what is backed up could not become the live database again (contract, 2). Without a database there is nothing to prove. */
export async function proveRestorable(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  await refuseUnprovable(environment, database);
  await createAndDrop(environment, database, sideName(database.name, `${PROBE}_${compactUtc(environment.ports.clock.now())}`));
}

/** What of that can be told by reading alone. */
export async function refuseUnprovable(environment: Environment, database: Database): Promise<void> {
  await refuseUnrestorable(environment);
  for (const warning of await restoreWarnings(database)) environment.ports.report.warning(warning);
}

/** The part of the proof that only reads. */
export async function refuseUnrestorable(environment: Environment): Promise<void> {
  const database = await environment.database();
  if (database === undefined) return;
  const problems = await findRestoreObstacles(database, {
    freeBytesOnServer: await freeBytesOnServer(database),
    detachSubscriptions: environment.shared["detach-subscriptions"],
  });
  if (problems.length > 0) {
    throw refusal(`The way back is not open: ${problems.map((one) => one.problem).join("; ")}.`, {
      hint: `Nothing was touched. Before a deploy, the database must be restorable: ${problems.map((one) => one.fix).join(" ")}`,
      evidence: problems.map((one) => `${one.problem} → ${one.fix}`),
      code: "way-back",
    });
  }
}

/** What cannot be foreseen (a quota, a template in use, a managed service's rules) shows when it is done once. */
async function createAndDrop({ ports }: Environment, database: Database, side: string): Promise<void> {
  try {
    await createSide(database, side);
    await dropOrWarn(database, side, ports.report);
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
