import type { DeployRecord } from "../../journal/ledger.ts";
import { type RolloutSettings, rolloutSection } from "../../rollout/inputs.ts";
import type { Standstill } from "../../rollout/standstill.ts";
import { openStrategy } from "../../rollout/strategies.ts";
import type { AppAbout, KnownDeploy, Strategy } from "../../rollout/strategy.ts";
import { appCloneOf, type Environment } from "./environment.ts";
import { type CommandEnvironment, commandEnvironment } from "./hooks.ts";
import { knownDown } from "./known-down.ts";

export interface StrategyAbout {
  readonly settings: RolloutSettings;
  /** The commit that is to run, or runs. */
  readonly commit: string;
  readonly previous?: string | undefined;
  /** The open deploy, which knows what it changes. */
  readonly deploy?: DeployRecord | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly noteIn?: string | undefined;
  readonly standstill?: Standstill | undefined;
}

/** How the app is run on its host, as settings or the host itself tell. Throws a refusal where no `app-dir` is given. */
export async function strategyOf(environment: Environment, about: StrategyAbout): Promise<Strategy> {
  return await openStrategy(await aboutApp(environment, about));
}

/** The app on its host, as far as that is needed whatever runs it. */
async function aboutApp(environment: Environment, about: StrategyAbout): Promise<AppAbout & { readonly environment: CommandEnvironment }> {
  const { shared, ports } = environment;
  const { settings, commit, previous, deploy, signal, noteIn, standstill } = about;
  return {
    clone: await appCloneOf(environment),
    settings,
    shared,
    commit,
    environment: commandEnvironment(environment, { commit, previous, id: deploy?.id }),
    ports: signal === undefined ? ports : { ...ports, signal },
    said: Object.keys(environment.settings.effective(rolloutSection)).length > 0,
    deploy: deploy && knownOf(deploy),
    knownDown: async () => await knownDown(environment),
    ...(noteIn !== undefined && { noteIn }),
    ...(standstill !== undefined && { standstill }),
  };
}

function knownOf({ from, steps }: DeployRecord): KnownDeploy {
  const step = steps.findLast((one) => one.step === "prepare" && one.state === "done");
  return { from, prepared: step?.result };
}
