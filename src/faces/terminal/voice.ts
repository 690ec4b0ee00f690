import { printable } from "../printable.ts";
import type { Voice } from "../story.ts";

/** Where lines go, and whether colour is wanted there. */
export interface Screen {
  line(text: string): void;
  readonly colour: boolean;
}

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Colours a text, where the screen takes it. */
export function paint(screen: Pick<Screen, "colour">, colour: keyof typeof CODES, text: string): string {
  return screen.colour ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}

/** Tells a story as lines at a terminal: what begins, what is said inside, and what came of it. */
export function terminalVoice(screen: Screen, options: { readonly debug: boolean }): Voice {
  const line = (text: string, depth: number) => {
    for (const one of printable(text).split("\n")) screen.line("  ".repeat(depth) + one);
  };
  return {
    open: (title) => line(paint(screen, "dim", `· ${printable(title)}`), 0),
    close: () => undefined,
    line,
    headline: (text, state, depth) => {
      const [mark, colour] = ({ done: ["✓", "green"], failed: ["✗", "red"], cancelled: ["⏹", "yellow"] } as const)[state];
      screen.line(`${"  ".repeat(depth)}${paint(screen, colour, mark)} ${printable(text)}`);
    },
    detail: (text) => {
      if (options.debug) for (const one of printable(text).split("\n")) screen.line(paint(screen, "dim", `  [debug] ${one}`));
    },
    notice: (text) => line(text, 0),
    warning: (text) => {
      const [first = "", ...rest] = printable(text).split("\n");
      screen.line(`${paint(screen, "yellow", "Warning:")} ${first}`);
      for (const one of rest) screen.line(`  ${one}`);
    },
    hide: () => undefined,
  };
}
