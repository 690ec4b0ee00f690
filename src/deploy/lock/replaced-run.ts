import { messageOf } from "../../core/failure.ts";
import { plural } from "../../core/format.ts";
import { endLeftovers } from "../../machine/process/leftovers.ts";
import { endOurSessions } from "../../postgres/sessions.ts";
import type { AdmissionRequest } from "./admission.ts";
import type { Environment, State } from "../environment/environment.ts";

/** Ends what earlier steps left running, on the host and in the database: a process that is stopped could go on with it. */
export async function endReplaced(environment: Environment, { paths }: State): Promise<void> {
  const { report } = environment.ports;
  for (const one of await endLeftovers(environment.machine, paths.running)) report.say(`Ended what an earlier step left running: ${one}`);
  const database = await environment.database();
  if (database === undefined) return;
  const sessions = await endOurSessions(database);
  if (sessions > 0) report.say(`Ended ${plural(sessions, "database session")} of earlier steps.`);
}

/** A step of the one before did not end, and its process may still be there, stopped: what it began is ended before this one acts. */
export async function endStepBefore(environment: Environment, state: State, wants: AdmissionRequest["wants"]): Promise<void> {
  try {
    await endReplaced(environment, state);
  } catch (error) {
    // A rollback asks again before it acts, and ending a deploy as it stands must always be possible.
    if (wants !== "end") throw error;
    environment.ports.report.warning(`What the run before left running could not be ended: ${messageOf(error)}`);
  }
}
