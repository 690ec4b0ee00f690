import { printable } from "../../core/printable.ts";
import type { Voice } from "../story.ts";
import type { Screen } from "./screen.ts";

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Colours a text, where the screen takes it. */
export function paint(screen: Pick<Screen, "colour">, colour: keyof typeof CODES, text: string): string {
  return screen.colour ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}

/** How much of a story is told: all of it, its debug log too, or what needs somebody alone. */
export type Detailing = "story" | "everything" | "warnings";

/** Tells a story as lines at a terminal: what begins, what is said inside, and what came of it. */
export function terminalVoice(screen: Screen, told: Detailing): Voice {
  const line = (text: string, depth: number) => {
    for (const one of printable(text).split("\n")) screen.line("  ".repeat(depth) + one);
  };
  const warning = (text: string) => {
    const [first = "", ...rest] = printable(text).split("\n");
    screen.line(`${paint(screen, "yellow", "Warning:")} ${first}`);
    for (const one of rest) screen.line(`  ${one}`);
  };
  const nothing = () => undefined;
  if (told === "warnings")
    return { open: nothing, close: nothing, line: nothing, headline: nothing, detail: nothing, notice: nothing, warning, hide: nothing };
  const { moving } = screen;
  return {
    open: (title) => line(paint(screen, "dim", `· ${printable(title)}`), 0),
    close: nothing,
    line,
    headline: (text, state, depth) => {
      const [mark, colour] = ({ done: ["✓", "green"], failed: ["✗", "red"], cancelled: ["⏹", "yellow"] } as const)[state];
      screen.line(`${"  ".repeat(depth)}${paint(screen, colour, mark)} ${printable(text)}`);
    },
    detail: (text) => {
      if (told === "everything") for (const one of printable(text).split("\n")) screen.line(paint(screen, "dim", `  [debug] ${one}`));
    },
    notice: (text) => line(text, 0),
    warning,
    hide: nothing,
    ...(moving !== undefined && { going: (now) => moving.show(now) }),
  };
}
