import type { Ports } from "../../core/ports.ts";
import { Failure } from "../../core/failure.ts";
import { type Container, containersNamed } from "../../machine/container/compose.ts";
import type { ComposeApp } from "./app.ts";
import { type Model, readModel } from "./model.ts";
import { databasesAmong } from "./services.ts";

const LIVE = new Set(["running", "restarting", "paused"]);

/**
 * The containers of the app itself that run: of the services that `services` names, else of those that are built, else of
 * all but databases. What is started beforehand for it to talk to (a database, a cache) is not the app.
 */
export async function runningContainers(app: ComposeApp, { detail }: Pick<Ports["report"], "detail">): Promise<readonly Container[]> {
  let model: Model;
  try {
    model = await readModel(app.project);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // The files that are to come may be the first that can be read.
    detail(error.message);
    return [];
  }
  const containers = await containersNamed(app.project, model.name);
  const databases = databasesAmong(app, model, containers);
  const built = model.services.filter(({ build }) => build !== undefined).map(({ name }) => name);
  const named = app.services ?? (built.length > 0 ? built : model.services.map(({ name }) => name));
  return containers.filter(({ service, state }) => LIVE.has(state) && named.includes(service) && !databases.has(service));
}
