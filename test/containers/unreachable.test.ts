import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerStage } from "./stage.ts";

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open();
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

/** A registry that nobody is, on an address that answers at once. */
const REGISTRY = "127.0.0.1:1";

describe("with something out of reach", () => {
  test("no registry, for the image that the build starts from: nothing is touched", async () => {
    const { shop } = stage;
    const dockerfile = await shop.host.run("cat Dockerfile", { cwd: shop.appDir });
    await shop.commit({ files: { ...stage.migration(), Dockerfile: dockerfile.replace(/^FROM .*/, `FROM ${REGISTRY}/node:24`) } });
    const run = await shop.run("deploy");
    await shop.commit({ files: { Dockerfile: `${dockerfile}\n` } });
    expect(run.stderr).toContain(`${REGISTRY}/node:24`);
    expect([1, 2]).toContain(run.code);
    await stage.expectStable();
  });

  test("no registry, for the image of a new service: nothing is touched", async () => {
    const { shop } = stage;
    const compose = await shop.host.run("cat compose.yml", { cwd: shop.appDir });
    await shop.commit({
      files: { ...stage.migration(), "compose.yml": compose.replace("services:", `services:\n  cache:\n    image: ${REGISTRY}/cache:7`) },
    });
    const run = await shop.run("deploy");
    await shop.commit({ files: { "compose.yml": `${compose}\n` } });
    expect(run.stderr).toContain(`${REGISTRY}/cache:7`);
    expect([1, 2]).toContain(run.code);
    await stage.expectStable();
  });

  test("no origin for the host: the deploy is refused before anything is touched, and a rollback from an empty folder needs none", async () => {
    const { shop } = stage;
    const before = stage.known;
    const next = await shop.commit({ files: stage.migration() });
    stage.expectEnd(await shop.run("deploy"), 0);
    await stage.settled(next);
    await shop.serveOrigin(false);
    try {
      await shop.commit({ message: "Not to be had" });
      const run = await shop.run("deploy");
      expect([1, 2]).toContain(run.code);
      expect(run.stderr).toContain("origin");
      const back = await shop.fromAfar("rollback", { confirm: "production", reason: "slow", database: "restore" });
      stage.expectEnd(back, 0);
      expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: before.commit });
      expect(await stage.answers()).toMatchObject({ commit: before.commit });
      // The tags wait: nobody who could move them was there.
      expect((await shop.tags()).get("latest-stable")).toBe(next);
    } finally {
      await shop.serveOrigin(true);
    }
    await shop.run("mark-stable", { commit: before.commit });
    stage.returned(before);
    await stage.expectStable();
  });
});
