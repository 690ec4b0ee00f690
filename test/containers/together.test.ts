import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerStage } from "./stage.ts";

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open();
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

describe("more than one at a time", () => {
  test("two deploys at once: one after the other, and the later commit stays", async () => {
    const { shop } = stage;
    const first = await shop.commit({ files: stage.migration() });
    const one = shop.start("deploy", {}, { workflow: "501.1" });
    await stage.until(async () => (await stage.open())?.commit === first);
    const second = await shop.commit({ files: { VERSION: "two" } });
    const two = shop.start("deploy", {}, { workflow: "502.1" });
    stage.expectEnd(await one.done, 0);
    const later = await two.done;
    stage.expectEnd(later, 0);
    expect(later.json.outputs).toMatchObject({ commit: second, "previous-commit": first });
    await stage.settled(second);
    await stage.expectStable();
  });

  test("a scheduled backup while a deploy is open: it dumps, names the deploy, and opens and ends nothing", async () => {
    const { shop } = stage;
    const commit = await shop.commit({ files: stage.migration() });
    const workflow = "503.1";
    stage.expectEnd(await shop.run("rollout", { phase: "prepare" }, { workflow }), 0);
    stage.expectEnd(await shop.run("backup", {}, { workflow }), 0);
    const open = await stage.open();
    expect(open?.commit).toBe(commit);
    const scheduled = await shop.run("backup", { purpose: "scheduled" }, { workflow: "504.1" });
    stage.expectEnd(scheduled, 0);
    expect(scheduled.stderr).toContain(open?.deploy ?? "none");
    expect(await stage.open()).toEqual(open);
    for (const step of ["migrate", "rollout", "health-check", "mark-stable"]) stage.expectEnd(await shop.run(step, {}, { workflow }), 0);
    await stage.settled(commit);
    await stage.expectStable();
  });

  test("by hand to the version before: its code and its schema, after it was said that the database shall go back", async () => {
    const { shop } = stage;
    const before = stage.known;
    const next = await shop.commit({ files: stage.migration("ALTER TABLE notes ADD colour text;") });
    stage.expectEnd(await shop.run("deploy"), 0);
    await stage.settled(next);
    const refused = await shop.fromAfar("rollback", { confirm: "production", reason: "orders fail" });
    stage.expectEnd(refused, 2);
    expect(refused.stderr).toContain("Nothing was touched");
    await stage.expectStable();
    const back = await shop.run("rollback", { confirm: "production", reason: "orders fail", database: "restore" });
    stage.expectEnd(back, 0);
    expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: before.commit, "database-action": "restored" });
    stage.returned(before);
    await stage.expectStable();
  });
});
