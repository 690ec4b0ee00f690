import { afterEach, expect, test, vi } from "vitest";
import { setUpWith } from "../lab/containers.ts";
import type { Engine } from "../lab/engine.ts";
import { needs } from "../lab/needs.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const DOWN = new Error("dockerd ended with 1");

test.each([
  [
    "there is none",
    async () => {
      throw DOWN;
    },
  ],
  [
    "it does not start",
    async () => {
      const answering = Promise.reject(DOWN);
      answering.catch(() => undefined);
      return { env: {}, answering, [Symbol.asyncDispose]: async () => undefined };
    },
  ],
] as const)("where %s, the tests that need an engine fail with the reason, and all others run", async (_, open: () => Promise<Engine>) => {
  for (const name of ["SAVEPOINT_LAB_ENGINE", "SAVEPOINT_LAB_ENGINE_SAYS"]) vi.stubEnv(name, undefined);
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  // A set-up that throws ends the whole run: "No test files found".
  const end = await setUpWith(open);
  await expect(needs("engine")).rejects.toThrow(`needs a Docker engine with compose v2, and there is none: ${DOWN.message}`);
  expect(said).toHaveBeenCalledWith(`NO DOCKER ENGINE, so all container tests fail: ${DOWN.message}`);
  await end();
});
