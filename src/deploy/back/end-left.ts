import { endReplaced } from "../lock/replaced-run.ts";
import type { Transaction } from "../lock/transaction.ts";
import { dropLeftSides } from "../steps/left-sides.ts";

/** Ends what earlier steps left running, on the host and in the database, and drops the side databases they left. */
export async function endWhatIsLeft(tx: Transaction): Promise<void> {
  await endReplaced(tx.environment, tx.state);
  await dropLeftSides(tx.environment, await tx.state.journal.read());
}
