import { clauseOf, Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { STEP_DEAD_AFTER } from "../lock/admission.ts";
import { NOT_AUTOMATIC } from "./automatic.ts";
import { beginStep } from "./begin.ts";
import { stepsOf, stillOpen } from "./still-open.ts";

/**
 * What the rollback step of a workflow, or the end of its job, ends with where a person is to decide: it is red. That nothing is
 * taken back by itself is journaled: whoever comes next may not have been told so.
 */
export async function leftAlone(environment: Environment, ledger: Ledger, open: DeployRecord): Promise<Failure> {
  const changed = changedSomething(open);
  if (changed && open.end === undefined && !environment.shared["dry-run"]) await noteLeft(environment, open);
  const { ways, blocks } = await stillOpen(environment, ledger, open);
  return new Failure(`Deploy ${open.id} of ${shortCommit(open.commit)} to ${environment.title} is not taken back. ${NOT_AUTOMATIC}`, {
    exit: changed ? 3 : 1,
    code: "not-automatic",
    hint: changed
      ? "Look at it as it stands, then take it back by hand."
      : "It changed nothing: code, schema and app are as they were, and it holds nobody up.",
    outputs: { "rolled-back": false, skipped: "not-automatic", "duration-ms": 0 },
    state: [`${stepsOf(open)}.`, ...(changed ? ["lock: held, until a rollback finishes it or an unlock ends it"] : [])],
    ways,
    blocks,
  });
}

/** As a deploy that fails by itself is closed then. */
async function noteLeft(environment: Environment, { id }: DeployRecord): Promise<void> {
  const moot = ({ open }: Ledger): string | undefined => (open?.id === id && open.end === undefined ? undefined : "it was ended meanwhile");
  try {
    await using tx = await beginStep(environment, { wants: "end", commit: undefined, patienceMs: STEP_DEAD_AFTER, moot });
    await tx.close({ as: "failed", why: NOT_AUTOMATIC, blocks: true });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code !== "moot") environment.ports.report.warning(`That it is left as it stands could not be journaled: ${clauseOf(error)}.`);
  }
}
