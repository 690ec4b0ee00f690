import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { andOpen, stillOpen } from "./still-open.ts";
import type { Transaction } from "../lock/transaction.ts";

/** The error, with where the open deploy stands; unchanged where none is open or the journal cannot be read any more. */
export async function standing(tx: Transaction, error: unknown): Promise<unknown> {
  if (tx.deploy === undefined || (error instanceof Failure && error.code === "lock-lost")) return error;
  try {
    const deploy = await tx.record();
    const about = await stillOpen(tx.environment, await tx.state.journal.read(), deploy);
    if (error instanceof Cancelled) return new Cancelled(error.message, { ...about, ...error.details });
    if (!(error instanceof Failure)) return error;
    return andOpen(error, about);
  } catch (unread) {
    tx.environment.ports.report.detail(`Where the deploy stands could not be read: ${messageOf(unread)}`);
    return error;
  }
}
