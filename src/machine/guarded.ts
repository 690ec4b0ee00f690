import { readFile } from "node:fs/promises";
import type { Command, Finished, Machine } from "../core/machine.ts";
import { quote } from "./quote.ts";

/** A file on the machine, and a text that must stand in its first line for anything to be begun there. */
export interface Condition {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

export interface Guard {
  /** What must be true now; undefined where nothing is asked. */
  condition(): Condition | undefined;
  /** What to throw where it is not true any more. */
  lost(): Promise<Error>;
}

const LOST = 97;
/** What a shell answers for a program that it cannot find, or may not run. */
const NOT_RUN = new Set([126, 127]);

/** Exits where the text does not stand in the file's first line. Without a program of its own: it is asked with each command. */
function look(file: string, text: string): string {
  return `savepoint_held=; { IFS= read -r savepoint_held <${file}; } 2>/dev/null; case $savepoint_held in *${text}*) ;; *) exit ${LOST} ;; esac`;
}

/** `$1` the file, `$2` the text. */
const LOOK = look('"$1"', '"$2"');

/** The same, then the command. Nothing stands between the look and the command. */
const GUARDED = `${LOOK}
shift 2
exec "$@"`;

/**
 * A line of a script at which the look is repeated, on a guarded machine: for scripts that read their input before they act,
 * since whoever sends it may be stopped for hours in the middle.
 */
export const LOOK_AGAIN = ": here a guarded machine looks again";

/**
 * The same machine, on which nothing is begun unless the guard's condition holds: each command looks at it itself, right
 * before it begins. Where it does not hold, nothing is done, and what the guard says is thrown.
 */
export function guarded(machine: Machine, guard: Guard): Machine {
  return {
    name: machine.name,
    login: machine.login,
    local: machine.local,
    ...(machine.holder && { holder: machine.holder }),
    run: async (command) => {
      const condition = guard.condition();
      return condition === undefined ? await machine.run(command) : await runGuarded(machine, command, { condition, guard });
    },
    dial: async (address) => await machine.dial(address),
    [Symbol.asyncDispose]: async () => await machine[Symbol.asyncDispose](),
  };
}

/** Whether the condition holds on the machine at this moment. Here without a program: each SQL session asks it. */
export async function holds(machine: Machine, { file, text }: Condition): Promise<boolean> {
  if (machine.local) {
    const held = await readFile(file, "utf8").catch(() => "");
    return held.slice(0, (held + "\n").indexOf("\n")).includes(text);
  }
  return (await machine.run({ words: ["sh", "-c", LOOK, "sh", file, text], repeatable: true })).code === 0;
}

/** Words whose scripts look again by themselves, where no guarded machine runs them. */
export function lookingAgain(words: readonly string[], { file, text }: Condition): readonly string[] {
  const again = look(quote([file]), quote([text]));
  return words.map((word) => word.replaceAll(LOOK_AGAIN, () => again));
}

async function runGuarded(
  machine: Machine,
  command: Command,
  { condition, guard }: { readonly condition: Condition; readonly guard: Guard },
): Promise<Finished> {
  const { file, text } = condition;
  const words = lookingAgain(command.words, condition);
  const finished = await machine.run({ ...command, words: ["sh", "-c", GUARDED, "sh", file, text, ...words] });
  if (finished.code === LOST && !(await holds(machine, condition))) throw await guard.lost();
  // Behind a shell a missing program is an exit code like any other; without it the machine says what is wrong.
  if (NOT_RUN.has(finished.code ?? 0) && !(await isThere(machine, command))) return await machine.run(command);
  return finished;
}

async function isThere(machine: Machine, { words, cwd, env }: Command): Promise<boolean> {
  const looking = { words: ["sh", "-c", 'command -v -- "$1" >/dev/null 2>&1', "sh", words[0] ?? ""], cwd, env, repeatable: true } as const;
  return (await machine.run(looking)).code === 0;
}
