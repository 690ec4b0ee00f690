import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Button } from "./button.ts";

const LARGEST = 256 * 1024;
const MOST_FILES = 200;

/** The rollback workflows of the checkout, by file name; what cannot be read is none. */
export async function findButtons(env: Readonly<Record<string, string | undefined>>): Promise<readonly Button[]> {
  const folder = join(env["GITHUB_WORKSPACE"] ?? "", ".github", "workflows");
  if (!folder.startsWith("/")) return [];
  const files = await readdir(folder).catch(() => []);
  const workflows = files.filter((name) => /^[\w.-]+\.ya?ml$/.test(name)).toSorted();
  const texts = await Promise.all(workflows.slice(0, MOST_FILES).map(async (file) => ({ file, text: await read(join(folder, file)) })));
  const candidates = texts.filter(({ text }) => text.includes("rollback"));
  if (candidates.length === 0) return [];
  // The reader of YAML is a seventh of what a step loads, and most steps have no other use for it.
  const { buttonIn } = await import("./button-in.ts");
  return candidates.flatMap(({ file, text }) => buttonIn(file, text) ?? []);
}

/** Empty where it is no file, or a huge one: from a pipe or a device nothing would ever come, or no end. */
async function read(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size <= LARGEST ? await readFile(path, "utf8").catch(() => "") : "";
}
