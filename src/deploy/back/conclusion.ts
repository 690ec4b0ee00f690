import { Cancelled, Failure, messageOf } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import type { Transaction } from "../lock/transaction.ts";
import { timelineOf } from "../steps/timeline.ts";
import { dropWarm } from "../steps/warm.ts";
import { standing } from "./left-open.ts";
import { readableSchema } from "./live-look.ts";
import type { Parts } from "./parts.ts";
import type { RollbackRequest, RolledBack } from "./request.ts";
import { intoReplacedBlock } from "./rows.ts";
import { noteStableAgain } from "./stable-again.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import { waysWithoutHealth } from "./ways-without-health.ts";

/** The journal's last words on a rollback that is done: what was seen, where it went, and that the deploy is over. */
export async function conclude(tx: Transaction, request: RollbackRequest, rolledBack: RolledBack): Promise<void> {
  const { commit } = rolledBack;
  if (commit !== undefined) {
    const schema = await readableSchema(tx.environment);
    if (schema !== undefined && rolledBack.schema === "proven")
      await tx.write({ kind: "version.seen", commit, schema, during: "rollback" });
    await tx.write(wentBack(request, commit, { from: rolledBack.from, database: rolledBack.database, finished: true }));
    if (request.byHand && request.target.apart !== "as-backed-up") await noteStableAgain(tx, { ...rolledBack, commit });
  }
  await dropWarm(tx);
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

/** The same of one that failed. Returns what is thrown: with how all stands, and the ways on. */
export async function concludeFailed(tx: Transaction, request: RollbackRequest, error: unknown, parts: Parts): Promise<unknown> {
  const { environment } = tx;
  // Cancelled or killed: the deploy stays open, and the same command takes it up again.
  if (error instanceof Cancelled) return await standing(tx, error);
  if (error instanceof Failure && error.exit === 2) {
    if ((await tx.record()).goingBack) await tx.close({ as: "abandoned", why: error.message });
    return error.with({ outputs: { ...error.outputs, "rolled-back": false } });
  }
  const failure = error instanceof Failure ? error : new Failure(messageOf(error), { code: "unexpected", cause: error, exit: 3 });
  if (failure.code === "lock-lost") return failure;
  const onlyHealth = failure.code === "unhealthy-at-target";
  const id = tx.deploy;
  try {
    const { commit } = request.target;
    if (commit !== undefined) await tx.write(wentBack(request, commit, { from: undefined, database: "unknown", finished: onlyHealth }));
    // What keeps blocking is gone back from once more.
    if (onlyHealth) await dropWarm(tx);
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
