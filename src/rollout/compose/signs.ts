import type { AppAbout, AppPlace } from "../strategy.ts";
import { holdsCompose } from "./tree.ts";

const COMPOSE_FILES = new Set(["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]);

/** Whether settings name a compose project, for the app's sake or for its database's. */
export function namesProject(shared: AppPlace["shared"]): boolean {
  return shared["compose-file"] !== undefined || shared["database-service"] !== undefined;
}

/** Whether there is a compose project in `app-dir`, as settings or its files tell. */
export async function isThere({ shared, clone }: AppPlace): Promise<boolean> {
  return namesProject(shared) || (await holdsCompose(clone, clone.directory));
}

/** Whether there is one, or comes with the commit. */
export async function comesOrIsThere(about: AppAbout): Promise<boolean> {
  if (await isThere(about)) return true;
  const { clone, commit } = about;
  const files = (await clone.has(commit)) ? await clone.listFiles(commit, "") : undefined;
  return files?.some((name) => COMPOSE_FILES.has(name)) === true;
}
