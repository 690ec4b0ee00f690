import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docker } from "../lab/engine.ts";
import { ServerStage } from "./stage.ts";

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open();
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

describe("over SSH, on a server with a compose project", () => {
  test("a good deploy changes code and schema, and leaves database container, volume, mounts and untracked files as they are", async () => {
    const { shop, host } = stage;
    const before = await docker(["inspect", "--format", "{{json .Mounts}}", await container("web")]);
    await host.run("echo mine >uploads/kept", { cwd: shop.appDir });
    const commit = await shop.commit({ files: stage.migration() });
    const run = await shop.run("deploy");
    stage.expectEnd(run, 0);
    expect(run.json.outputs).toMatchObject({ commit });
    await stage.settled(commit);
    await stage.expectStable();
    expect(await docker(["inspect", "--format", "{{json .Mounts}}", await container("web")])).toBe(before);
    expect(await docker(["exec", await container("web"), "cat", "/srv/uploads/kept"])).toBe("mine");
    expect(await host.run("cat .env", { cwd: shop.appDir })).toContain("DB_PASSWORD=");
  });

  test("a migration that fails: nothing of the new version is left, and the log shows the statement", async () => {
    await stage.shop.commit({ files: stage.migration("CREATE TABLE half (id int);\nALTER TABLE nothing ADD more int;") });
    const run = await stage.shop.run("deploy");
    stage.expectEnd(run, 1);
    expect(run.stderr).toContain('relation "nothing" does not exist');
    await stage.expectStable();
  });

  test("an app that never gets healthy: code and database are back, and its own last words are shown", async () => {
    await stage.shop.commit({
      files: stage.migration("ALTER TABLE notes RENAME TO scribbles;"),
      behaviour: { startSql: "SELECT 1" },
      timeout: "4s",
    });
    const run = await stage.shop.run("deploy");
    stage.expectEnd(run, 1);
    expect(run.stderr).toContain('relation "notes" does not exist');
    await stage.expectStable();
  });

  test("an app that ends at its start: the step fails at once, with its last words", async () => {
    await stage.shop.commit({ files: stage.migration(), behaviour: { crash: "no such setting: COLOUR" }, timeout: "30s" });
    const run = await stage.shop.run("deploy");
    stage.expectEnd(run, 1);
    expect(run.stderr).toContain("no such setting: COLOUR");
    await stage.expectStable();
  });

  test("an app that gets healthy and dies within the successes is not healthy", async () => {
    await stage.shop.commit({
      files: stage.migration(),
      behaviour: { dieAfter: 30 },
      profile: { health: { successes: 60 } },
      timeout: "20s",
    });
    const run = await stage.shop.run("deploy");
    await stage.shop.commit({ profile: { health: { successes: 2 } } });
    stage.expectEnd(run, 1);
    await stage.expectStable();
  });

  test("an image that does not build: nothing is touched, and the log ends with what the build said", async () => {
    const { shop } = stage;
    const before = await container("web");
    const dockerfile = (await shop.host.run("cat Dockerfile", { cwd: shop.appDir })).replace(
      "ARG",
      "RUN echo no-such-package >&2; false\nARG",
    );
    await shop.commit({ files: { ...stage.migration(), Dockerfile: `${dockerfile}\n` } });
    const run = await shop.run("deploy");
    await shop.commit({ files: { Dockerfile: `${dockerfile.replace(/RUN .*\n/, "")}\n` } });
    expect(run.stderr).toContain("no-such-package");
    expect([1, 2]).toContain(run.code);
    await stage.expectStable();
    expect(await container("web")).toBe(before);
  });
});

async function container(service: string): Promise<string> {
  return (await stage.shop.containers()).find((each) => each.service === service)?.id ?? "none";
}
