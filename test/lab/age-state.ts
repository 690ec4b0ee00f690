import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resealed } from "./sealed.ts";

/** Lets so many seconds pass for lock and journal in a state directory: all that was noted so far is older by them. */
export async function ageState(stateDir: string, seconds: number): Promise<void> {
  const change = async (file: string, older: (text: string) => string): Promise<void> => {
    const path = join(stateDir, file);
    if (existsSync(path)) await writeFile(path, older(await readFile(path, "utf8")));
  };
  const times = (text: string): string =>
    text.replaceAll(
      /"(at|since)":"([^"]+)"/g,
      (_, name: string, at: string) => `"${name}":"${new Date(Date.parse(at) - seconds * 1000).toISOString()}"`,
    );
  await change("journal.jsonl", (text) => resealed(times(text)));
  await change("lock", times);
  for (const beat of ["beat", "repeat.beat"])
    await change(beat, (text) => text.replace(/^\d+/, (epoch) => String(Number(epoch) - seconds)));
}
