import { afterAll, describe, expect, test } from "vitest";
import { Stage, Stages } from "./stage.ts";

/** As GitHub's runs: the attempt that is killed, and the next one, whose deploy is another owner's. */
const FIRST = { workflow: "100.1" };
const NEXT = { workflow: "100.2" };

const stages = new Stages(3, async () => await Stage.open());
afterAll(async () => await stages[Symbol.asyncDispose]());

/** Nothing of code or database had been changed yet. */
const HARMLESS = [
  "journal:deploy.opened",
  "journal:step.started prepare",
  "journal:step.done prepare",
  "journal:step.started backup",
  "tool:dump",
  "tool:read",
  "tool:restore",
  "published",
  "journal:step.done backup",
];

/** From here on code or database may be the new version's. */
const SERIOUS = [
  "journal:step.started migrate",
  "journal:step.done migrate",
  "journal:step.started switch",
  "stopping",
  "stopped",
  "checkout",
  "starting",
  "started",
  "journal:step.done switch",
  "journal:step.started health",
  "health",
  "journal:step.done health",
  "journal:stable.marked",
];

describe("a deploy that is killed before it changed anything", () => {
  test.concurrent.each(HARMLESS)("at %s is named by status, and the next one closes it and goes through", async (word) => {
    await stages.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill(word, "deploy", {}, FIRST);
      const status = await stage.fromAfar("status");
      expect(status.json.outputs).toMatchObject({ state: "open", running: stage.stable, stable: stage.stable });
      expect(status.stderr).toContain("100.1");
      expect(status.json.next).toBeUndefined();
      const next = await stage.run("deploy", {}, NEXT);
      expect(next.stderr).toContain(`Closed the abandoned deploy ${status.json.outputs.deploy}`);
      expect(next.code, next.stderr).toBe(0);
      await stage.settled(commit);
      await stage.expectStable();
    });
  });
});

describe("a deploy that is killed after it changed something", () => {
  test.concurrent.each(SERIOUS)("at %s blocks the next one, and rollback takes it back from an empty folder", async (word) => {
    await stages.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill(word, "deploy", {}, FIRST);
      await expectBlocked(stage, commit);
      await expectTakenBack(stage);
    });
  });

  test.concurrent("inside a migration, between two of them, ends what runs on in the database", async () => {
    await stages.with(async (stage) => {
      const commit = await stage.change("CREATE TABLE second (id int); SELECT pg_sleep(1000);");
      const { child, done } = stage.shop.start("deploy", {}, { ...FIRST, env: stage.env() });
      while ((await sleepers(stage)) === 0) {
        if (child.exitCode !== null)
          throw new Error(`the deploy ended before it could be killed:
${(await done).stderr}`);
        await new Promise((again) => setTimeout(again, 20));
      }
      child.kill("SIGKILL");
      expect((await done).signal).toBe("SIGKILL");
      await expectBlocked(stage, commit);
      await expectTakenBack(stage);
      expect(await sleepers(stage)).toBe(0);
    });
  });
});

test.concurrent("a copy that a killed opening made to prove its way back is removed by the next one", async () => {
  await stages.with(async (stage) => {
    const { database } = stage.shop;
    await database.sql(`CREATE DATABASE "${database.name}_probe_20261120T143022Z"`);
    const commit = await stage.change();
    expect((await stage.run("deploy", {}, NEXT)).code).toBe(0);
    await stage.settled(commit);
    await stage.expectStable();
  });
});

test.concurrent("a deploy that is killed after it was confirmed stays confirmed, and the next command moves its tags", async () => {
  await stages.with(async (stage) => {
    const commit = await stage.change();
    await stage.kill("journal:deploy.closed", "deploy", {}, FIRST);
    const status = await stage.fromAfar("status");
    expect(status.json.outputs).toMatchObject({ state: "idle", running: commit, stable: commit });
    expect(status.stderr).toContain("tag waits");
    expect((await stage.shop.tags()).get("latest-stable")).toBe(stage.stable);
    const skipped = await stage.run("rollback", {}, FIRST);
    expect(skipped.json.outputs).toMatchObject({ "rolled-back": false, skipped: "nothing-open" });
    const marked = await stage.run("mark-stable", {}, NEXT);
    expect(marked.code).toBe(0);
    await stage.settled(commit);
    await stage.expectStable();
  });
});

async function sleepers(stage: Stage): Promise<number> {
  const rows = await stage.shop.database.superuser(
    `SELECT pid FROM pg_stat_activity WHERE datname = '${stage.shop.database.name}' AND query LIKE '%pg_sleep(1000)%' AND pid <> pg_backend_pid()`,
    // Not from inside: a superuser's session there would stand in the deploy's way.
    "postgres",
  );
  return rows.length;
}

async function expectBlocked(stage: Stage, commit: string): Promise<void> {
  const status = await stage.fromAfar("status");
  expect(status.json.outputs).toMatchObject({ state: "open", stable: stage.stable });
  const id = status.json.outputs.deploy as string;
  expect(status.stderr).toContain(`deploy ${id} of ${commit.slice(0, 7)} is open (100.1)`);
  expect(status.json.next).toContain(" rollback --environment production --confirm production");
  const next = await stage.run("deploy", {}, NEXT);
  expect(next.code).toBe(2);
  expect(next.json.message).toContain(id);
  expect(next.json.next).toContain(" rollback --environment production --confirm production");
}

async function expectTakenBack(stage: Stage): Promise<void> {
  const back = await stage.fromAfar("rollback", { confirm: "production", reason: "it was killed" });
  expect(back.stderr).toMatch(/(?:is back|was and is) on/);
  expect(back.code).toBe(0);
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: stage.stable });
  await stage.expectStable();
}
