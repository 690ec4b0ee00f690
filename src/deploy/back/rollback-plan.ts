import type { Manifest } from "../../backup/manifest.ts";
import { shortCommit } from "../../core/format.ts";
import type { Block, Outcome } from "../../core/outcome.ts";
import type { Way } from "../../core/way.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { planApp } from "./app-plan.ts";
import { appSettingsForTarget } from "./target-settings.ts";
import { planBlocks, waysFor } from "./refuse-unsaid.ts";
import { chooseTarget } from "./choose-target.ts";
import { furtherBack } from "./further-back.ts";
import { impossibleRollback } from "./impossible.ts";
import { lookAtDatabase } from "./look.ts";
import { waysOfDeploy } from "./ways-of-deploy.ts";
import { compareRowsIfReadable, describeRows } from "./rows.ts";
import { nameOf } from "./target.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import type { RollbackSettings } from "../call/sections.ts";
import { backupStore } from "../steps/backup.ts";
import { savepointFor } from "../steps/savepoint-for.ts";

/** A rollback whose target is what runs goes nowhere: that is said, with the commands to the stable version before it. */
export async function nowhereElse(
  environment: Environment,
  ledger: Ledger,
  { commit, reason }: { readonly commit: string; readonly reason: string | undefined },
): Promise<Required<Pick<Outcome, "blocks" | "ways">>> {
  const name = shortCommit(commit);
  const { to, ways } = await furtherBack(environment, ledger, { on: commit, reason: reason ?? `further back than ${name}, by hand` });
  const next =
    to === undefined ? "no stable version came before it" : `the commands below go to ${shortCommit(to)}, the stable version before it`;
  return { blocks: [{ kind: "text", text: `${name} is what runs already: nothing is taken back. To go further: ${next}.` }], ways };
}

/** What a restore would leave behind, and that it has to be asked for. */
async function whatIsLost(
  environment: Environment,
  ledger: Ledger,
  { settings, savepoint }: { readonly settings: RollbackSettings; readonly savepoint: Manifest },
): Promise<Block> {
  const rows = describeRows(
    await compareRowsIfReadable(environment, await databaseOf(environment), { savepoint, signal: environment.ports.signal }),
  );
  const asked =
    ledger.open === undefined && settings.database === "auto" ? "\nIt has to be said: `database: restore`, or `database: keep`." : "";
  return { kind: "text", text: `${rows}${asked}` };
}

/** What a rollback would do, with the whole commands where a person asks. One that would be refused is refused. Reads only. */
export async function planRollback(
  environment: Environment,
  ledger: Ledger,
  { settings, byHand }: { readonly settings: RollbackSettings; readonly byHand: boolean },
): Promise<Outcome> {
  const chosen = await chooseTarget(environment, ledger, settings);
  const { target, savepoint } = chosen;
  const { manifests } = await backupStore(environment, stateOf(environment)).all();
  const own = savepoint ?? savepointFor(manifests, ledger.open, target, ledger);
  const look = await lookAtDatabase(environment, {
    target,
    wish: settings.database,
    preferDown: settings["prefer-down"],
    savepoint: own,
    others: manifests,
    deploy: ledger.open,
  });
  const asked = { ledger, settings, chosen, manifests };
  const ways = async (): Promise<readonly Way[]> =>
    ledger.open === undefined
      ? waysFor(environment, asked, { look, savepoint: own })
      : await waysOfDeploy(environment, ledger, ledger.open);
  const { decision } = look;
  if (decision.action === "impossible")
    throw impossibleRollback({ ...decision, broken: [], touched: false }).with({
      ...(ledger.open === undefined && { exit: 2 }),
      ways: await ways(),
    });
  const running = await (await environment.clone())?.current();
  const nowhere = ledger.open === undefined && decision.action === "kept" && running !== undefined && running === target.commit;
  const app =
    running === undefined || nowhere
      ? undefined
      : await planApp(environment, {
          settings: appSettingsForTarget(environment, { ledger, deploy: ledger.open, target }),
          running,
          target: target.commit,
          deploy: ledger.open,
          decision,
        });
  const further = nowhere ? await nowhereElse(environment, ledger, { commit: running, reason: settings.reason }) : undefined;
  return {
    outputs: { "rolled-back": false, commit: target.commit, "database-action": look.decision.action, savepoint: own?.id },
    headline: nowhere
      ? `Would take nothing back: ${environment.title} is on ${nameOf(target)} already, and so is its database`
      : `Would take ${environment.title} to ${nameOf(target)}; database: ${look.decision.action}`,
    ways: further?.ways ?? (byHand ? await ways() : []),
    blocks: [
      ...planBlocks(running, target, look),
      ...(app === undefined ? [] : [app]),
      ...(further?.blocks ?? []),
      ...(look.decision.action === "restore" && own !== undefined
        ? [await whatIsLost(environment, ledger, { settings, savepoint: own })]
        : []),
    ],
    details: { target: target.commit, decision: look.decision },
  };
}
