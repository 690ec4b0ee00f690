import type { Way } from "../core/way.ts";

export function waysTitle(ways: readonly Way[]): string {
  return ways.length === 1 ? "Next command:" : "Ways on, the least destructive first:";
}

/** The ways on as lines for a terminal or a log; each command stands alone on its line, to be copied whole. */
export function wayLines(ways: readonly Way[]): readonly string[] {
  if (ways.length === 0) return [];
  const each = ways.flatMap(({ means, command }, at) => [`  ${ways.length === 1 ? "" : `${at + 1}. `}${means}`, `     ${command}`]);
  return ["", waysTitle(ways), ...each];
}
