import type { Outcome } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { beginStep } from "../back/begin.ts";
import { refuseUnlessLetIn } from "../back/let-in.ts";
import { mayGoBack, openRollback } from "../back/open-rollback.ts";
import { rollBack } from "../back/rollback-step.ts";
import { rollbackOutcome } from "../back/rollback-outcome.ts";
import { moveTagsAfterRollback } from "../back/stable-again.ts";
import type { RollbackSettings } from "../call/sections.ts";
import type { Environment } from "../environment/environment.ts";

export interface TakeBack {
  readonly settings: RollbackSettings;
  readonly byHand: boolean;
  /** Asked at each look: why there is nothing to take back any more. */
  readonly moot: (ledger: Ledger) => string | undefined;
  /** How long to wait for others. Default: the lease. Milliseconds. */
  readonly patienceMs?: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** One rollback, from its turn to its outcome: a workflow's, a person's, or the one at the end of a job. */
export async function takeBack(environment: Environment, asked: TakeBack): Promise<Outcome> {
  const { settings, byHand, moot, patienceMs, started } = asked;
  await using tx = await beginStep(environment, {
    wants: "end",
    commit: undefined,
    moot,
    patienceMs,
    check: async ({ ledger }) => {
      await mayGoBack(environment, ledger, settings);
      if (ledger.open !== undefined) await refuseUnlessLetIn(environment, { ledger, open: ledger.open, settings });
    },
  });
  const { target, savepoint } = await openRollback(tx, settings);
  const before = await tx.record();
  const rolledBack = await rollBack(tx, { target, savepoint, settings, byHand });
  const tags = byHand && target.apart !== "as-backed-up" ? await moveTagsAfterRollback(environment, rolledBack) : [];
  const durationMs = environment.ports.clock.now().getTime() - started;
  return await rollbackOutcome(tx, rolledBack, { before, target, reason: settings.reason, durationMs, tags });
}
