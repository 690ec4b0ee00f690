import type { Command, Finished, ContainerHolder, Machine } from "../core/machine.ts";

/** How the tools come to a dump's bytes. */
export type Reach =
  /** They run where the file lies, and open it. */
  | { readonly by: "path" }
  /** They run in a container on the machine where the file lies: a shell there connects the two. */
  | { readonly by: "shell"; readonly holder: ContainerHolder }
  /** They run elsewhere: the bytes go through us. */
  | { readonly by: "stream" };

export function reachOf(toolsOn: Machine, files: Machine): Reach {
  if (isSame(toolsOn, files)) return { by: "path" };
  const { holder } = toolsOn;
  return holder !== undefined && isSame(holder.machine, files) ? { by: "shell", holder } : { by: "stream" };
}

function isSame(one: Machine, other: Machine): boolean {
  return one === other || (one.local && other.local);
}

/** Runs a tool in words that stand around it where the files are: on its own machine, or outside of its container. */
export async function runAround(
  around: readonly string[],
  { toolsOn, reach, command }: { readonly toolsOn: Machine; readonly reach: Reach; readonly command: Command },
): Promise<Finished> {
  if (reach.by === "shell") return await reach.holder.run(around, command);
  return await toolsOn.run({ ...command, words: [...around, ...command.words] });
}
