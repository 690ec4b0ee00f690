import { Failure } from "../../core/failure.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import type { RollbackSettings } from "../call/sections.ts";
import type { Environment } from "../environment/environment.ts";
import { knockAt } from "./live-look.ts";
import { stillOpen } from "./still-open.ts";
import { triedOf } from "./tried.ts";

/** A refusal where the look fails: nothing was touched by then. */
export async function refusingWhere<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw error instanceof Failure ? error.with({ exit: 2 }) : error;
  }
}

/**
 * Refuses a rollback over an open deploy where the database lets nobody in. Behind the lock it would fail at its first look: with
 * the lock taken over from whom it belongs to, and its failure in the journal.
 */
export async function refuseUnlessLetIn(
  environment: Environment,
  { ledger, open, settings }: { readonly ledger: Ledger; readonly open: DeployRecord; readonly settings: RollbackSettings },
): Promise<void> {
  try {
    await refusingWhere(async () => {
      const database = await environment.database();
      if (database !== undefined) await knockAt(environment, database);
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { to, database } = settings;
    const tried = [...triedOf(open), { to, database, code: error.code ?? "failed", unseen: true }];
    const { state = [], ways = [], blocks = [] } = await stillOpen(environment, ledger, open, { tried });
    throw error.with({
      state: [...error.state, "app: not touched", "schema: not looked at", ...state],
      ways,
      blocks: [...error.blocks, ...blocks],
      outputs: { ...error.outputs, "rolled-back": false },
    });
  }
}
