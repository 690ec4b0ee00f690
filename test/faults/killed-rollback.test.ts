import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { casesOf } from "../lab/weekly.ts";
import { Stage, SharedStage } from "./stage.ts";

const FIRST = { workflow: "100.1" };
const NEXT = { workflow: "100.2" };
const BY_HAND = { confirm: "production", reason: "first try" };

// The database's URL is a secret that each command is given anew. What a deploy does to prove its dump is killed-deploy's.
const shared = new SharedStage(async () => await Stage.open({ secretUrl: true, profile: { backup: { verify: "read" } } }));
afterAll(async () => await shared[Symbol.asyncDispose]());

/** The moments of a rollback whose deploy had switched: beside, stopped, swapped, started. (At the entries of the journal: the matrix.) */
const MOMENTS = casesOf({
  always: ["stopped", "checkout"],
  weekly: ["tool:restore", "stopping", "journal:database.replaced", "swapped", "starting", "started", "health"],
});

describe("a rollback that is killed", () => {
  test.each(MOMENTS)("at %s still blocks, and another one finishes it", async (word) => {
    await shared.with(async (stage) => {
      await stage.change();
      await stage.kill("journal:step.started health", "deploy", {}, FIRST);
      await stage.kill(word, "rollback", BY_HAND, { ...FIRST, afar: true });
      const status = await stage.fromAfar("status");
      expect(status.json.outputs).toMatchObject({ state: "open", stable: stage.stable });
      expect(status.json.next).toContain(" rollback --environment ");
      const next = await stage.run("deploy", {}, NEXT);
      expect(next.code).toBe(2);
      expect(next.json.next).toContain(" rollback --environment ");
      const back = await stage.fromAfar("rollback", { confirm: "production", reason: "second try" });
      expect(back.stderr).toMatch(/(?:is back|was and is) on/);
      expect(back.code).toBe(0);
      expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: stage.stable });
      await stage.expectStable();
    });
  });

  test("after it closed the deploy leaves nothing to finish", async () => {
    await shared.with(async (stage) => {
      await stage.change();
      await stage.kill("journal:step.started health", "deploy", {}, FIRST);
      await stage.kill("journal:deploy.closed", "rollback", BY_HAND, { ...FIRST, afar: true });
      const again = await stage.run("rollback", {}, FIRST);
      expect(again.code).toBe(0);
      expect(again.json.outputs).toMatchObject({ "rolled-back": false, skipped: "nothing-open" });
      const next = await stage.run("deploy", { "allow-quarantined": "the runner was killed" }, NEXT);
      expect(next.code, next.stderr).toBe(0);
      await stage.settled(next.json.outputs.commit as string);
      await stage.expectStable();
    });
  });
});

describe("a rollback by hand with nothing open, killed", () => {
  test.each(casesOf({ always: ["swapped"], weekly: ["tool:restore", "journal:step.done rollback"] }))(
    "at %s blocks, and another one goes to the same version",
    async (word) => {
      await shared.with(async (stage) => {
        const target = stage.stable;
        const confirmed = await deployed(stage);
        await stage.kill(word, "rollback", { ...BY_HAND, database: "restore" }, { ...FIRST, afar: true });
        expect((await stage.fromAfar("status")).json.outputs).toMatchObject({ state: "open", stable: confirmed });
        expect((await stage.run("deploy", {}, NEXT)).code).toBe(2);
        const back = await stage.fromAfar("rollback", { ...BY_HAND, database: "restore" });
        expect(back.code).toBe(0);
        expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: target });
        stage.returned(target);
        await stage.expectStable();
      });
    },
  );

  test.each(casesOf({ always: ["journal:stable.withdrawn"], weekly: ["journal:deploy.closed"] }))(
    "at %s is back, and the same again sees to the tags",
    async (word) => {
      await shared.with(async (stage) => {
        const target = stage.stable;
        await deployed(stage);
        await stage.kill(word, "rollback", { ...BY_HAND, database: "restore" }, { ...FIRST, afar: true });
        if (word === "journal:deploy.closed")
          expect((await stage.fromAfar("status")).json).toMatchObject({ outputs: { state: "idle", stable: target } });
        const again = await stage.fromAfar("rollback", BY_HAND);
        expect(again.code).toBe(0);
        expect(again.json.outputs).toMatchObject({ "rolled-back": true, commit: target, "database-action": "kept" });
        stage.returned(target);
        await stage.expectStable();
      });
    },
  );
});

