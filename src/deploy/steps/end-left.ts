import { plural } from "../../core/format.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { endLeftovers } from "../../machine/leftovers.ts";
import { endOurSessions } from "../../postgres/sessions.ts";
import type { Transaction } from "../transaction.ts";
import { dropLeftSides } from "./swap.ts";

/** Ends what earlier steps left running, on the host and in the database, and drops the side databases they left. */
export async function endWhatIsLeft(tx: Transaction, deploy: DeployRecord | undefined): Promise<void> {
  const { environment } = tx;
  const { report } = environment.ports;
  const ended = await endLeftovers(environment.machine, tx.state.paths.running);
  for (const one of ended) report.say(`Ended what an earlier step left running: ${one}`);
  const database = await environment.database();
  if (database === undefined) return;
  const sessions = await endOurSessions(database);
  if (sessions > 0) report.say(`Ended ${plural(sessions, "database session")} of earlier steps.`);
  await dropLeftSides(environment, deploy);
}
