import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localMachine } from "../../../src/machine/process/local.ts";
import { readModel } from "../../../src/rollout/compose/model.ts";

let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "savepoint-model-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project whose compose says this of its files. */
function projectSaying(configuration: string) {
  const program = join(folder, "docker-compose");
  writeFileSync(join(folder, "said"), configuration);
  writeFileSync(program, `#!/bin/sh\nexec cat ${folder}/said\n`);
  chmodSync(program, 0o755);
  return { machine: localMachine({ env: process.env }), directory: folder, command: [program], files: [] };
}

test("a project is what compose makes of its files; a service without an image has compose's own name for it", async () => {
  const services = { web: { build: { context: "." }, environment: { A: "b" } }, db: { image: "postgres:16", pull_policy: "always" } };
  expect(await readModel(projectSaying(JSON.stringify({ name: "shop", services })))).toEqual({
    name: "shop",
    services: [
      { name: "web", image: "shop-web", build: { context: "." }, platform: undefined, pullAlways: false },
      { name: "db", image: "postgres:16", build: undefined, platform: undefined, pullAlways: true },
    ],
    secrets: undefined,
  });
});

test.each([
  ["no name", { services: {} }, "`name` is missing or wrong"],
  ["an image that is none", { name: "shop", services: { web: { image: ["hunter2"] } } }, "`services.web.image` is missing or wrong"],
  ["services as a list", { name: "shop", services: ["hunter2"] }, "`services.0` is missing or wrong"],
])("what cannot be what compose says is refused by its name, and not shown: %s", async (_, configuration, why) => {
  const failed = readModel(projectSaying(JSON.stringify(configuration)));
  await expect(failed).rejects.toMatchObject({ code: "compose-config", message: expect.stringContaining(why), evidence: [] });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining("hunter2") });
});

test("words that compose puts before its JSON are named as no JSON", async () => {
  const failed = readModel(projectSaying('WARN: hunter2\n{"name":"shop"}'));
  await expect(failed).rejects.toMatchObject({
    code: "compose-config",
    message: expect.stringMatching(/config` says on .* it is no JSON\.$/),
  });
});
