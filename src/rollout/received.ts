import { formatSize } from "../core/format.ts";
import { paceOf } from "../core/pace.ts";
import type { Ports } from "../core/ports.ts";
import type { Clone } from "../machine/git/clone.ts";

/** How much of a fetch has come, as a line for `withProgress`: what the clone's objects and half-written packs have grown by. */
export function received(clone: Clone, { clock }: Pick<Ports, "clock">): () => Promise<string | undefined> {
  const began = clock.now().getTime();
  let before: number | undefined;
  return async () => {
    const { code, stdout } = await clone.git.run(["count-objects", "-v"]);
    if (code !== 0) return undefined;
    const bytes = objectBytes(stdout);
    before ??= bytes;
    const grown = Math.max(0, bytes - before);
    return `received ${formatSize(grown)}, ${paceOf({ bytes: grown, ms: clock.now().getTime() - began })}`;
  };
}

/** `git count-objects -v` counts in KiB: loose objects, packs, and what it takes for garbage, a pack that is being written among it. */
export function objectBytes(told: string): number {
  const sizes = [...told.matchAll(/^size(?:-pack|-garbage)?: (\d+)$/gm)];
  return sizes.reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}
