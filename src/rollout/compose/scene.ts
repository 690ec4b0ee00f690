import { type Container, containersNamed } from "../../machine/container/compose.ts";
import type { ComposeApp } from "./app.ts";
import { type Model, readModel } from "./model.ts";

/** What a compose project's files say, and what runs. */
export interface Scene {
  readonly model: Model;
  readonly containers: readonly Container[];
}

/** Looks at the project as the files in `app-dir` are now. */
export async function lookAtProject({ project }: Pick<ComposeApp, "project">): Promise<Scene> {
  const model = await readModel(project);
  return { model, containers: await containersNamed(project, model.name) };
}
