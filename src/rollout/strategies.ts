import { commandKind } from "./command/command.ts";
import { composeKind } from "./compose/found.ts";
import type { StrategyName } from "./inputs.ts";
import type { AppAbout, AppPlace, Strategy, StrategyKind, Watched } from "./strategy.ts";

/** Each way of running an app, and what tells it. The first that is said, else the first that is seen; the last is what is left. */
const KINDS: Readonly<Record<StrategyName, StrategyKind>> = { compose: composeKind, command: commandKind };

/** Opens the strategy that settings name, else the one that they or the host tell. */
export async function openStrategy(about: AppAbout): Promise<Strategy> {
  return await (await kindOf(about)).open(about);
}

/** What can be watched on the host, of whatever kind there is. */
export async function watchApp(place: AppPlace, about: { readonly needed: boolean }): Promise<Watched | undefined> {
  for (const { watch } of Object.values(KINDS)) {
    const watched = await watch?.(place, about);
    if (watched !== undefined) return watched;
  }
  return undefined;
}

/** As it was said, else by what there is: whoever gives commands means them, and a compose project runs by compose. */
async function kindOf(about: AppAbout): Promise<StrategyKind> {
  const { settings } = about;
  if (settings.strategy !== undefined) return KINDS[settings.strategy];
  const kinds = Object.values(KINDS);
  const said = kinds.find((kind) => kind.said(settings));
  if (said !== undefined) return said;
  for (const kind of kinds) if (await kind.seen(about)) return kind;
  return commandKind;
}
