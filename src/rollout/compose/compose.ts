import { shortCommit } from "../../core/format.ts";
import { COMMIT_LABEL } from "../../machine/container/compose.ts";
import { orWarn, runIfGiven, tellStarted } from "../commands.ts";
import { putFiles } from "../files.ts";
import type { AppOnHost, RunState, StillUp, Strategy, Switched, SwitchRequest } from "../strategy.ts";
import type { ComposeApp } from "./app.ts";
import { placeImages, runsOtherImages } from "./place.ts";
import { againActs, stopActs, switchActs } from "./plan.ts";
import { prepareCompose } from "./prepare.ts";
import { pruneImages } from "./prune.ts";
import { runningContainers } from "./running.ts";
import { lookAtProject } from "./scene.ts";
import { type ComposeRequest, imagesIn, startServices } from "./start.ts";
import { removal, removeAdded, removeBrought, stopServices } from "./stop.ts";

export interface ComposeOnHost extends AppOnHost {
  /** The commit that is to run. */
  readonly commit: string;
  /** Whether no running container means that nothing runs: the compose files may be only a developer's. */
  readonly decides: boolean;
}

/** An app that is a compose project; a command of the user's that is given stands in for what compose would do. */
export function composeStrategy(app: ComposeApp, on: ComposeOnHost): Strategy {
  const { settings, commit, ports } = on;
  const services = app.services ?? [];
  const request: ComposeRequest = { app, clone: on.clone, ports, noteIn: on.noteIn, standstill: on.standstill };
  return {
    kind: "compose",
    stops: true,
    starts: true,
    tellsApart: true,
    concluded: { strategy: "compose" },
    summary: `compose: ${services.length === 0 ? "what changed is built and replaced" : services.join(", ")}`,
    // The journal keeps it under this name.
    prepare: async ({ previous }) => ({ compose: await prepareCompose({ ...request, commit, previous }) }),
    switchTo: async (about) => await switchTo(request, on, about),
    stop: async () =>
      await orWarn({ ...on, knownDown: undefined }, async () => {
        if (await runIfGiven(on, "stop-command")) return "stopped";
        return (await stopServices(request)) === undefined ? "unknown" : "stopped";
      }),
    start: async () => {
      if (settings["start-command"] === undefined) await startServices(request, await lookAtProject(app));
      else await runIfGiven(on, "start-command");
      tellStarted(on);
    },
    clearAway: async () => await clearAway(request),
    runs: async () => await runs(app, on),
    builtFrom: async () => {
      const containers = await runningContainers(app, ports.report);
      return [...new Set(containers.map(({ labels }) => labels[COMMIT_LABEL]).filter((label) => label !== undefined))];
    },
    runsOtherImages: async () => await runsOtherImages(app, commit),
    thinOut: async ({ parts, keep }) =>
      app.name === undefined ? [] : await pruneImages(app.project, { name: app.name, services: parts, keep }),
    plan: {
      stop: async (about) => await stopActs(request, on, about),
      start: async () => await againActs(request, on),
      switchTo: async (about) => await switchActs(request, on, about),
    },
  };
}

async function switchTo(request: ComposeRequest, on: ComposeOnHost, { commit, ...how }: SwitchRequest): Promise<Switched> {
  const { app } = request;
  // Of containers a port alone does not tell.
  const previous = await putFiles({ ...on, knownDown: undefined }, { commit, ...how });
  const scene = await lookAtProject(app);
  await placeImages(request, scene, { commit, back: how.edits === "keep" });
  await runIfGiven(on, "command");
  const started = await runIfGiven(on, "start-command");
  on.standstill?.started(shortCommit(commit));
  const images = started ? imagesIn(app, await lookAtProject(app)) : await startServices(request, scene);
  if (how.edits === "keep") await removeAdded(request, scene);
  return { commit, previous, images };
}

async function clearAway({ app, ports }: ComposeRequest): Promise<StillUp | undefined> {
  const left = await removeBrought({ app, ports });
  if (left.length === 0) return undefined;
  const names = left.map(({ name }) => name).join(", ");
  const means = `Removes ${names}: nothing of the app ran before.`;
  return { what: `still up or not removed: ${names}`, ways: [{ command: removal(app, left), means }] };
}

async function runs(app: ComposeApp, { decides, ports }: ComposeOnHost): Promise<RunState> {
  if ((await runningContainers(app, ports.report)).length > 0) return { state: "runs" };
  return decides ? { state: "nothing", why: "no container of the app's compose project runs" } : { state: "unknown" };
}
