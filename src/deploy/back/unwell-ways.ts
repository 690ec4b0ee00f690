import { newestFirst } from "../../backup/order.ts";
import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger, StableRecord } from "../../journal/ledger.ts";
import type { Unwell } from "../../journal/unwell.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { nextCommand, rollbackCommand } from "../environment/next-command.ts";
import { backupStore } from "../steps/backup.ts";
import { savepointFor } from "../steps/savepoint-for.ts";
import { type Look, lookAtDatabase, type LookRequest } from "./look.ts";
import { asSavepoint } from "./open-ways.ts";
import { waysBack } from "./ways.ts";

export interface UnwellRequest {
  readonly unwell: Unwell;
  /** What is on the host; undefined where that is not known. */
  readonly running: string | undefined;
  /** Whether it has just been asked, in vain. */
  readonly justAsked?: boolean;
}

/**
 * The ways on where the version that is on is not known to be healthy, and there is nothing to finish: start it again, ask it,
 * go further back. What has just failed is not the first again. Reads only.
 */
export async function waysWithoutHealth(environment: Environment, ledger: Ledger, request: UnwellRequest): Promise<readonly Way[]> {
  const { unwell, justAsked = false } = request;
  const on = unwell.commit ?? request.running;
  const ask = asking(environment, on);
  if (on === undefined) return [ask];
  const start = starting(environment, ledger, { on, unwell });
  const before = stableBefore(ledger, on, unwell);
  const further = before === undefined ? [] : await goingFurther(environment, ledger, { on, before });
  // A rollback by hand that went nowhere has started it once more, in vain.
  if (ledger.deploys.find(({ id }) => id === unwell.deploy)?.goingBack === true) {
    const again = { ...start, means: `Only once what failed is mended: ${start.means}` };
    return justAsked ? [...further, again, ask] : [ask, ...further, again];
  }
  if (justAsked) return [start, ...further, ask];
  return unwell.how === "unasked" ? [ask, start, ...further] : [start, ask, ...further];
}

function asking(environment: Environment, on: string | undefined): Way {
  return {
    command: nextCommand(environment, "health-check", on === undefined ? [] : ["--commit", on]),
    means: "Asks the app again and changes nothing: for when the cause was mended.",
  };
}

function starting(environment: Environment, { wentBack }: Ledger, { on, unwell }: { readonly on: string; readonly unwell: Unwell }): Way {
  const name = shortCommit(on);
  const reason = unwell.how === "unhealthy" ? `${name} is not healthy` : `${name} was not seen healthy`;
  const words = wentBack?.to === on ? [] : ["--to", on, "--database", "keep"];
  return {
    command: rollbackCommand(environment, reason, words),
    means: `Asks ${name}, and starts it once more where it does not answer; the database stays as it is.`,
  };
}

/** What was stable before the version that is on. */
function stableBefore({ stable, deploys }: Ledger, on: string, unwell: Unwell): StableRecord | undefined {
  const at = stable.findIndex((one) => one.commit === on);
  const failed = deploys.find(({ id }) => id === unwell.deploy)?.commit;
  return (at === -1 ? stable : stable.slice(0, at)).findLast((one) => one.commit !== on && one.commit !== failed);
}

/** Further back, with what becomes of the database said where it has to be. */
async function goingFurther(
  environment: Environment,
  ledger: Ledger,
  { on, before }: { readonly on: string; readonly before: StableRecord },
): Promise<readonly Way[]> {
  const { manifests } = await backupStore(environment, stateOf(environment)).all();
  const target = { commit: before.commit, schema: ledger.schemas.get(before.commit), why: "it was stable before", stable: true };
  const savepoint = savepointFor(manifests, undefined, target, ledger);
  const others = manifests.toSorted(newestFirst);
  const look = await lookIfItAnswers(environment, { target, savepoint, others });
  const action = look?.decision.action;
  return waysBack({
    place: environment,
    reason: `${shortCommit(on)} is not healthy`,
    deploy: undefined,
    target: shortCommit(before.commit),
    to: before.tag,
    database: action !== "none",
    down: look?.canGoDown === true,
    savepoint: savepoint && asSavepoint(savepoint),
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
