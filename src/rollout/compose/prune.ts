import type { ComposeProject } from "../../machine/container/compose.ts";
import { retainedImages, untagImage } from "./images.ts";

/**
 * Takes away the retained images of a project's services, of all commits but those named. An image that a container still
 * uses stays. Returns the names that went.
 */
export async function pruneImages(
  project: ComposeProject,
  { name, services, keep }: { readonly name: string; readonly services: readonly string[]; readonly keep: ReadonlySet<string> },
): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const image of await retainedImages(project, name, services)) {
    if (keep.has(image.commit.replace(/-before$/, ""))) continue;
    if (await untagImage(project, image.name)) gone.push(image.name);
  }
  return gone;
}
