import { Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Ports } from "../../core/ports.ts";
import { type Container, containersNamed, dockerWords } from "../../machine/container/compose.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { ending, lastLines } from "../../machine/succeed.ts";
import { commandOf } from "../act.ts";
import { removeAct, stopAct } from "./acts.ts";
import type { ComposeApp } from "./app.ts";
import { type Model, readModel } from "./model.ts";
import type { Scene } from "./scene.ts";
import { databasesAmong, servicesToStop } from "./services.ts";
import { noteStops } from "./stops.ts";
import type { ComposeRequest } from "./start.ts";

const LIVE = new Set(["running", "restarting", "paused"]);

/**
 * Stops what a deploy changes, in the time that each service is given for it. Returns what was stopped; undefined where it is
 * not known what there is. Throws a Failure of code `command-failed` where anything of it runs on, which it names.
 */
export async function stopServices({ app, ports, noteIn, standstill }: ComposeRequest): Promise<readonly string[] | undefined> {
  const { project } = app;
  const model = await modelIfReadable(app, ports);
  const called = model?.name ?? app.name;
  if (called === undefined) return undefined;
  const containers = await containersNamed(project, called);
  const services = servicesToStop(app, model, containers);
  const live = containers.filter(({ service, state }) => services.includes(service) && LIVE.has(state));
  if (live.length === 0) return [];
  const finished = await project.machine.run({ ...commandOf(stopAct(project, called, namesOf(live))), noteIn });
  if (standstill !== undefined) await noteStops(standstill, { project, name: called, withinMs: finished.durationMs });
  const stopped = namesOf(live);
  // One that went by itself meanwhile is a failure of the engine's client too.
  const still = finished.code === 0 ? [] : namesOf(await among(app, called, { live }));
  if (still.length > 0) {
    const down = stopped.filter((name) => !still.includes(name));
    throw new Failure(
      `Stopping ${still.join(", ")} failed (${ending(finished)}) on ${project.machine.name}${down.length === 0 ? "." : `; ${down.join(", ")} ${down.length === 1 ? "is" : "are"} stopped.`}`,
      { evidence: lastLines(finished), code: "command-failed" },
    );
  }
  ports.report.say(`Stopped ${stopped.join(", ")} (${formatDuration(finished.durationMs)})`);
  return stopped;
}

/**
 * Removes the stopped or half-made containers of all services that the open deploy brought, where nothing ran before it: one
 * that shall always restart would be up again with the machine. Never a database's. Returns what is there still, or runs.
 */
export async function removeBrought({ app, ports }: Pick<ComposeRequest, "app" | "ports">): Promise<readonly Container[]> {
  const model = await modelIfReadable(app, ports);
  const called = model?.name ?? app.name;
  if (called === undefined) return [];
  const containers = await containersNamed(app.project, called);
  const databases = databasesAmong(app, model, containers);
  const brought = containers.filter(({ service }) => app.added.includes(service) && !databases.has(service));
  await remove(app, ports, { name: called, containers: brought, why: "this deploy brought them" });
  const services = servicesToStop(app, model, containers);
  return await among(app, called, { there: brought, live: containers.filter(({ service }) => services.includes(service)) });
}

/** Removes the containers of services that a failed version brought and the one that now runs does not have. */
export async function removeAdded({ app, ports }: ComposeRequest, { model, containers }: Scene): Promise<void> {
  const strays = containers.filter(({ service }) => addedOnly(app, model).includes(service));
  await remove(app, ports, { name: model.name, containers: strays, why: "the failed version brought them" });
}

/** The services that a failed version brought, and the one gone back to does not have. */
export function addedOnly(app: Pick<ComposeApp, "added">, model: Model): readonly string[] {
  return app.added.filter((added) => !model.services.some(({ name }) => name === added));
}

/** What removes containers, as people paste it. */
export function removal({ project }: Pick<ComposeApp, "project">, containers: readonly Container[]): string {
  return commandOn(project.machine, dockerWords(project, "rm", "--force", ...containers.map(({ name }) => name)));
}

/** Where they cannot be removed, the version that is gone back to runs all the same: that is a warning. */
async function remove(
  app: Pick<ComposeApp, "project">,
  { report }: Pick<Ports, "report">,
  { name, containers, why }: { readonly name: string; readonly containers: readonly Container[]; readonly why: string },
): Promise<void> {
  if (containers.length === 0) return;
  const names = containers.map((one) => one.name).join(", ");
  const finished = await app.project.machine.run(commandOf(removeAct(app.project, name, namesOf(containers))));
  if (finished.code === 0) report.say(`Removed ${names}: ${why}.`);
  else
    report.warning(
      `${names} could not be removed (${ending(finished)}): ${why}, and what runs of them may work on a database that is not theirs. Remove them by hand: ${removal(app, containers)}`,
    );
}

/** Which of some containers are still there, or still run. */
async function among(
  { project }: Pick<ComposeApp, "project">,
  name: string,
  { there = [], live }: { readonly there?: readonly Container[]; readonly live: readonly Container[] },
): Promise<readonly Container[]> {
  const has = (all: readonly Container[], id: string): boolean => all.some((one) => one.id === id);
  return (await containersNamed(project, name)).filter(({ id, state }) => has(there, id) || (has(live, id) && LIVE.has(state)));
}

function namesOf(containers: readonly Container[]): readonly string[] {
  return [...new Set(containers.map(({ service }) => service))];
}

export async function modelIfReadable(app: ComposeApp, { report }: Pick<Ports, "report">): Promise<Model | undefined> {
  try {
    return await readModel(app.project);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.detail(error.message);
    return undefined;
  }
}
