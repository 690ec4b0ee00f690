import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, openEngine } from "./engine.ts";
import { labFolder, removeFolder } from "./folder.ts";
import { buildImages } from "./images.ts";

/**
 * One Docker engine with the lab's images for the whole test run. It comes up beside the tests that need none; those that do
 * wait for it (`needs.ts`). Where there can be none, they fail with the reason; all others are run.
 */
export default async function setup(): Promise<() => Promise<void>> {
  return await setUpWith(openEngine);
}

export async function setUpWith(open: () => Promise<Engine>): Promise<() => Promise<void>> {
  const folder = await labFolder("savepoint-engine-says-");
  const says = join(folder, "says");
  process.env["SAVEPOINT_LAB_ENGINE_SAYS"] = says;
  const opening = open();
  const env = opening.then(
    ({ env: known }) => ({ env: known }),
    (error: unknown) => ({ missing: textOf(error) }),
  );
  process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify(await env);
  const up = broughtUp(opening).then(
    async () => await writeFile(says, "up"),
    async (error: unknown) => {
      console.error(`NO DOCKER ENGINE, so all container tests fail: ${textOf(error)}`);
      await writeFile(says, `down: ${textOf(error)}`);
    },
  );
  return async () => {
    await up;
    await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]();
    await removeFolder(folder);
  };
}

async function broughtUp(opening: Promise<Engine>): Promise<void> {
  await (
    await opening
  ).answering;
  await buildImages();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
