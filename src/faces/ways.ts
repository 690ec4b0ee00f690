import type { Way } from "../core/way.ts";

export function waysTitle(ways: readonly Way[]): string {
  return ways.length === 1 ? "Next command:" : "Ways on, the least destructive first:";
}

/** The same way by a button, in words, where there is one for it. */
export type Pressed = (way: Way) => string | undefined;

/** The ways on as lines for a terminal or a log; each command stands alone on its line, to be copied whole. */
export function wayLines(ways: readonly Way[], pressed: Pressed = () => undefined): readonly string[] {
  if (ways.length === 0) return [];
  const each = ways.flatMap((way, at) => {
    const button = pressed(way);
    return [
      `  ${ways.length === 1 ? "" : `${at + 1}. `}${way.means}`,
      ...(button === undefined ? [] : [`     ${button}`, "     Or at a terminal:"]),
      `     ${way.command}`,
    ];
  });
  return ["", waysTitle(ways), ...each];
}