test("a restore that was said, killed before its swap, is not taken for done by recover, though the schema is the target's", async () => {
  await shared.with(async (stage) => {
    const target = stage.stable;
    const commit = await stage.shop.commit({ on: target, files: { NEWS: "no migration" } });
    expect((await stage.run("deploy", {}, FIRST)).code).toBe(0);
    await stage.settled(commit);
    await stage.kill("tool:restore", "rollback", { ...BY_HAND, database: "restore" }, { ...FIRST, afar: true });
    const asks = await stage.fromAfar("recover", {}, NEXT);
    expect([asks.code, asks.json.outputs]).toMatchObject([3, { recovery: "ask" }]);
    const said = await stage.fromAfar("recover", { confirm: "production" }, NEXT);
    expect(said.code, said.stderr).toBe(0);
    expect(said.json.outputs).toMatchObject({ recovery: "back", commit: target, "database-action": "restored" });
    stage.returned(target);
    await stage.expectStable();
  });
});

describe("a restore by hand", () => {
  test.each(casesOf({ always: ["swapped"], weekly: ["stopped", "starting"] }))(
    "that is killed at %s stays open, and rollback starts the app again",
    async (word) => {
      await shared.with(async (stage) => {
        const backup = await stage.backup();
        await stage.kill(word, "restore", { backup, confirm: "production" }, { ...FIRST, afar: true });
        const status = await stage.fromAfar("status");
        expect(status.json.outputs).toMatchObject({ state: "open", running: stage.stable });
        expect(status.json.next).toContain(" rollback --environment production --confirm production");
        expect((await stage.run("deploy", {}, NEXT)).code).toBe(2);
        const back = await stage.fromAfar("rollback", BY_HAND);
        expect(back.code).toBe(0);
        expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: stage.stable, "database-action": "kept" });
        await stage.expectStable();
      });
    },
  );

  test("of a replaced database that is killed leaves that database, to be brought back after all", async () => {
    await shared.with(async (stage) => {
      const backup = await stage.backup();
      const first = await stage.fromAfar("restore", { backup, confirm: "production" });
      const replaced = first.json.outputs["replaced-database"] as string;
      await stage.kill("stopped", "restore", { backup: replaced, confirm: "production" }, { ...FIRST, afar: true });
      expect((await stage.fromAfar("rollback", BY_HAND)).code).toBe(0);
      const again = await stage.fromAfar("restore", { backup: replaced, confirm: "production" });
      expect(again.code, again.stderr).toBe(0);
      await stage.expectStable();
    });
  });

  test("that could not swap is refused while the app runs, and leaves it running", async () => {
    await shared.with(async (stage) => {
      const { database } = stage.shop;
      const backup = await stage.backup();
      const holder = new pg.Client({ connectionString: database.superuserUrl });
      await holder.connect();
      try {
        const run = await stage.fromAfar("restore", { backup, confirm: "production" });
        expect(run.code).toBe(1);
        expect(run.stderr).toContain("cannot be swapped: 1 session in it cannot be ended");
        expect(run.stderr).not.toContain("stop-command");
      } finally {
        await holder.end();
      }
      const status = await stage.fromAfar("status");
      expect(status.json.outputs).toMatchObject({ state: "idle", running: stage.stable });
      await stage.expectStable();
    });
  });
});

/** One more stable version over the stage's own. */
async function deployed(stage: Stage): Promise<string> {
  const commit = await stage.change();
  expect((await stage.run("deploy", {}, FIRST)).code).toBe(0);
  return commit;
}
