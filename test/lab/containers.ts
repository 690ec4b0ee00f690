import { openEngine } from "./engine.ts";
import { buildImages } from "./images.ts";

/**
 * One Docker engine with the lab's images for the whole test run. Where there can be none, each test that needs it fails
 * with the reason; all others are run.
 */
export default async function setup(): Promise<() => Promise<void>> {
  try {
    const engine = await openEngine();
    process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify({ env: engine.env });
    try {
      await buildImages();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return async () => await engine[Symbol.asyncDispose]();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`NO DOCKER ENGINE, so all container tests fail: ${why}`);
    process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify({ missing: why });
    return async () => undefined;
  }
}
