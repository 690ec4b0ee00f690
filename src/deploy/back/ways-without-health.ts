import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Unwell } from "../../journal/unwell.ts";
import type { Environment } from "../environment/environment.ts";
import { nextCommand, rollbackCommand } from "../call/next-command.ts";
import { furtherBack } from "./further-back.ts";
import { bringBack } from "./bring-back.ts";

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
  const further = (await furtherBack(environment, ledger, { on, reason: `${shortCommit(on)} is not healthy`, after: unwell.deploy })).ways;
  // A rollback by hand that went nowhere has started it once more, in vain.
  if (ledger.deploys.find(({ id }) => id === unwell.deploy)?.goingBack === true) {
    const again = { ...start, means: `Only once what failed is mended: ${start.means}` };
    const before = bringingBack(environment, ledger, unwell);
    return justAsked ? [...before, ...further, again, ask] : [ask, ...before, ...further, again];
  }
  if (justAsked) return [start, ...further, ask];
  return unwell.how === "unasked" ? [ask, start, ...further] : [start, ask, ...further];
}

/** Where a restore by hand left it so, the database that it put aside; what was itself brought back in vain is not swapped again. */
function bringingBack(environment: Environment, { entries, deploys }: Ledger, { deploy }: Unwell): readonly Way[] {
  const restored = deploys.find(({ id }) => id === deploy)?.steps.findLast(({ step }) => step === "restore");
  const aside = entries.findLast((entry) => entry.kind === "database.replaced" && entry.deploy === deploy);
  if (restored === undefined || aside?.kind !== "database.replaced" || restored.intent["side"] === restored.intent["backup"]) return [];
  const { replaced } = aside;
  if (entries.some((entry) => entry.kind === "database.dropped" && entry.replaced === replaced)) return [];
  const means = `Brings back the database that was replaced by ${aside.backup}; what is live now is kept under another name.`;
  return [{ command: bringBack(environment, replaced), means }];
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
