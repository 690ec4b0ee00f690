import { shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { DeployRecord } from "../../journal/ledger.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import type { Environment } from "../environment/environment.ts";
import { planned, tellActs } from "../steps/switch-plan.ts";
import { type AppSettings, codeMovesFrom } from "./app.ts";
import { changesDatabase, type Decision } from "./decision.ts";

export interface AppPlan {
  readonly settings: AppSettings;
  /** What is checked out. */
  readonly running: string;
  /** Undefined: nothing. */
  readonly target: string | undefined;
  readonly deploy: DeployRecord | undefined;
  readonly decision: Decision;
}

/** What a rollback would do with the app on its host, act by act; undefined where it would leave it alone. Reads only. */
export async function planApp(environment: Environment, about: AppPlan): Promise<Block | undefined> {
  const { settings, running, target, deploy, decision } = about;
  const back =
    target === undefined
      ? undefined
      : await strategyOf(environment, { settings: settings.start, commit: target, previous: running, deploy });
  const moves = codeMovesFrom(running, target, deploy) || (await back?.runsOtherImages()) === true;
  if (!moves && !changesDatabase(decision)) return undefined;
  return await planned(environment, "the way back", async () => {
    const { plan } = await strategyOf(environment, { settings: settings.stop, commit: running, deploy });
    return [
      ...tellActs(await plan.stop()),
      ...(changesDatabase(decision) ? [`the database: ${decision.action}`] : []),
      ...(back === undefined || target === undefined
        ? [`what the deploy of ${shortCommit(running)} brought is removed, and its files with it`]
        : tellActs(
            moves ? await back.plan.switchTo({ commit: target, stopped: true, edits: "keep", exact: false }) : await back.plan.start(),
          )),
    ];
  });
}
