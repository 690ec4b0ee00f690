// rollout/command: an app that its owner's own commands stop and start.

import { shortCommit } from "../../core/format.ts";
import { quote } from "../../machine/quote.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import type { Act } from "../act.ts";
import { actsOf, givenCommands, orWarn, runIfGiven, tellStarted } from "../commands.ts";
import { refuseMisfits } from "../inputs.ts";
import { fileAct, putFiles } from "../files.ts";
import type { AppOnHost, ClearAway, StrategyKind, PlanRequest, StillUp, Strategy, Switched, SwitchRequest } from "../strategy.ts";

/** An app that its owner's commands stop and start. It runs as they run it: of processes nobody can tell which are its own. */
export const commandKind: StrategyKind = {
  said: (settings) => settings.command !== undefined || settings["start-command"] !== undefined,
  seen: async () => await Promise.resolve(true),
  open: async (about) => await Promise.resolve(byCommands(about)),
};

export function byCommands(app: AppOnHost): Strategy {
  const { settings } = app;
  refuseMisfits(settings);
  const commands = givenCommands(settings);
  return {
    kind: "command",
    stops: settings["stop-command"] !== undefined,
    starts: settings["start-command"] !== undefined,
    tellsApart: false,
    concluded: {},
    summary: commands.length === 0 ? "no command is given: the code is put in place" : `by ${commands.join(", ")}`,
    prepare: async () => await Promise.resolve({}),
    switchTo: async (request) => await switchTo(app, request),
    stop: async () => await orWarn(app, async () => ((await runIfGiven(app, "stop-command")) ? "stopped" : "unknown")),
    start: async () => await start(app),
    clearAway: async (about) => await Promise.resolve(about.stopped ? undefined : mayBeUp(app, about)),
    runs: async () => await Promise.resolve({ state: "unknown" }),
    builtFrom: async () => await Promise.resolve([]),
    runsOtherImages: async () => await Promise.resolve(false),
    thinOut: async () => await Promise.resolve([]),
    plan: {
      stop: async () => await Promise.resolve(stopActs(app)),
      start: async () => await Promise.resolve(actsOf(app, [starter(app)])),
      switchTo: async (request) => await switchActs(app, request),
    },
  };
}

async function switchTo(app: AppOnHost, request: SwitchRequest): Promise<Switched> {
  const previous = await putFiles(app, request);
  await runIfGiven(app, "command");
  await runIfGiven(app, "start-command");
  app.standstill?.started(shortCommit(request.commit));
  const { command: makes, "start-command": starts } = app.settings;
  if (makes === undefined && starts === undefined)
    app.ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
  return { commit: request.commit, previous, images: undefined };
}

/** `start-command`, or `command` where only that would bring a stopped app back. */
async function start(app: AppOnHost): Promise<void> {
  await runIfGiven(app, starter(app));
  tellStarted(app);
}

function starter({ settings }: AppOnHost): "start-command" | "command" {
  return settings["start-command"] === undefined && settings["stop-command"] !== undefined ? "command" : "start-command";
}

function stopActs(app: AppOnHost): readonly Act[] {
  return actsOf(app, ["stop-command"]).map((act) => ({ ...act, mayFail: true, undo: actsOf(app, [starter(app)]) }));
}

async function switchActs(app: AppOnHost, request: PlanRequest): Promise<readonly Act[]> {
  return [
    ...(request.stopped === true ? [] : actsOf(app, ["stop-command"])),
    await fileAct(app, request),
    ...actsOf(app, ["command", "start-command"]),
  ];
}

/** Of an app that commands start nobody can see whether it runs; only that nothing stopped it. */
function mayBeUp({ clone: { machine, directory }, settings }: AppOnHost, { startedBy }: ClearAway): StillUp | undefined {
  const stop = settings["stop-command"];
  if (stop !== undefined) {
    const way = commandOn(machine, ["sh", "-c", `cd ${quote([directory])} && { ${stop}\n}`]);
    return {
      what: "still up, as far as is known: its `stop-command` failed",
      ways: [{ command: way, means: "Runs `stop-command` again." }],
    };
  }
  if (startedBy === undefined) return undefined;
  return { what: `still up, as far as is known: no \`stop-command\` is given, and this started it: ${startedBy}`, ways: [] };
}
