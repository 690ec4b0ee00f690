import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serviceCheck } from "../../../src/health/containers.ts";
import { containersNamed } from "../../../src/machine/container/compose.ts";
import { findServiceContainer } from "../../../src/machine/container/container.ts";
import { localMachine } from "../../../src/machine/process/local.ts";

let folder: string;

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "savepoint-engine-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An engine's client that lists one container and says this of it. */
function clientSaying(inspected: string) {
  const client = join(folder, "docker");
  writeFileSync(join(folder, "said"), inspected);
  writeFileSync(client, `#!/bin/sh\ncase " $* " in *" inspect "*) cat ${folder}/said;; *) echo abc;; esac\n`);
  chmodSync(client, 0o755);
  return { machine: localMachine({ env: process.env }), directory: folder, command: [client, "compose"], files: [] };
}

const WHOLE = {
  Id: "abc",
  Name: "/shop-web-1",
  Image: "sha256:1",
  RestartCount: 0,
  Config: { Labels: { "com.docker.compose.service": "web" }, Image: "web", Env: ["PASSWORD=hunter2"] },
  HostConfig: { NetworkMode: "bridge" },
  NetworkSettings: { Ports: {}, Networks: {} },
  State: { Status: "running", Running: true, ExitCode: 0, Health: { Status: "healthy" } },
};

test("a container is what the engine says of it", async () => {
  const project = clientSaying(JSON.stringify([WHOLE]));
  expect(await containersNamed(project, "shop")).toMatchObject([
    { name: "shop-web-1", service: "web", state: "running", health: "healthy" },
  ]);
  expect(await findServiceContainer(project, "web")).toMatchObject({ name: "shop-web-1", hostNetwork: false });
});

test("an engine that says nothing of health asks nothing", async () => {
  const project = clientSaying(JSON.stringify([{ ...WHOLE, State: { ...WHOLE.State, Health: { Status: "" } } }]));
  expect(await containersNamed(project, "shop")).toMatchObject([{ health: undefined }]);
});

test("an engine's own word for a health keeps nobody from stopping the container, and is not healthy", async () => {
  const project = clientSaying(JSON.stringify([{ ...WHOLE, State: { ...WHOLE.State, Health: { Status: "reset" } } }]));
  expect(await containersNamed(project, "shop")).toMatchObject([{ service: "web", state: "running", health: "reset" }]);
  const check = serviceCheck("web", async () => await containersNamed(project, "shop"), undefined);
  expect(await check.run({ signal: new AbortController().signal, limitMs: 1000 })).toMatchObject({
    passed: false,
    reason: expect.stringContaining("running, reset"),
  });
});

test.each([
  ["a health that is no word", { ...WHOLE, State: { ...WHOLE.State, Health: { Status: 1 } } }, "`0.State.Health.Status`"],
  ["a container without a state", { ...WHOLE, State: undefined }, "`0.State`"],
  ["a number of restarts in words", { ...WHOLE, RestartCount: "none" }, "`0.RestartCount`"],
])("%s is refused by its name, and the environment is not shown", async (_, one, field) => {
  const failed = containersNamed(clientSaying(JSON.stringify([one])), "shop");
  await expect(failed).rejects.toMatchObject({ code: "engine-answer", message: expect.stringContaining(field), evidence: [] });
});

test.each([
  [
    "a container of which it is not said whether it runs",
    JSON.stringify([{ ...WHOLE, State: { Status: "running" } }]),
    "`0.State.Running`",
  ],
  ["a text that ends half-way", JSON.stringify([WHOLE]).slice(0, -40), "it is no JSON"],
])("of a service's container: %s is refused, and the environment is not shown", async (_, text, why) => {
  const failed = findServiceContainer(clientSaying(text), "web");
  await expect(failed).rejects.toMatchObject({ code: "engine-answer", message: expect.stringContaining(why), evidence: [] });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining("hunter2") });
});
