// deploy/back: how an environment goes back: target, decision, carrying it out, proof, conclusion.

import type { Manifest } from "../../backup/manifest.ts";
import { shortCommit } from "../../core/format.ts";
import { settingsForTarget } from "./target-settings.ts";
import { nameOf, type Target } from "./target.ts";
import type { Transaction } from "../lock/transaction.ts";
import { backupStore } from "../steps/backup.ts";
import { awayFor, leftStopped } from "../steps/downtime.ts";
import { Parts } from "./parts.ts";
import { carryOut } from "./carry-out.ts";
import { conclude, concludeFailed } from "./conclusion.ts";
import type { RollbackRequest, RolledBack } from "./request.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { changedTables, rowsTold } from "./rows.ts";
import { planSide } from "./swap.ts";

/**
 * One rollback, journaled: returns code and database to the target and closes the deploy. A rollback that cannot
 * prove everything closes it as failed and names the command that finishes it.
 */
export async function rollBack(tx: Transaction, request: RollbackRequest): Promise<RolledBack> {
  const { environment } = tx;
  const ledger = await tx.state.journal.read();
  const deploy = ledger.deploys.find((one) => one.id === tx.deploy);
  const backups = await backupStore(environment, tx.state).all();
  const savepoint = request.savepoint ?? savepointFor(backups.manifests, deploy, request.target, ledger);
  const target = targetWith(request.target, savepoint);
  const settings = settingsForTarget(environment, { ledger, deploy, target });
  const side = savepoint === undefined ? undefined : await planSide(environment);
  const parts = new Parts(deploy && leftStopped(deploy));
  try {
    const rolledBack = await tx.step(
      "rollback",
      {
        title: `Rolling ${environment.title} back to ${nameOf(target)}`,
        intent: {
          target: target.commit,
          to: request.settings.to,
          database: request.settings.database,
          why: request.target.why,
          savepoint: savepoint?.id,
          side,
          reason: request.settings.reason,
          byHand: request.byHand,
        },
        unseen: () => parts.unseen,
        leftStopped: () => parts.leftStopped,
      },
      async (signal) => {
        const back = await carryOut(
          tx,
          {
            target,
            wish: request.settings.database,
            preferDown: request.settings["prefer-down"],
            savepoint,
            others: backups.manifests,
            broken: backups.broken.map(({ file, problem }) => `${file} (${problem})`),
            deploy,
            ...settings,
            restoreMustBeSaid: request.mayNotRestore === true || (deploy?.goingBack === true && request.settings.database !== "restore"),
          },
          { signal, plannedSide: side, parts },
        );
        return {
          value: back,
          result: {
            commit: back.commit,
            database: back.database,
            replaced: back.replaced,
            // For whoever hears of it, and as numbers for whoever makes a table of them.
            ...(back.rows.length > 0 && { rows: rowsTold(back.rows), tables: changedTables(back.rows) }),
            health: back.health,
            times: back.times,
            ...(back.downtime && { downtime: back.downtime }),
          },
          headline: describeRollback(back),
        };
      },
    );
    await conclude(tx, request, rolledBack);
    return rolledBack;
  } catch (error) {
    throw await concludeFailed(tx, request, error, parts);
  }
}

/** Where no version is gone back to, the schema is the savepoint's: somebody may have changed it since the deploy opened. */
function targetWith(target: Target, savepoint: Manifest | undefined): Target {
  return target.commit === undefined && savepoint !== undefined ? { ...target, schema: savepoint.schema } : target;
}

/** `code abc1234, database restored, healthy after 1.2 s`. */
function describeRollback(rolledBack: RolledBack): string {
  const database = { none: "no database", kept: "database kept", down: "database taken down", restored: "database restored" }[
    rolledBack.database
  ];
  return rolledBack.commit === undefined
    ? `${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`
    : `code ${shortCommit(rolledBack.commit)}, ${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`;
}
