import { composePasted } from "../../machine/container/compose.ts";
import { openComposeProject } from "../../machine/container/project.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import type { DoctorWorld } from "./world.ts";

/** A call of compose in the project's folder, as it is pasted here. */
export async function composeIn(world: DoctorWorld, words: readonly string[]): Promise<string> {
  const host = await world.host();
  const project = await openComposeProject(host, world.shared, "this");
  return commandOn(host, ["sh", "-c", composePasted(project, ...words)]);
}
