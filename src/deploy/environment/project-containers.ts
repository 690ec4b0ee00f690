import { watchApp } from "../../rollout/strategies.ts";
import type { Watched } from "../../rollout/strategy.ts";
import type { Environment } from "./environment.ts";
import { commandEnvironment } from "./hooks.ts";

/**
 * What of the app's host can be watched while its health is asked for, whatever runs the app. What cannot be read is a
 * refusal where it is `needed`; else it may be nobody's but a developer's.
 */
export async function projectContainers(
  environment: Environment,
  { commit, needed }: { readonly commit: string | undefined; readonly needed: boolean },
): Promise<Watched | undefined> {
  const clone = await environment.clone();
  if (clone === undefined) return undefined;
  const { shared, ports } = environment;
  const told = commandEnvironment(environment, { commit: commit ?? "" });
  return await watchApp({ clone, shared, environment: told, ports }, { needed });
}
