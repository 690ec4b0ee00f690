import { refusal } from "../core/failure.ts";
import { input, type Section, type Values } from "../core/input.ts";
import { choice, flag, lines, text } from "../core/kinds.ts";

/** The ways of running an app; each has its row in `strategies.ts`. */
const STRATEGIES = ["compose", "command"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** The settings of `rollout`: how the new code comes onto its host and runs there. */
export const rolloutSection = {
  name: "rollout",
  inputs: {
    phase: input(choice("prepare", "switch"), {
      description:
        "`prepare`: all that is slow, and nothing the running app reads; `switch`: the change itself. Default: whatever is still to do.",
      perRun: true,
    }),
    strategy: input(choice(...STRATEGIES), {
      description:
        "How the app runs: as a `compose` project, or by `command`s of yours. Default: `compose` where `services` is given, or where `app-dir` holds a compose project and neither `command` nor `start-command` is given.",
    }),
    command: input(text, {
      description:
        "Shell text run in `app-dir` after the new code is in place, before the app is started (install, build, restart). Stops at its first failing line.",
    }),
    services: input(lines, {
      description:
        "The compose services that a deploy changes, one a line; never a database. Default: all with a build, all whose image or definition changed, and new ones.",
    }),
    "stop-command": input(text, {
      description:
        "Shell text that stops the app, run before the code changes and before a database is swapped. With compose, default: the services are stopped for a swap, and for a switch only replaced.",
    }),
    "start-command": input(text, {
      description:
        "Shell text that starts the app and returns: a service manager, or a process in the background (`nohup … &`). With compose, default: `compose up` of what changed.",
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

/** Refuses settings that do not go together. */
export function refuseMisfits(settings: Pick<CommandSettings, "strategy" | "services">): void {
  if (settings.strategy !== "command" || settings.services === undefined || settings.services.length === 0) return;
  throw refusal("`services` belongs to `strategy: compose`, and `strategy: command` is given.", {
    code: "inputs",
    hint: "Take one of them away; with `strategy: command` the services stand in `command`, `stop-command` and `start-command`.",
  });
}
