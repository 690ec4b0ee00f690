import type { DeployRecord } from "../../journal/ledger.ts";
import { dropOrWarn, isSideOf } from "../../postgres/side.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";

/**
 * Removes side databases that a killed rollback left; what was swapped in is not called that any more. Only what is named as
 * ours are: a step may have meant to put a replaced database back, and the journal is a file on the host.
 */
export async function dropLeftSides(environment: Environment, deploy: DeployRecord | undefined): Promise<void> {
  const sides = (deploy?.steps ?? []).flatMap((step) => (typeof step.intent["side"] === "string" ? [step.intent["side"]] : []));
  if (sides.length === 0) return;
  const database = await databaseOf(environment);
  for (const side of sides) if (isSideOf(database.name, side)) await dropOrWarn(database, side, environment.ports.report);
}
