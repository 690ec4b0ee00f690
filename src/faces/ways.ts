import { formatCount } from "../core/format.ts";
import type { Way } from "../core/way.ts";

/** Ways of which one is chosen; `inTurn`: steps of which each is needed. */
export function waysTitle(ways: readonly Way[], inTurn = false): string {
  if (ways.length === 1) return "Next command:";
  return inTurn ? "Still to be done, one after the other:" : "Ways on, the safest first:";
}

/** The same way by a button, in words, where there is one for it. */
export type Pressed = (way: Way) => string | undefined;

/** For whoever has to choose now: the best ways alone, and where the rest of them is. */
export interface Short {
  /** `look with \`status\`` */
  readonly rest: string;
}

const MOST_SHOWN = 3;

/** What `***` stands for in these commands; empty where they hold none. */
export function hiddenLines(ways: readonly Way[]): readonly string[] {
  const hiding = ways.filter(({ command }) => command.includes("***"));
  if (hiding.length === 0) return [];
  const sources = [...new Set(hiding.flatMap(({ hidden = [] }) => hidden))];
  const what = sources.length === 0 ? "a text that is a secret here" : `a text that is a secret here (${sources.join(", ")})`;
  return [`*** stands for ${what}: write it out before you paste.`];
}

/** The ways on as lines for a terminal or a log; each command stands alone on its line, to be copied whole. */
export function wayLines(ways: readonly Way[], pressed: Pressed = () => undefined, short?: Short, inTurn = false): readonly string[] {
  if (ways.length === 0) return [];
  const shown = short === undefined ? ways : ways.slice(0, MOST_SHOWN);
  const left = ways.length - shown.length;
  const each = shown.flatMap((way, at) => {
    const button = pressed(way);
    return [
      `  ${ways.length === 1 ? "" : `${at + 1}. `}${way.means}`,
      ...(button === undefined ? [] : [`     ${button}`, "     Or at a terminal:"]),
      `     ${way.command}`,
    ];
  });
  return [
    "",
    waysTitle(ways, inTurn),
    ...each,
    ...hiddenLines(shown).map((line) => `  ${line}`),
    ...(left > 0 && short !== undefined ? [`  ${formatCount(left)} more: ${short.rest}.`] : []),
  ];
}
