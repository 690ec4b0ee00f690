import { Failure } from "../core/failure.ts";
import { shortCommit } from "../core/format.ts";
import type { Act } from "./act.ts";
import type { CommandSettings } from "./inputs.ts";
import { runShell, shellAct } from "./shell.ts";
import type { AppOnHost, Stop } from "./strategy.ts";

/** The user's own commands, in the order in which a switch runs them. */
const NAMES = ["stop-command", "command", "start-command"] as const;
type Name = (typeof NAMES)[number];

export function givenCommands(settings: CommandSettings): readonly Name[] {
  return NAMES.filter((name) => settings[name] !== undefined);
}

/** Runs a command of the user's, where it is given. Returns whether it is. */
export async function runIfGiven(app: AppOnHost, name: Name): Promise<boolean> {
  const act = actOf(app, name);
  if (act === undefined) return false;
  const { clone, ports, noteIn } = app;
  // An app without a stop-command is stopped, if at all, by what starts it.
  if (name !== "command") app.standstill?.begin();
  await timed(app, act.what, async () => await runShell({ act, name, clone, ports, noteIn }));
  return true;
}

/** Those commands that are given, as acts. */
export function actsOf(app: AppOnHost, names: readonly Name[]): readonly Act[] {
  return names.map((name) => actOf(app, name)).filter((act) => act !== undefined);
}

function actOf(app: AppOnHost, name: Name): Act | undefined {
  const text = app.settings[name];
  if (text === undefined) return undefined;
  const version = versionOf(app, name);
  const what = version === undefined ? name : `${name} of ${version}`;
  return shellAct({ clone: app.clone, name, text, what, environment: app.environment });
}

/** Whose command it is: what is stopped on the way to another version is the one before. */
function versionOf({ environment }: AppOnHost, name: Name): string | undefined {
  const previous = environment["SAVEPOINT_PREVIOUS_COMMIT"];
  const commit = name === "stop-command" && previous !== undefined && previous !== "" ? previous : environment["SAVEPOINT_COMMIT"];
  return commit === undefined || commit === "" ? undefined : shortCommit(commit);
}

/** Says that the version that commands are told of was started. */
export function tellStarted(app: AppOnHost): void {
  const version = versionOf(app, "start-command");
  if (version !== undefined) app.standstill?.started(version);
}

/** Runs a part of what the app stands still for. */
export async function timed<T>({ standstill }: AppOnHost, what: string, body: () => Promise<T>): Promise<T> {
  return standstill === undefined ? await body() : await standstill.timed(what, body);
}

/** Stops the app by its `stop-command`, where it is given. That it fails is a warning where the app is known to be down. */
export async function stopByCommand(app: AppOnHost): Promise<void> {
  try {
    await runIfGiven(app, "stop-command");
  } catch (error) {
    if (!isOfCommand(error) || !(await downAnyway(app, error))) throw error;
  }
}

/** Stops the app. That a command failed is a warning. */
export async function orWarn(app: AppOnHost, stop: () => Promise<Stop>): Promise<Stop> {
  try {
    return await stop();
  } catch (error) {
    if (!isOfCommand(error)) throw error;
    if (await downAnyway(app, error)) return "stopped";
    app.ports.report.warning(`${whatItSaid(error)} Going on as if the app were down; if it still runs, the next start may fail.`);
    return "failed";
  }
}

function isOfCommand(error: unknown): error is Failure {
  return error instanceof Failure && error.code === "command-failed";
}

/** Whether the app is down, whatever its stop-command says: that is said. */
async function downAnyway({ knownDown, ports }: AppOnHost, failure: Failure): Promise<boolean> {
  const why = await knownDown?.();
  if (why === undefined) return false;
  ports.report.warning(`${whatItSaid(failure)} The app is down all the same: ${why}. So this goes on.`);
  return true;
}

/** With the end of its output: of one line a warning can say little. */
function whatItSaid({ message, evidence }: Failure): string {
  const said = evidence.slice(-3).join(" / ");
  return said === "" ? message : `${message} It said: ${said}.`;
}
