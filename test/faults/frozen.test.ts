import { afterAll, describe, expect, test } from "vitest";
import { type Frozen, Stage, Stages } from "./stage.ts";

const FIRST = { workflow: "100.1" };
const BY_HAND = { confirm: "production", reason: "it does not answer" };

// No moment here is in the proof of a dump.
const READ = { profile: { backup: { verify: "read" } } };
const stages = new Stages(2, async () => await Stage.open(READ));
afterAll(async () => await stages[Symbol.asyncDispose]());

/** A person takes the deploy of the frozen run back; then it wakes, and nothing may be other than before. */
async function takenBackThenAwake(stage: Stage, frozen: Frozen, flags: Readonly<Record<string, string>> = {}) {
  const back = await stage.fromAfar("rollback", { ...BY_HAND, ...flags });
  expect(back.code, back.stderr).toBe(0);
  await stage.expectStable(frozen);
  const before = await stage.everything();
  const awake = await frozen.wake();
  expect(await stage.everything()).toEqual(before);
  await stage.expectStable();
  expect(awake.code, awake.stderr).not.toBe(0);
  return awake;
}

/** Moments of a deploy at which a command of its own, or the next thing that it would do, is an act. */
const MOMENTS = [
  // Its savepoint is there, and the migrations come.
  "journal:step.started migrate",
  // The checkout comes; the checkout was made, and the start comes; it was started.
  "journal:step.started switch",
  "checkout",
  "journal:step.done switch",
  "journal:step.done health",
  "journal:stable.marked",
];

describe("a run that was frozen, and wakes after a person took its deploy back, changes nothing", () => {
  test.concurrent.each(MOMENTS)("frozen at %s", async (word) => {
    await stages.with(async (stage) => {
      await stage.change();
      const awake = await takenBackThenAwake(stage, await stage.freeze(word, "deploy", {}, FIRST));
      expect(awake.stderr).toContain("was taken by ada@desk while this step worked");
      expect(awake.json.outputs["rolled-back"]).not.toBe(true);
    });
  });

  test.concurrent("frozen at a statement of a migration", async () => {
    await stages.with(async (stage) => {
      await stage.change("SELECT pg_sleep(3);\nCREATE TABLE second (id int);");
      const frozen = await stage.freezeWhen(async () => await stage.statementRuns("SELECT pg_sleep(3)"), "deploy", {}, FIRST);
      const awake = await takenBackThenAwake(stage, frozen);
      expect(awake.stderr).toContain("was taken by ada@desk while this step worked");
    });
  });

  test.concurrent("frozen between two statements that have no transaction around them", async () => {
    await stages.with(async (stage) => {
      await stage.change("-- no-transaction\nSELECT pg_sleep(3);\nCREATE TABLE second (id int);");
      const frozen = await stage.freezeWhen(async () => await stage.statementRuns("SELECT pg_sleep(3)"), "deploy", {}, FIRST);
      await takenBackThenAwake(stage, frozen);
    });
  });

  test.concurrent.each(["tool:restore", "stopped", "journal:database.replaced", "checkout", "journal:step.done rollback"])(
    "frozen in a rollback, at %s",
    async (word) => {
      await stages.with(async (stage) => {
        await stage.change();
        await stage.kill("journal:step.started health", "deploy", {}, FIRST);
        const frozen = await stage.freeze(word, "rollback", {}, { ...FIRST, afar: true });
        await takenBackThenAwake(stage, frozen);
      });
    },
  );

  test.concurrent("frozen in a restore by hand, before the swap", async () => {
    await stages.with(async (stage) => {
      const backup = await stage.backup();
      const frozen = await stage.freeze(
        "journal:database.replaced",
        "restore",
        { backup, confirm: "production" },
        { ...FIRST, afar: true },
      );
      await takenBackThenAwake(stage, frozen);
    });
  });

  test.concurrent.each(["journal:deploy.closed", "mktag"])("frozen at its tags, at %s, its deploy being confirmed", async (word) => {
    await stages.with(async (stage) => {
      await stage.change();
      const frozen = await stage.freeze(word, "deploy", {}, FIRST);
      const target = stage.stable;
      await takenBackThenAwake(stage, frozen, { to: target, database: "restore" });
    });
  });
});

test("a frozen run whose deploy was unlocked moves nothing either", async () => {
  await using stage = await Stage.open(READ);
  await stage.change("SELECT pg_sleep(3);\nCREATE TABLE second (id int);");
  const frozen = await stage.freezeWhen(async () => await stage.statementRuns("SELECT pg_sleep(3)"), "deploy", {}, FIRST);
  const unlocked = await stage.fromAfar("unlock", { confirm: "production", reason: "it does not answer" });
  expect(unlocked.code, unlocked.stderr).toBe(0);
  const before = await stage.everything();
  const awake = await frozen.wake();
  expect(await stage.everything()).toEqual(before);
  expect(awake.code).toBe(1);
  expect(awake.stderr).toContain("was taken by ada@desk while this step worked");
  expect(awake.stderr).toContain("was closed as failed by ada@desk");
});
