import { messageOf } from "../../core/failure.ts";
import { plural } from "../../core/format.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Strategy } from "../../rollout/strategy.ts";
import type { Transaction } from "../lock/transaction.ts";

/** How many versions' images stay on the host beside those that a rollback may need. */
const KEPT_VERSIONS = 5;

/** Lets old versions' images go. What cannot be removed is no failure of the deploy. */
export async function thinOutImages(tx: Transaction, strategy: Strategy, parts: readonly string[]): Promise<void> {
  const { report } = tx.environment.ports;
  try {
    const gone = await strategy.thinOut({ parts, keep: versionsWithImages(await tx.state.journal.read()) });
    if (gone.length > 0) report.say(`Removed ${plural(gone.length, "image")} of older versions.`);
  } catch (error) {
    report.warning(`Images of older versions could not be removed: ${messageOf(error)}`);
  }
}

/** The newest versions, the stable ones that a rollback goes to, and what an open deploy needs. Pure. */
export function versionsWithImages(ledger: Ledger): ReadonlySet<string> {
  const newest = [...new Set(ledger.deploys.toReversed().flatMap(({ commit, from }) => [commit, ...(from === undefined ? [] : [from])]))];
  const stable = ledger.stable.slice(-2).map(({ commit }) => commit);
  const { open } = ledger;
  const needed = open === undefined ? [] : [open.commit, ...(open.from === undefined ? [] : [open.from])];
  return new Set([...newest.slice(0, KEPT_VERSIONS), ...stable, ...needed]);
}
