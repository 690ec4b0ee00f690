// deploy/back: how an environment goes back: target, decision, carrying it out, proof, conclusion.

import type { Manifest } from "../../backup/manifest.ts";
import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Environment } from "../environment/environment.ts";
import type { Way } from "../../core/way.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import type { RollbackSettings } from "../environment/sections.ts";
import { settingsForTarget } from "./target-settings.ts";
import { nameOf, type Target } from "./target.ts";
import type { Transaction } from "../lock/transaction.ts";
import { timelineOf } from "../steps/timeline.ts";
import { readableSchema } from "./live-look.ts";
import { backupStore } from "../steps/backup.ts";
import { awayFor } from "../steps/downtime.ts";
import { standing } from "./left-open.ts";
import { noteStableAgain } from "./stable-again.ts";
import { intoReplacedBlock } from "./rows.ts";
import { Parts } from "./parts.ts";
import { carryOut } from "./carry-out.ts";
import type { RolledBack } from "./request.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { planSide } from "./swap.ts";
import { waysWithoutHealth } from "./ways-without-health.ts";

export interface RollbackRequest {
  readonly target: Target;
  readonly settings: RollbackSettings;
  readonly byHand: boolean;
  /** A savepoint that was named; else the open deploy's own, else (by hand) the newest of the target's schema. */
  readonly savepoint?: Manifest | undefined;
}

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
  const parts = new Parts();
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
            restoreMustBeSaid: deploy?.goingBack === true && request.settings.database !== "restore",
          },
          { signal, plannedSide: side, parts },
        );
        return {
          value: back,
          result: {
            commit: back.commit,
            database: back.database,
            replaced: back.replaced,
            health: back.health,
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

async function conclude(tx: Transaction, request: RollbackRequest, rolledBack: RolledBack): Promise<void> {
  const { commit } = rolledBack;
  if (commit !== undefined) {
    const schema = await readableSchema(tx.environment);
    if (schema !== undefined && rolledBack.schema === "proven")
      await tx.write({ kind: "version.seen", commit, schema, during: "rollback" });
    await tx.write(wentBack(request, commit, { from: rolledBack.from, database: rolledBack.database, finished: true }));
    if (request.byHand) await noteStableAgain(tx, { ...rolledBack, commit });
  }
  await tx.close({
    as: "rolled-back",
    why: request.settings.reason ?? request.target.why,
    ...(commit !== undefined && { on: commit }),
    // Without `app-dir` it is not known what runs.
    ...(commit === undefined && rolledBack.from !== undefined && rolledBack.up === undefined && { nothingRuns: true as const }),
    schema: rolledBack.schema,
    ...(request.settings.reason !== undefined && { reason: request.settings.reason }),
  });
}

function wentBack(
  request: RollbackRequest,
  to: string,
  { from, database, finished }: { readonly from: string | undefined; readonly database: string; readonly finished: boolean },
): Parameters<Transaction["write"]>[0] {
  const { reason } = request.settings;
  return { kind: "went-back", to, database, finished, ...(from !== undefined && { from }), ...(reason !== undefined && { reason }) };
}

async function concludeFailed(tx: Transaction, request: RollbackRequest, error: unknown, parts: Parts): Promise<unknown> {
  const { environment } = tx;
  // Cancelled or killed: the deploy stays open, and the same command takes it up again.
  if (error instanceof Cancelled) return await standing(tx, error);
  if (error instanceof Failure && error.exit === 2) {
    if ((await tx.record()).goingBack) await tx.close({ as: "abandoned", why: error.message });
    return error.with({ outputs: { ...error.outputs, "rolled-back": false } });
  }
  const failure = error instanceof Failure ? error : new Failure(messageOf(error), { cause: error, exit: 3 });
  if (failure.code === "lock-lost") return failure;
  const onlyHealth = failure.code === "unhealthy-at-target";
  const id = tx.deploy;
  try {
    const { commit } = request.target;
    if (commit !== undefined) await tx.write(wentBack(request, commit, { from: undefined, database: "unknown", finished: onlyHealth }));
    await tx.close({ as: "failed", why: failure.message, blocks: !onlyHealth, ...(onlyHealth && commit !== undefined && { on: commit }) });
  } catch (unwritten) {
    environment.ports.report.warning(`That the rollback failed could not be written to the journal: ${messageOf(unwritten)}`);
  }
  const ledger = await tx.state.journal.read();
  const record = ledger.deploys.find((one) => one.id === id);
  return failure.with({
    exit: 3,
    ways: await waysAfter(environment, { ledger, record, onlyHealth }),
    outputs: { ...failure.outputs, "rolled-back": false, "replaced-database": parts.replaced },
    blocks: [
      ...failure.blocks,
      ...(parts.replaced === undefined ? [] : [await intoReplacedBlock(environment, parts.replaced)]),
      ...(record === undefined ? [] : [timelineOf(record, environment.ports.clock.now())]),
    ],
    state: [...failure.state, onlyHealth ? "lock: released" : "lock: held, until a rollback finishes it or an unlock ends it"],
  });
}

/** Where it blocks, the deploy's own ways on. Where only health is missing there is nothing to finish: how things stand can be asked. */
async function waysAfter(
  environment: Environment,
  { ledger, record, onlyHealth }: { readonly ledger: Ledger; readonly record: DeployRecord | undefined; readonly onlyHealth: boolean },
): Promise<readonly Way[]> {
  if (record === undefined) return [];
  if (!onlyHealth || ledger.unwell === undefined) return await waysOfDeploy(environment, ledger, record);
  return await waysWithoutHealth(environment, ledger, { unwell: ledger.unwell, running: record.end?.on });
}

/** `code abc1234, database restored, healthy after 1.2 s`. */
export function describeRollback(rolledBack: RolledBack): string {
  const database = { none: "no database", kept: "database kept", down: "database taken down", restored: "database restored" }[
    rolledBack.database
  ];
  return rolledBack.commit === undefined
    ? `${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`
    : `code ${shortCommit(rolledBack.commit)}, ${database}, ${rolledBack.health}${awayFor(rolledBack.downtime)}`;
}
