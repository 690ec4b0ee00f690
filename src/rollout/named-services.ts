import type { ComposeProject } from "../machine/container/compose.ts";
import { readModel } from "./compose/model.ts";
import { refuseUnknownServices } from "./compose/services.ts";

/** Refuses services in `services` that the files of a project, as they are now, do not have. */
export async function refuseUnknownNames(project: ComposeProject, services: readonly string[]): Promise<void> {
  refuseUnknownServices(services, await readModel(project));
}
