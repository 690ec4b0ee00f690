import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clauseOf, refusal } from "../../core/failure.ts";
import { isPath } from "../../core/path.ts";

/**
 * What an input gives: its own text, or what is in the file of this machine that it names. A path is on one line and begins
 * with `/`, `./`, `../` or `~/`; where it names nothing that can be read, it is refused by the input's name.
 */
export async function givenOrFile(given: string, { input, home }: { readonly input: string; readonly home: string }): Promise<string> {
  const path = given.trim();
  if (!isPath(path)) return given;
  try {
    return await readFile(path.startsWith("~/") ? join(home, path.slice(2)) : path, "utf8");
  } catch (error) {
    throw refusal(`\`${input}\` names the file ${path}, which cannot be read on this machine: ${clauseOf(error)}.`, {
      cause: error,
      hint: "Give the path of a file that is here, or its text itself.",
      code: "no-file",
    });
  }
}
