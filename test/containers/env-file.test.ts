import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localMachine } from "../../src/machine/process/local.ts";
import { engineEnv } from "../lab/engine.ts";
import { needs } from "../lab/needs.ts";
import { LINES, OUTSIDE } from "../unit/deploy/env-lines.ts";

await needs("engine");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-env-"));
  const services = { one: { image: "none", environment: { SEEN: "${A-}", SET: "${A+set}" } } };
  await writeFile(join(folder, "compose.yaml"), JSON.stringify({ name: "env", services }));
});
afterAll(async () => await rm(folder, { recursive: true }));

test("the table of .env files is what the real compose makes of them", async () => {
  const here = localMachine({ env: { PATH: process.env["PATH"], HOME: folder, ...engineEnv(), ...OUTSIDE } });
  const wrong: unknown[] = [];
  for (const [text, value] of LINES) {
    await writeFile(join(folder, ".env"), text);
    const finished = await here.run({ words: ["docker", "compose", "config", "--format=json"], cwd: folder });
    const seen = finished.code === 0 ? valueOf(finished.stdout) : "refused";
    if (seen !== value) wrong.push({ text, value, seen, stderr: finished.stderr });
  }
  expect(wrong).toEqual([]);
});

function valueOf(text: string): string | null {
  const { SEEN = "", SET } = (JSON.parse(text) as { services: { one: { environment: Record<string, string> } } }).services.one.environment;
  // What it prints can be read by compose again.
  return SET === "set" ? SEEN.replaceAll("$$", "$") : null;
}
