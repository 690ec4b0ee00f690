import { Failure, stopIfCancelled } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import type { Ports } from "../core/ports.ts";
import type { Clone } from "../machine/git/clone.ts";
import type { ComposeApp } from "./compose/app.ts";
import { placeImages } from "./compose/place.ts";
import { lookAtProject } from "./compose/scene.ts";
import { type ComposeRequest, imagesIn, startServices } from "./compose/start.ts";
import { removeAdded, stopServices } from "./compose/stop.ts";
import { type CommandSettings, refuseMisfits } from "./inputs.ts";
import { refuseObstacles } from "./obstacles.ts";
import { runShell } from "./shell.ts";
import type { Standstill } from "./standstill.ts";

/** The app on its host, and how its owner starts and stops it. */
export interface AppRequest {
  readonly clone: Clone;
  readonly settings: CommandSettings;
  /** Where the app is a compose project: then that starts and stops it, unless a command is given. */
  readonly compose?: ComposeApp | undefined;
  /** What the commands are told: `SAVEPOINT_ENVIRONMENT`, `SAVEPOINT_COMMIT`, `SAVEPOINT_PREVIOUS_COMMIT`, `SAVEPOINT_ID`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: Pick<Ports, "report" | "signal" | "clock">;
  readonly noteIn?: string | undefined;
  /** Is told when the app is stopped, and where the time goes. */
  readonly standstill?: Standstill | undefined;
}

export interface SwitchRequest extends AppRequest {
  readonly commit: string;
  /** The app was stopped already. */
  readonly stopped?: boolean;
  /**
   * Local edits and untracked files in the way: `refuse` them, or (a rollback must not fail on what the failed version
   * wrote) `keep` them aside and say where.
   */
  readonly edits?: "refuse" | "keep";
  /** With compose: the image ids that the journal tells for this commit, by service. */
  readonly images?: Readonly<Record<string, string>> | undefined;
}

export interface Switched {
  readonly commit: string;
  /** What was checked out before; undefined where nothing was. */
  readonly previous: string | undefined;
  /** With compose: the image ids that run now, by service. */
  readonly images: Readonly<Record<string, string>> | undefined;
}

/**
 * Puts the app onto a commit: `stop-command`, the files, `command`, `start-command`, whichever are given. A compose project
 * gets the images that were made for the commit, and what changed is started anew.
 * Run again it does the same again, and finishes a checkout that was killed. Throws a Failure of the step that failed;
 * the files are then at the one commit or the other, as `clone.current()` says.
 */
export async function switchTo(request: SwitchRequest): Promise<Switched> {
  const { clone, commit, settings, ports } = request;
  refuseMisfits(settings);
  const previous = await clone.current();
  stopIfCancelled(ports.signal);
  if (request.stopped !== true) {
    // Looked at while the app still runs; the checkout looks again.
    if (request.edits !== "keep") await refuseObstacles(clone, commit);
    await runIfGiven(request, "stop-command");
  }
  stopIfCancelled(ports.signal);
  // Not cancelled half-way: it takes a moment, and files of two versions are worse than a late stop.
  await timed(request, "putting the files in place", async () => await placeFiles(request));
  const compose = composeRequest(request);
  const scene = compose && (await lookAtProject(compose.app));
  if (compose && scene) await placeImages(compose, scene, { commit, known: request.images });
  await runIfGiven(request, "command");
  const started = await runIfGiven(request, "start-command");
  request.standstill?.started(shortCommit(commit));
  if (compose && scene) {
    const images = started ? imagesIn(compose.app, await lookAtProject(compose.app)) : await startServices(compose, scene);
    if (request.edits === "keep") await removeAdded(compose, scene);
    return { commit, previous, images };
  }
  if (settings.command === undefined && settings["start-command"] === undefined) {
    ports.report.notice("Neither `command` nor `start-command` is given: the new files are in place, and nothing was started.");
  }
  return { commit, previous, images: undefined };
}

