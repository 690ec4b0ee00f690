import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Everything in a state directory: content, time and number of each file and folder. */
export async function tracesIn(stateDir: string): Promise<readonly string[]> {
  const names = ["", ...(await readdir(stateDir, { recursive: true }))].toSorted();
  return await Promise.all(
    names.map(async (name) => {
      const path = join(stateDir, name);
      const { ino, mtimeMs, mode } = await stat(path);
      const text = name === "" || name.endsWith("backups") || name.endsWith("running") ? "" : await readFile(path, "base64");
      return `${name} ${ino} ${mtimeMs} ${mode} ${text}`;
    }),
  );
}
