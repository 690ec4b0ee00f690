import type { Command } from "../core/machine.ts";
import type { Secret } from "../core/secret.ts";
import { quote } from "../machine/quote.ts";

/**
 * One thing that is done to an app on its host, as data. The run carries it out (`commandOf`), a dry run tells it
 * (`tellAct`), and a script does it where nobody waits for it (`script.ts`).
 */
export interface Act {
  /** In a few words, for people: `stop-command of abc1234`. */
  readonly what: string;
  readonly words: readonly string[];
  /** What a person would write, where the words are a script around it. */
  readonly told?: string | undefined;
  /** The folder that it runs in, absolute. */
  readonly folder?: string | undefined;
  /** Added to the environment. Of a secret one only the run knows the value; wherever it is written, it is its name. */
  readonly variables?: Readonly<Record<string, string | Secret>> | undefined;
  /** Milliseconds. */
  readonly timeLimit?: number | undefined;
  /** Whether what comes next is done all the same where it fails: a crashed app cannot be stopped. */
  readonly mayFail?: true | undefined;
  /** What undoes it, in order; absent where nothing does, or need. */
  readonly undo?: readonly Act[] | undefined;
}

/** The command that a machine runs. */
export function commandOf({ words, folder, variables, timeLimit }: Act): Command {
  return {
    words,
    ...(folder !== undefined && { cwd: folder }),
    ...(variables !== undefined && { env: variables }),
    ...(timeLimit !== undefined && { timeout: timeLimit }),
  };
}

/** For a plan, a line or more: `stop-command of abc1234: kill $(cat app.pid)`. */
export function tellAct({ what, words, told }: Act): readonly string[] {
  const [first = "", ...rest] = (told ?? quote(words)).trimEnd().split("\n");
  return [`${what}: ${first}`, ...rest.map((line) => `  ${line}`)];
}
