import { Failure } from "../../core/failure.ts";
import type { Clone } from "./clone.ts";
import { silentOrigin, unreachableOrigin } from "./unreachable-origin.ts";

/** Asks a clone's remote whether it is there and lets us read. Throws the Failure that a fetch would end with. Milliseconds. */
export async function askOrigin(clone: Clone, { timeout }: { readonly timeout: number }): Promise<void> {
  try {
    const finished = await clone.git.run(["ls-remote", "--quiet", "origin", "HEAD"], { timeout });
    if (finished.code !== 0) throw await unreachableOrigin(clone, finished);
  } catch (error) {
    throw error instanceof Failure && error.code === "timeout" ? await silentOrigin(clone, error) : error;
  }
}
