import { expect, test } from "vitest";
import { aliveCheck, serviceCheck } from "../../../src/health/containers.ts";
import { COMMIT_LABEL, type Container } from "../../../src/machine/container/compose.ts";

const VERSION = { commit: "c".repeat(40), names: [] };
const attempt = { signal: new AbortController().signal, limitMs: 1000 };
const web = (more: Partial<Container> = {}): Container => ({
  id: "1",
  name: "shop-web-1",
  service: "web",
  state: "running",
  health: undefined,
  exitCode: 0,
  restarts: 0,
  outOfMemory: false,
  image: "sha256:1",
  imageName: "shop-web",
  variables: [],
  labels: { [COMMIT_LABEL]: VERSION.commit },
  ports: [],
  staysUp: true,
  ...more,
});
const ask = async (...containers: Container[]) => await serviceCheck("web", async () => containers, VERSION).run(attempt);

test("a service is healthy when its containers run, and are healthy where their image says how", async () => {
  expect(await ask(web())).toMatchObject({ passed: true });
  expect(await ask(web({ health: "healthy" }))).toMatchObject({ passed: true });
  expect(await ask(web({ health: "starting" }))).toMatchObject({ passed: false });
  expect(await ask(web({ health: "unhealthy" }))).toMatchObject({ passed: false });
  expect(await ask(web(), web({ id: "2", state: "created" }))).toMatchObject({ passed: false });
});

test("containers of another version are not what is asked for", async () => {
  const old = await ask(web({ labels: { [COMMIT_LABEL]: "a".repeat(40) } }));
  expect(old).toMatchObject({ passed: false, reason: expect.stringContaining("aaaaaaa") as string });
  // An image that was only pulled says no version.
  expect(await ask(web({ labels: {} }))).toMatchObject({ passed: true });
});

test("a service without containers names those that there are", async () => {
  expect(await ask(web({ service: "worker" }))).toMatchObject({ passed: false, hint: expect.stringContaining("worker") as string });
});

test("what ended by a failure is not waited for, and its exit code is told", async () => {
  const ended = await ask(web({ state: "exited", exitCode: 137, outOfMemory: true }));
  expect(ended).toMatchObject({ passed: false, hopeless: true, reason: expect.stringMatching(/code 137.*OOMKilled/) as string });
});

test("restarts count from when it was first asked: one is no pass, three are a loop", async () => {
  let restarts = 5;
  const check = serviceCheck("web", async () => [web({ restarts })], VERSION);
  expect(await check.run(attempt)).toMatchObject({ passed: true });
  restarts = 6;
  expect(await check.run(attempt)).toMatchObject({ passed: false });
  expect(await check.run(attempt)).toMatchObject({ passed: true });
  restarts = 8;
  expect(await check.run(attempt)).toMatchObject({ passed: false, hopeless: true });
});

test("beside other checks only the new version's ended containers matter", async () => {
  const alive = async (one: Container) => await aliveCheck(async () => [one], VERSION).run(attempt);
  expect(await alive(web({ state: "exited", exitCode: 1 }))).toMatchObject({ passed: false, hopeless: true });
  expect(await alive(web({ state: "exited", exitCode: 0 }))).toMatchObject({ passed: true });
  expect(await alive(web({ state: "exited", exitCode: 1, labels: {} }))).toMatchObject({ passed: true });
});

test("a container that is gone is not waited for, nor a service that has none however often it is asked", async () => {
  let there: readonly Container[] = [web()];
  const alive = aliveCheck(async () => there, VERSION);
  expect(await alive.run(attempt)).toMatchObject({ passed: true });
  there = [web({ service: "postgres", labels: {} })];
  expect(await alive.run(attempt)).toMatchObject({ passed: false, hopeless: true, reason: "the container of web is gone" });
  const service = serviceCheck("web", async () => there, VERSION);
  const asked = [await service.run(attempt), await service.run(attempt), await service.run(attempt)];
  expect(asked.map((result) => !result.passed && result.hopeless === true)).toEqual([false, false, true]);
});

test("an engine that does not answer for a moment is a failed round, not the end", async () => {
  const check = serviceCheck("web", async () => await Promise.reject(new Error("gone")), VERSION);
  expect(await check.run(attempt)).toMatchObject({ passed: false, reason: expect.stringContaining("gone") as string });
});
