import { newestFirst } from "../../backup/order.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger, StableRecord } from "../../journal/ledger.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { backupStore } from "../steps/backup.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { type Look, lookAtDatabase, type LookRequest } from "./look.ts";
import { asSavepoint } from "./ways-of-deploy.ts";
import { rankWays } from "./ways.ts";

export interface FurtherRequest {
  /** What is on. */
  readonly on: string;
  /** In words for the journal. */
  readonly reason: string;
  /** The deploy whose version is not gone back to: it failed. */
  readonly after?: string | undefined;
}

/** Where it would go further back, to the stable version before; and the whole commands, with what becomes of the database said. */
export async function furtherBack(
  environment: Environment,
  ledger: Ledger,
  { on, reason, after }: FurtherRequest,
): Promise<{ readonly to: string | undefined; readonly ways: readonly Way[] }> {
  const failed = ledger.deploys.find(({ id }) => id === after)?.commit;
  const before = stableBefore(ledger, on, failed);
  return before === undefined
    ? { to: undefined, ways: [] }
    : { to: before.commit, ways: await waysTo(environment, ledger, { before, reason }) };
}

function stableBefore({ stable }: Ledger, on: string, failed: string | undefined): StableRecord | undefined {
  const at = stable.findIndex((one) => one.commit === on);
  return (at === -1 ? stable : stable.slice(0, at)).findLast((one) => one.commit !== on && one.commit !== failed);
}

async function waysTo(
  environment: Environment,
  ledger: Ledger,
  { before, reason }: { readonly before: StableRecord; readonly reason: string },
): Promise<readonly Way[]> {
  const { manifests } = await backupStore(environment, stateOf(environment)).all();
  const target = { commit: before.commit, schema: ledger.schemas.get(before.commit), why: "it was stable before", stable: true };
  const savepoint = savepointFor(manifests, undefined, target, ledger);
  const others = manifests.toSorted(newestFirst);
  const look = await lookIfItAnswers(environment, { target, savepoint, others });
  const action = look?.decision.action;
  return rankWays({
    place: environment,
    reason,
    deploy: undefined,
    target: shortCommit(before.commit),
    to: before.tag,
    database: action !== "none",
    differs: target.schema !== undefined,
    down: look?.down,
    savepoint: savepoint && asSavepoint(ledger, savepoint),
    others: [],
    tried: [],
    mustBeSaid: action === undefined || action === "restore" || action === "impossible",
  });
}

async function lookIfItAnswers(
  environment: Environment,
  about: Pick<LookRequest, "target" | "savepoint" | "others">,
): Promise<Look | undefined> {
  try {
    return await lookAtDatabase(environment, { ...about, wish: "auto", preferDown: false, deploy: undefined });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.detail(`What would become of the database further back could not be looked at: ${error.message}`);
    return undefined;
  }
}
