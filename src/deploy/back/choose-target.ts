import { newestFirst } from "../../backup/order.ts";
import { refusal } from "../../core/failure.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { listWay } from "../call/next-command.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { namedTarget, type NamedTarget } from "./named-target.ts";
import { asSavepoint, waysOfDeploy } from "./ways-of-deploy.ts";
import type { RollbackSettings } from "../call/sections.ts";
import { backupStore } from "../steps/backup.ts";
import { describeCandidate } from "./look.ts";
import { targetByHand, type TargetChoice, targetOfDeploy } from "./target.ts";
import { replacedThere } from "./replaced-there.ts";
import { rankWays } from "./ways.ts";

/** What the way back is, as read from the journal and from what was said. */
export async function chooseTarget(environment: Environment, ledger: Ledger, settings: RollbackSettings): Promise<NamedTarget> {
  const { to, database } = settings;
  if (to !== undefined) {
    if (ledger.deploys.length === 0 && database === "auto") throw emptyJournal(environment);
    const { manifests } = await backupStore(environment, stateOf(environment)).all();
    return await namedTarget(environment, ledger, manifests, { to, database });
  }
  if (ledger.deploys.length === 0) throw emptyJournal(environment);
  const running = await (await environment.clone())?.current();
  const choice: TargetChoice = ledger.open ? targetOfDeploy(ledger, ledger.open) : targetByHand(ledger, running);
  if (choice.found) return { target: choice.target, savepoint: undefined };
  const { manifests } = await backupStore(environment, stateOf(environment)).all();
  const others = manifests.toSorted(newestFirst).map((one) => asSavepoint(ledger, one));
  const ways =
    ledger.open === undefined
      ? rankWays({ ...NOWHERE, place: environment, reason: settings.reason ?? "back to an earlier backup by hand", others })
      : await waysOfDeploy(environment, ledger, ledger.open);
  throw refusal(`There is no version to go back to: ${choice.why}. Nothing was touched.`, {
    evidence: [
      ...(manifests.length === 0 ? ["No backup of this database exists."] : ["What there is:", ...manifests.map(describeCandidate)]),
      ...(await replacedThere(environment)),
    ],
    hint:
      manifests.length === 0
        ? "Deploy a commit that works: a rollback goes to a version that was stable, or to a backup. To go to a commit all the same, name it in `to` and say `database: keep`."
        : "Name one with `to`: a commit, or a savepoint's id of this list. Or deploy a commit that works.",
    code: "no-target",
    // Where none is open it shows, at least, what there is.
    ways: ways.length === 0 ? [listWay(environment)] : ways,
  });
}

const NOWHERE = { deploy: undefined, target: undefined, database: true, down: undefined, savepoint: undefined, tried: [] } as const;

function emptyJournal(environment: Environment): Error {
  const { paths } = stateOf(environment);
  return refusal(
    `The journal in ${paths.root} on ${environment.machine.name} (read as ${environment.machine.login}) is empty: nothing was deployed from here.`,
    {
      code: "nothing-deployed",
      hint: "Check `host`, its user, and `state-dir`. To go somewhere all the same, say both `to` (a commit) and `database` (restore or keep).",
    },
  );
}