/** `stopped`: nothing of it runs; `failed`: something may; `unknown`: there was nothing that could stop it, or tell. */
export type Stop = "stopped" | "failed" | "unknown";

/**
 * Stops the app: `stop-command`, or the services of its compose project. Failing is a warning: a crashed app is often why,
 * and what comes next (swap, start, health) shows whether it matters. Returns what is true of it then.
 */
export async function stopApp(request: AppRequest): Promise<Stop> {
  refuseMisfits(request.settings);
  try {
    if (await runIfGiven(request, "stop-command")) return "stopped";
    const compose = composeRequest(request);
    return compose === undefined || (await stopServices(compose)) === undefined ? "unknown" : "stopped";
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "command-failed") throw error;
    const said = error.evidence.at(-1);
    request.ports.report.warning(
      `${error.message}${said === undefined ? "" : ` It said: ${said}.`} Going on as if the app were down; if it still runs, the next start may fail.`,
    );
    return "failed";
  }
}

/** Starts the app again with the code that is there: `start-command`, its services, or `command` where only that would bring a stopped app back. */
export async function startApp(request: AppRequest): Promise<void> {
  const { settings } = request;
  refuseMisfits(settings);
  const compose = composeRequest(request);
  if (settings["start-command"] !== undefined) await runIfGiven(request, "start-command");
  else if (compose !== undefined) await startServices(compose, await lookAtProject(compose.app));
  else if (settings["stop-command"] !== undefined) await runIfGiven(request, "command");
  const version = versionOf(request, "start-command");
  if (version !== undefined) request.standstill?.started(version);
}

function composeRequest({ compose: app, clone, ports, noteIn, standstill }: AppRequest): ComposeRequest | undefined {
  return app === undefined ? undefined : { app, clone, ports, noteIn, standstill };
}

async function timed<T>({ standstill }: AppRequest, what: string, body: () => Promise<T>): Promise<T> {
  return standstill === undefined ? await body() : await standstill.timed(what, body);
}

/** Puts the files of a commit in place, and neither stops nor starts anything. */
export async function placeFiles(request: SwitchRequest): Promise<void> {
  const { clone, commit, ports } = request;
  const options = request.noteIn === undefined ? {} : { noteIn: request.noteIn };
  if (request.edits !== "keep") {
    await clone.checkout(commit, options);
    return;
  }
  const kept = await clone.restoreTo(commit, { ...options, at: ports.clock.now() });
  if (kept.edits !== undefined)
    ports.report.warning(
      `Tracked files in ${clone.directory} had been edited; they are kept: git -C ${clone.directory} show ${kept.edits}`,
    );
  if (kept.renamed.length > 0)
    ports.report.warning(
      `Untracked files stood in the way in ${clone.directory} and were renamed: ${kept.renamed.slice(0, 10).join(", ")}${kept.renamed.length > 10 ? ", …" : ""}`,
    );
}

/** Whose command it is: what is stopped on the way to another version is the one before. */
function versionOf({ environment }: AppRequest, name: "command" | "stop-command" | "start-command"): string | undefined {
  const previous = environment["SAVEPOINT_PREVIOUS_COMMIT"];
  const commit = name === "stop-command" && previous !== undefined && previous !== "" ? previous : environment["SAVEPOINT_COMMIT"];
  return commit === undefined || commit === "" ? undefined : shortCommit(commit);
}

async function runIfGiven(request: AppRequest, name: "command" | "stop-command" | "start-command"): Promise<boolean> {
  const text = request.settings[name];
  if (text === undefined) return false;
  const { clone, environment, ports, noteIn } = request;
  // An app without a stop-command is stopped, if at all, by what starts it.
  if (name !== "command") request.standstill?.begin();
  const version = versionOf(request, name);
  await timed(
    request,
    version === undefined ? name : `${name} of ${version}`,
    async () => await runShell({ clone, name, text, environment, ports, noteIn }),
  );
  return true;
}
