import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { labFolder } from "./folder.ts";

const BUILD = resolve(import.meta.dirname, "../../scripts/build.ts");

/** Writes everything that `dist/` holds, from the sources as they are. */
export async function buildAll(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD, "--into", folder]);
}

/** Writes the command line as one file, as a release has it. */
export async function buildOneFile(path: string): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD, "--one-file", path]);
}

/** The same into a folder of its own, and where Node keeps what it compiled of it; what is to be run there is what `program.ts` names. */
export async function builtForRun(): Promise<string> {
  const folder = await labFolder("savepoint-built-");
  await buildAll(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await mkdir(join(folder, "compiled"));
  return folder;
}
