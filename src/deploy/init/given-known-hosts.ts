import type { Ports } from "../../core/ports.ts";
import { isPath } from "../../core/path.ts";
import { readText, resolvePath } from "../../machine/files/files.ts";

/** The text of `ssh-known-hosts`, or of the file that it names. */
export async function givenKnownHosts({ here }: Pick<Ports, "here">, given: string | undefined): Promise<string | undefined> {
  if (given === undefined || given.trim() === "") return undefined;
  return (isPath(given.trim()) ? await readText(here, await resolvePath(here, given.trim())) : given)?.trimEnd();
}
