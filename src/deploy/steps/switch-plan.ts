import { Failure } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import { type Act, tellAct } from "../../rollout/act.ts";
import type { RolloutSettings } from "../../rollout/inputs.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import type { Environment } from "../environment/environment.ts";

/** What a switch to a commit would do on the host, act by act. Reads only; without the commit's files, as those that are checked out tell it. */
export async function switchPlan(
  environment: Environment,
  about: { readonly settings: RolloutSettings; readonly commit: string; readonly previous: string | undefined },
): Promise<Block> {
  return await planned(environment, "the switch", async () => {
    const { plan } = await strategyOf(environment, about);
    return tellActs(await plan.switchTo({ commit: about.commit, exact: false }));
  });
}

/** A block of what would be run, or of why that is not known. */
export async function planned({ machine }: Environment, what: string, body: () => Promise<readonly string[]>): Promise<Block> {
  try {
    return { kind: "code", title: `What would be run on ${machine.name} for ${what}, in this order`, lines: await body() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: "text", text: `What would be run on ${machine.name} for ${what} is not known: ${error.message}` };
  }
}

export function tellActs(acts: readonly Act[]): readonly string[] {
  return acts.flatMap(tellAct);
}
