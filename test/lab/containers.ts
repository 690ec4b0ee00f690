import { openEngine } from "./engine.ts";
import { buildImages } from "./images.ts";

/** One Docker engine with the lab's images for the whole test run. */
export default async function setup(): Promise<() => Promise<void>> {
  const engine = await openEngine();
  process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify(engine.env);
  try {
    await buildImages();
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return async () => await engine[Symbol.asyncDispose]();
}
