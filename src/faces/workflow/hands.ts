import type { Way } from "../../core/way.ts";
import { programNote } from "../program.ts";
import { type Filled, filledFor, pressedLine } from "./button.ts";
import { findButtons } from "./find-buttons.ts";
import { homeOf } from "./links.ts";

/** A way on by the repository's own button. */
export interface Press {
  readonly name: string;
  readonly url: string | undefined;
  readonly filled: Filled;
  readonly line: string;
}

/** How the reader of a log or a page can do what is printed: by a button where there is one, and at a terminal. */
export interface Hands {
  /** What `savepoint` in a printed command is, in a sentence. */
  readonly program: string;
  press(way: Way): Press | undefined;
}

export async function handsOf(env: Readonly<Record<string, string | undefined>>): Promise<Hands> {
  const buttons = await findButtons(env);
  const repository = env["GITHUB_REPOSITORY"]?.split("/").at(-1) ?? "";
  const home = homeOf(env);
  return {
    program: programNote(env),
    press: (way) => {
      for (const button of buttons) {
        const filled = filledFor(button, way, repository);
        if (filled === undefined || filled.length === 0) continue;
        const url = home === undefined ? undefined : `${home}/actions/workflows/${button.file}`;
        return { name: button.name, url, filled, line: pressedLine(button, filled) };
      }
      return undefined;
    },
  };
}
