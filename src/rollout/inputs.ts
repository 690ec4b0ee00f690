import { refusal } from "../core/failure.ts";
import { input, type Section, type Values } from "../core/input.ts";
import { choice, flag, lines, text } from "../core/kinds.ts";

/** The settings of `rollout`: how the new code comes onto its host and runs there. */
export const rolloutSection = {
  name: "rollout",
  inputs: {
    phase: input(choice("prepare", "switch"), {
      description:
        "`prepare`: all that is slow, and nothing the running app reads; `switch`: the change itself. Default: whatever is still to do.",
      perRun: true,
    }),
    strategy: input(choice("compose", "command"), {
      description: "How the app runs: as a compose project, or by commands of yours.",
      default: "command",
    }),
    command: input(text, {
      description:
        "Shell text run in `app-dir` after the new code is in place, before `start-command` (install, build, restart). Stops at its first failing line.",
    }),
    services: input(lines, {
      description: "The compose services that a deploy changes, one a line. Default: all with a build, and all whose image changed.",
    }),
    "stop-command": input(text, {
      description: "Shell text that stops the app, run before the code changes and before a database is swapped.",
    }),
    "start-command": input(text, {
      description: "Shell text that starts the app and returns: a service manager, or a process in the background (`nohup … &`).",
    }),
    transport: input(choice("fetch", "push"), {
      description: "`fetch`: the host's clone fetches from its origin; `push`: the checkout brings the code over the same connection.",
      default: "fetch",
    }),
    "allow-ahead": input(flag, { description: "Deploy a commit that lacks migrations which the live database has.", default: "false" }),
  },
} as const satisfies Section;

export type RolloutSettings = Values<(typeof rolloutSection)["inputs"]>;

/** What the rollout of commands needs of the settings. */
export type CommandSettings = Pick<RolloutSettings, "strategy" | "command" | "services" | "stop-command" | "start-command" | "transport">;

/** Refuses what is declared and not there yet, with what to use until then. */
export function refuseUnavailable(settings: CommandSettings): void {
  if (settings.strategy === "compose") {
    throw refusal("`strategy: compose` is not available yet.", {
      hint: "Until then use `strategy: command` with `command: docker compose up --detach --build --wait app`, and `stop-command: docker compose stop app`.",
    });
  }
  if (settings.services !== undefined && settings.services.length > 0) {
    throw refusal("`services` belongs to `strategy: compose`, which is not available yet.", {
      hint: "Name the services in `command`, `stop-command` and `start-command`.",
    });
  }
  if (settings.transport === "push") {
    throw refusal("`transport: push` is not available yet.", {
      hint: "Until then the host fetches by itself (`transport: fetch`): give its login a deploy key that may read the repository.",
    });
  }
}
