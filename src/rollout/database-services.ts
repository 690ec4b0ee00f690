import { type ComposeProject, type Container, containersNamed } from "../machine/container/compose.ts";
import { readModel } from "./compose/model.ts";
import { databasesAmong } from "./compose/services.ts";

/** What a compose project has beside the app. */
export interface ProjectServices {
  /** All that its files name. */
  readonly services: readonly string[];
  /** Those that are evidently databases. */
  readonly databases: readonly string[];
  readonly containers: readonly Container[];
}

/** Looks for the databases of a project. Refuses where compose cannot read it. */
export async function servicesOf(project: ComposeProject): Promise<ProjectServices> {
  const model = await readModel(project);
  const containers = await containersNamed(project, model.name);
  const databases = [...databasesAmong({ databaseService: undefined }, model, containers)];
  return { services: model.services.map(({ name }) => name), databases, containers };
}
