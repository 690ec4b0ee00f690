import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { exists, resolvePath } from "../files/files.ts";
import type { ComposeProject } from "./compose.ts";

/** How settings name a compose project. */
export interface ProjectSettings {
  readonly "app-dir": string | undefined;
  /** As words: `docker compose`. */
  readonly "compose-command": string;
  readonly "compose-file": readonly string[] | undefined;
}

/** The compose project of `app-dir`, as the settings name it. Refuses where there is no such folder; `why` names what wants it. */
export async function openComposeProject(machine: Machine, shared: ProjectSettings, why: string): Promise<ComposeProject> {
  const folder = shared["app-dir"];
  if (folder === undefined) {
    throw refusal(`${why} needs \`app-dir\`: the folder of the compose project${machine.local ? "" : ` on ${machine.name}`}.`, {
      code: "inputs",
      hint: "Give `app-dir`, e.g. /srv/shop.",
    });
  }
  const directory = await resolvePath(machine, folder);
  if (!(await exists(machine, directory))) {
    throw refusal(`\`app-dir\` ${directory} does not exist on ${machine.name}.`, {
      code: "clone-missing",
      hint: `A folder that ${machine.login} may not look into counts as missing.`,
    });
  }
  return {
    machine,
    directory,
    command: shared["compose-command"].split(/\s+/).filter((word) => word !== ""),
    files: shared["compose-file"] ?? [],
  };
}
