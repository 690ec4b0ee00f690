import { refusal } from "../../core/failure.ts";
import { quoted } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { type Kind, line, timeLimit } from "../../core/kinds.ts";
import type { Settings } from "../../core/settings.ts";

/** A run that lives gives a sign every 15 s, and may miss one. Milliseconds. */
const LEAST = 30_000;

const silence: Kind<number> = {
  form: `${timeLimit.form}, at least 30s`,
  parse(value) {
    const ms = timeLimit.parse(value);
    if (ms < LEAST) throw new Error(`is ${quoted(value)}`);
    return ms;
  },
};

/** A setting that would do nothing is refused: who goes step by step has no watchdog. */
export function refuseWatchdogAlone(settings: Settings): void {
  if (settings.section(deploySection).watchdog === undefined) return;
  throw refusal("`deploy: { watchdog }` is for the whole deploy in one command: its steps alone arm none. Nothing was touched.", {
    code: "watchdog",
    hint: "Run `deploy`, or the action that is the whole chain; or take the setting out of savepoint.yml.",
  });
}

/** What `deploy` is told for itself, beside its steps' settings. */
export const deploySection = {
  name: "deploy",
  inputs: {
    confirm: input(line, {
      description:
        "At a terminal: the environment's name, typed in once the plan was read. A workflow needs none: its environment's rules are the confirmation.",
      perRun: true,
    }),
    watchdog: input(silence, {
      description:
        "Let the host take the deploy back by itself, code and database, where nothing is heard of its run for so long, e.g. `10m`. Implies `warm`. Default: off.",
    }),
  },
} as const satisfies Section;
