import { Failure } from "../../core/failure.ts";
import { formatDuration } from "../../core/format.ts";
import type { Ports } from "../../core/ports.ts";
import { containersNamed, dockerWords } from "../../machine/container/compose.ts";
import { ending, lastLines } from "../../machine/succeed.ts";
import type { ComposeApp } from "./app.ts";
import { type Model, readModel } from "./model.ts";
import type { Scene } from "./scene.ts";
import { databasesAmong, servicesToStop } from "./services.ts";
import { noteStops } from "./stops.ts";
import type { ComposeRequest } from "./start.ts";

/** Stops what a deploy changes, in the time that each service is given for it. Returns what was stopped. */
export async function stopServices({ app, ports, noteIn, standstill }: ComposeRequest): Promise<readonly string[]> {
  const { project } = app;
  const model = await modelIfReadable(app, ports);
  const called = model?.name ?? app.name;
  if (called === undefined) return [];
  const containers = await containersNamed(project, called);
  const services = servicesToStop(app, model, containers);
  const live = containers.filter(({ service, state }) => services.includes(service) && ["running", "restarting", "paused"].includes(state));
  if (live.length === 0) return [];
  // By their ids: files of the failed version may be what is wrong.
  const finished = await project.machine.run({ words: dockerWords(project, "stop", ...live.map(({ id }) => id)), noteIn });
  if (finished.code !== 0)
    throw new Failure(`Stopping ${services.join(", ")} failed (${ending(finished)}) on ${project.machine.name}.`, {
      evidence: lastLines(finished),
      code: "command-failed",
    });
  if (standstill !== undefined) await noteStops(standstill, { project, name: called, withinMs: finished.durationMs });
  const stopped = [...new Set(live.map(({ service }) => service))];
  ports.report.say(`Stopped ${stopped.join(", ")} (${formatDuration(finished.durationMs)})`);
  return stopped;
}

/**
 * Removes the stopped or half-made containers of all services that the open deploy brought, where nothing ran before it: one
 * that shall always restart would be up again with the machine. Never a database's.
 */
export async function removeBrought({ app, ports }: Pick<ComposeRequest, "app" | "clone" | "ports">): Promise<void> {
  const model = await modelIfReadable(app, ports);
  const called = model?.name ?? app.name;
  if (called === undefined) return;
  const containers = await containersNamed(app.project, called);
  const databases = databasesAmong(app, model, containers);
  const brought = containers.filter(({ service }) => app.added.includes(service) && !databases.has(service));
  if (brought.length === 0) return;
  await app.project.machine.run({ words: dockerWords(app.project, "rm", "--force", ...brought.map(({ id }) => id)) });
  ports.report.say(`Removed ${brought.map(({ name }) => name).join(", ")}: this deploy brought them.`);
}

/** Removes the containers of services that a failed version brought and the one that now runs does not have. */
export async function removeAdded({ app, ports }: ComposeRequest, { model, containers }: Scene): Promise<void> {
  const strays = containers.filter(({ service }) => app.added.includes(service) && !model.services.some(({ name }) => name === service));
  if (strays.length === 0) return;
  await app.project.machine.run({ words: dockerWords(app.project, "rm", "--force", ...strays.map(({ id }) => id)) });
  ports.report.say(`Removed ${strays.map(({ name }) => name).join(", ")}: the failed version brought them.`);
}

async function modelIfReadable(app: ComposeApp, { report }: Pick<Ports, "report">): Promise<Model | undefined> {
  try {
    return await readModel(app.project);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.detail(error.message);
    return undefined;
  }
}
