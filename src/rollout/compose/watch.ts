import { Failure } from "../../core/failure.ts";
import { type ComposeProject, containersNamed, type Container, dockerWords } from "../../machine/container/compose.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import { tellContainers } from "../../machine/container/story.ts";
import type { AppPlace, Watched } from "../strategy.ts";
import { type Model, readModel } from "./model.ts";
import { databasesAmong } from "./services.ts";
import { isThere } from "./signs.ts";

/** The containers of the compose project in `app-dir`, where there is one; whatever runs the app. */
export async function watchProject(place: AppPlace, { needed }: { readonly needed: boolean }): Promise<Watched | undefined> {
  const { shared, clone, environment } = place;
  if (!(await isThere(place))) return undefined;
  const project = { ...(await openComposeProject(clone.machine, shared, "a compose project")), environment };
  const model = await read(place, project, needed);
  if (model === undefined) return undefined;
  const ask = async (): Promise<readonly Container[]> => await containersNamed(project, model.name);
  const tell = async (): Promise<readonly string[]> => {
    const all = await ask();
    const databases = databasesAmong({ databaseService: shared["database-service"] }, model, all);
    const mine = all.filter(({ service }) => !databases.has(service));
    return await tellContainers(
      project,
      mine.toSorted((a, b) => rank(a) - rank(b)),
    );
  };
  return { foundBy: { engine: dockerWords(project), labels: [`com.docker.compose.project=${model.name}`] }, ask, tell };
}

async function read({ ports }: AppPlace, project: ComposeProject, needed: boolean): Promise<Model | undefined> {
  try {
    return await readModel(project);
  } catch (error) {
    if (needed || !(error instanceof Failure)) throw error;
    ports.report.detail(`The containers are not looked at: ${error.message}`);
    return undefined;
  }
}

function rank({ state, health, restarts }: Container): number {
  if (state !== "running") return 0;
  return health === "unhealthy" || restarts > 0 ? 1 : 2;
}
