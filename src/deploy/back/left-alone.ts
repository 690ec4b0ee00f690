import { Failure } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { changedSomething, type DeployRecord, type Ledger } from "../../journal/ledger.ts";
import type { Environment } from "../environment/environment.ts";
import { NOT_AUTOMATIC } from "./automatic.ts";
import { stepsOf, stillOpen } from "./still-open.ts";

/** What the rollback step of a workflow ends with where a person is to decide: it touches nothing, and is red. */
export async function leftAlone(environment: Environment, ledger: Ledger, open: DeployRecord): Promise<Failure> {
  const changed = changedSomething(open);
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
