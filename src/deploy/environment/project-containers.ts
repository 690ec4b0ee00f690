import { Failure } from "../../core/failure.ts";
import { type ComposeProject, containersNamed, type Container } from "../../machine/container/compose.ts";
import { tellContainers } from "../../machine/container/story.ts";
import { type Model, readModel } from "../../rollout/compose/model.ts";
import { databasesAmong } from "../../rollout/compose/services.ts";
import { composeProjectIn } from "./compose-app.ts";
import type { Environment } from "./environment.ts";
import { commandEnvironment } from "./hooks.ts";

/** The containers of the app's compose project: to be asked again and again, and to be told as evidence while they exist. */
export interface ProjectContainers {
  readonly ask: () => Promise<readonly Container[]>;
  /** State and last log lines, those in trouble first; without databases, whose log is long and seldom the cause. */
  readonly tell: () => Promise<readonly string[]>;
}

/**
 * Undefined where `app-dir` holds no compose project. One that cannot be read is a refusal where it is `needed`; else it may
 * be nobody's but a developer's.
 */
export async function projectContainers(
  environment: Environment,
  { commit, needed }: { readonly commit: string | undefined; readonly needed: boolean },
): Promise<ProjectContainers | undefined> {
  const project = await composeProjectIn(environment, commandEnvironment(environment, { commit: commit ?? "" }));
  if (project === undefined) return undefined;
  const model = await read(environment, project, needed);
  if (model === undefined) return undefined;
  const ask = async (): Promise<readonly Container[]> => await containersNamed(project, model.name);
  const tell = async (): Promise<readonly string[]> => {
    const all = await ask();
    const databases = databasesAmong({ databaseService: environment.shared["database-service"] }, model, all);
    const mine = all.filter(({ service }) => !databases.has(service));
    return await tellContainers(
      project,
      mine.toSorted((a, b) => rank(a) - rank(b)),
    );
  };
  return { ask, tell };
}

async function read(environment: Environment, project: ComposeProject, needed: boolean): Promise<Model | undefined> {
  try {
    return await readModel(project);
  } catch (error) {
    if (needed || !(error instanceof Failure)) throw error;
    environment.ports.report.detail(`The containers are not looked at: ${error.message}`);
    return undefined;
  }
}

function rank({ state, health, restarts }: Container): number {
  if (state !== "running") return 0;
  return health === "unhealthy" || restarts > 0 ? 1 : 2;
}
