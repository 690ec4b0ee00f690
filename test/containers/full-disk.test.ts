import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerStage } from "./stage.ts";
import { needs } from "../lab/needs.ts";

await needs("engine", "host", "act");

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open({ workflows: { "deploy.yml": "deploy.yml" } });
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

describe("a disk that is full", () => {
  test("while it dumps: the deploy fails before anything changes, no half dump is left, and the next one works", async () => {
    const { shop, host } = stage;
    // Random text does not compress; the room that is asked for beforehand is measured by what is there.
    await shop.sql("CREATE TABLE bulk AS SELECT md5(random()::text) || md5(random()::text) AS text FROM generate_series(1, 60000)");
    const release = await host.smallDisk(`${shop.stateDir}/backups`, "1m");
    try {
      await stage.commit({ files: stage.migration() });
      stage.expectUntouched(await stage.deploy(), /no space|room|disk/i);
      expect(await host.run("ls -A", { cwd: `${shop.stateDir}/backups` })).toBe("");
    } finally {
      await release();
    }
    await shop.sql("DROP TABLE bulk");
    await stage.expectStable();
  });
});
