import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker, type Engine, startEngine } from "../lab/engine.ts";
import { buildImages } from "../lab/images.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";

await needs("engine", "host");

const execute = promisify(execFile);
const shared = process.env["SAVEPOINT_LAB_ENGINE"];
let engine: Engine;
let stage: ServerStage;
beforeAll(async () => {
  engine = await startEngine({ disk: "1200m" });
  process.env["SAVEPOINT_LAB_ENGINE"] = JSON.stringify({ env: engine.env });
  await buildImages();
  stage = await ServerStage.open();
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
  process.env["SAVEPOINT_LAB_ENGINE"] = shared;
});

describe("an engine whose disk is full", () => {
  test("before a build begins: refused, with what is free and what is needed, and nothing is touched", async () => {
    const { shop } = stage;
    const ballast = join(await docker(["info", "--format", "{{.DockerRootDir}}"]), "ballast");
    await shop.commit({ files: stage.migration() });
    await execute("sh", [
      "-c",
      'free=$(df -Pk "${1%/*}" | awk "NR == 2 { print \\$4 }"); fallocate -l "$((free - 102400))k" "$1"',
      "sh",
      ballast,
    ]);
    const run = await shop.run("deploy");
    await rm(ballast);
    stage.expectEnd(run, 2);
    expect(run.stderr).toMatch(/disk on .* has 10\d(?:\.\d)? MB free; 1 image to build or pull need 268\.4 MB/);
    await stage.expectStable();
  });

  test("while it builds: it says so, nothing is touched and nothing half-made stays; once there is room, the next deploy goes through", async () => {
    const { shop } = stage;
    const dockerfile = await shop.host.run("cat Dockerfile", { cwd: shop.appDir });
    const before = (await shop.containers()).map(({ id }) => id);
    const full = await shop.commit({ files: { ...stage.migration(), Dockerfile: `${dockerfile}\nRUN cat /dev/zero >/tmp/zeroes\n` } });
    const run = await shop.run("deploy");
    stage.expectEnd(run, 2);
    expect(run.stderr).toMatch(/The disk of .* was full while .* was built/);
    expect(run.stderr).toMatch(/no space left on device/i);
    await stage.expectStable();
    expect((await shop.containers()).map(({ id }) => id)).toEqual(before);
    expect(await docker(["image", "ls", "--format", "{{.Tag}}"])).not.toContain(full);

    const commit = await shop.commit({ files: { ...stage.migration(), Dockerfile: `${dockerfile}\n` } });
    stage.expectEnd(await shop.run("deploy"), 0);
    await stage.settled(commit);
    await stage.expectStable();
  });
});
