import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const BUILD = resolve(import.meta.dirname, "../../scripts/build.ts");

/** Writes everything that `dist/` holds, from the sources as they are. */
export async function buildAll(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD, "--into", folder]);
}

/** Writes the command line as one file, as a release has it. */
export async function buildOneFile(path: string): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD, "--one-file", path]);
}
