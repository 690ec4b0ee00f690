import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** A block of shell text of a page, and the heading that it stands under. */
export interface ShellBlock {
  readonly heading: string;
  readonly text: string;
}

/** What a page shows as `sh`, in its order. */
export async function shellOf(page: string): Promise<readonly ShellBlock[]> {
  const blocks: ShellBlock[] = [];
  let heading = "";
  const text = await readFile(join(ROOT, page), "utf8");
  for (const [, title, block] of text.matchAll(/^#+ (.*)$|^ *```sh\n([^]*?)^ *```$/gm))
    if (title !== undefined) heading = title;
    else blocks.push({ heading, text: block ?? "" });
  return blocks;
}

/**
 * One script that does what whoever pastes these blocks into one shell does. It stops at the first command that fails, and says
 * `== heading` before each block, so that it is seen how far it came. What is said before them is the test's own.
 */
export function pasting(blocks: readonly ShellBlock[], before = ""): string {
  return ["set -e", before, ...blocks.flatMap(({ heading, text }) => [`echo '== ${heading}'`, text]), "echo '== all of it'"].join("\n");
}

/** A block with values of the test's in place of the page's. Throws where the page does not have one of them. */
export function withValues({ heading, text }: ShellBlock, values: Readonly<Record<string, string>>): ShellBlock {
  let changed = text;
  for (const [name, value] of Object.entries(values)) {
    const place = new RegExp(`(^|\\s)${name}=\\S*`, "m");
    if (!place.test(changed)) throw new Error(`the page says no ${name}`);
    changed = changed.replace(place, `$1${name}=${value}`);
  }
  return { heading, text: changed };
}

/** A command that a page says in a sentence. Throws where it does not. */
export async function inlineOf(page: string, command: string): Promise<string> {
  const text = await readFile(join(ROOT, page), "utf8");
  if (!text.includes(`\`${command}\``)) throw new Error(`${page} does not say ${command}`);
  return command;
}
