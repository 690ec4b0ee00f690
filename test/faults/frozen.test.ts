import { afterAll, describe, expect, test } from "vitest";
import { casesOf } from "../lab/weekly.ts";
import { type Frozen, Stage, SharedStage } from "./stage.ts";

const FIRST = { workflow: "100.1" };
const BY_HAND = { confirm: "production", reason: "it does not answer" };

// No moment here is in the proof of a dump.
const READ = { profile: { backup: { verify: "read" } } };
const shared = new SharedStage(async () => await Stage.open(READ));
afterAll(async () => await shared[Symbol.asyncDispose]());

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
const MOMENTS = casesOf({
  always: [
    // Its savepoint is there, and the migrations come.
    "journal:step.started migrate",
    // The checkout was made, and the start comes.
    "checkout",
    "journal:stable.marked",
  ],
  // The checkout comes; it was started; it is healthy.
  weekly: ["journal:step.started switch", "journal:step.done switch", "journal:step.done health"],
});

describe("a run that was frozen, and wakes after a person took its deploy back, changes nothing", () => {
  test.each(MOMENTS)("frozen at %s", async (word) => {
    await shared.with(async (stage) => {
      await stage.change();
      const awake = await takenBackThenAwake(stage, await stage.freeze(word, "deploy", {}, FIRST));
      expect(awake.stderr).toContain("was taken by ada@desk while this step worked");
      expect(awake.json.outputs["rolled-back"]).not.toBe(true);
    });
  });

  test("frozen at a statement of a migration", async () => {
    await shared.with(async (stage) => {
      await stage.change("SELECT pg_sleep(3);\nCREATE TABLE second (id int);");
      const frozen = await stage.freezeWhen(async () => await stage.statementRuns("SELECT pg_sleep(3)"), "deploy", {}, FIRST);
      const awake = await takenBackThenAwake(stage, frozen);
      expect(awake.stderr).toContain("was taken by ada@desk while this step worked");
    });
  });

  test("frozen between two statements that have no transaction around them", async () => {
    await shared.with(async (stage) => {
      await stage.change("-- no-transaction\nSELECT pg_sleep(3);\nCREATE TABLE second (id int);");
      const frozen = await stage.freezeWhen(async () => await stage.statementRuns("SELECT pg_sleep(3)"), "deploy", {}, FIRST);
      await takenBackThenAwake(stage, frozen);
    });
  });

  // At the entries of the journal: the matrix. Right before a swap: the restore below.
  test.each(casesOf({ always: ["stopped"], weekly: ["tool:restore", "checkout"] }))("frozen in a rollback, at %s", async (word) => {
    await shared.with(async (stage) => {
      await stage.change();
      await stage.kill("journal:step.started health", "deploy", {}, FIRST);
      const frozen = await stage.freeze(word, "rollback", {}, { ...FIRST, afar: true });
      await takenBackThenAwake(stage, frozen);
    });
  });

  test("frozen in a restore by hand, before the swap", async () => {
    await shared.with(async (stage) => {
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

  test.each(casesOf({ always: ["mktag"], weekly: ["journal:deploy.closed"] }))(
    "frozen at its tags, at %s, its deploy being confirmed",
    async (word) => {
      await shared.with(async (stage) => {
        await stage.change();
        const frozen = await stage.freeze(word, "deploy", {}, FIRST);
        const target = stage.stable;
        await takenBackThenAwake(stage, frozen, { to: target, database: "restore" });
      });
    },
  );
});

// The last one: what runs on its stage then is no longer what is stable.
test("a frozen run whose deploy was unlocked moves nothing either", async () => {
  await shared.with(async (stage) => {
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
});
