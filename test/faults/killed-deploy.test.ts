import { afterAll, describe, expect, test } from "vitest";
import type { Run } from "../lab/shop.ts";
import { casesOf } from "../lab/weekly.ts";
import { Stage, SharedStage } from "./stage.ts";

/** As GitHub's runs: the attempt that is killed, and the next one, whose deploy is another owner's. */
const FIRST = { workflow: "100.1" };
const NEXT = { workflow: "100.2" };

const shared = new SharedStage(async () => await Stage.open());
afterAll(async () => await shared[Symbol.asyncDispose]());

/** Nothing of code or database had been changed yet: with a copy half restored, with the savepoint there. (At the entries of the journal: the matrix.) */
const HARMLESS = casesOf({ always: ["tool:restore", "published"], weekly: ["tool:dump", "tool:read"] });

/** From here on code or database may be the new version's: without an app and between two checkouts, with all of it there. */
const SERIOUS = casesOf({ always: ["checkout", "health"], weekly: ["stopping", "stopped", "starting", "started"] });

/** Nothing but the confirmation is missing. */
const PASSED = ["journal:step.done health", "journal:stable.marked"];

describe("a deploy that is killed before it changed anything", () => {
  test.each(HARMLESS)("at %s is named by status, and the next one closes it, removes its copies and goes through", async (word) => {
    await shared.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill(word, "deploy", {}, FIRST);
      const { database } = stage.shop;
      // What an opening leaves that is killed while it proves its way back.
      await database.sql(`CREATE DATABASE "${database.name}_probe_20261120T143022Z"`);
      const status = await stage.fromAfar("status");
      expect(status.json.outputs).toMatchObject({ state: "open", running: stage.stable, stable: stage.stable });
      expect(status.stderr).toContain("100.1");
      expect(status.json.next).toBeUndefined();
      if (word === "published")
        expect((await stage.fromAfar("recover", {}, NEXT)).json.outputs).toMatchObject({ recovery: "back", commit: stage.stable });
      const next = await stage.run("deploy", {}, NEXT);
      if (word !== "published") expect(next.stderr).toContain(`Closed the abandoned deploy ${status.json.outputs.deploy}`);
      expect(next.code, next.stderr).toBe(0);
      await stage.settled(commit);
      await stage.expectStable();
    });
  });
});

describe("a deploy that is killed after it changed something", () => {
  test.each(SERIOUS)("at %s blocks the next one, and rollback takes it back from an empty folder", async (word) => {
    await shared.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill(word, "deploy", {}, FIRST);
      await expectBlocked(stage, commit);
      await expectTakenBack(stage);
    });
  });

  test("at its migrations, before one was applied, recover takes it back unasked, since every row stays", async () => {
    await shared.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill("journal:step.started migrate", "deploy", {}, FIRST);
      const blocked = await expectBlocked(stage, commit);
      expect(blocked.stderr).toContain(
        "`recover` would go back: the schema is the one to go back to: the database is kept, with every row.",
      );
      const recovered = await stage.fromAfar("recover", {}, NEXT);
      expect(recovered.code, recovered.stderr).toBe(0);
      expect(recovered.json.outputs).toMatchObject({ recovery: "back", commit: stage.stable, "database-action": "kept" });
      await stage.expectStable();
      const again = await stage.fromAfar("recover", {}, NEXT);
      expect([again.code, again.json.outputs]).toEqual([0, { recovery: "none" }]);
    });
  });

  test("with its schema changed, recover asks, touches nothing, and the printed command ends it", async () => {
    await shared.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill("stopped", "deploy", {}, FIRST);
      expect((await expectBlocked(stage, commit)).stderr).toContain("`recover` would ask a person: the savepoint would be restored");
      const before = await stage.everything();
      const asks = await stage.fromAfar("recover", {}, NEXT);
      expect([asks.code, asks.json.code, asks.json.outputs?.recovery]).toEqual([3, "recovery-asks", "ask"]);
      expect(await stage.everything()).toEqual(before);
      expect(asks.json.next).toContain(" recover --environment production --confirm production");
      // Killed as well, with the copy swapped in: what is left then leaves no row behind.
      await stage.kill("starting", "recover", { confirm: "production" }, { afar: true });
      const recovered = await stage.fromAfar("recover", {}, NEXT);
      expect(recovered.code, recovered.stderr).toBe(0);
      expect(recovered.json.outputs).toMatchObject({ recovery: "back", commit: stage.stable, "database-action": "kept" });
      await stage.expectStable();
    });
  });

  test.each(PASSED)("at %s, recover confirms it, and its tags are moved", async (word) => {
    await shared.with(async (stage) => {
      const commit = await stage.change();
      await stage.kill(word, "deploy", {}, FIRST);
      const next = await stage.run("deploy", {}, NEXT);
      expect([next.code, next.stderr]).toEqual([
        2,
        expect.stringContaining(`\`recover\` would go forward, and confirm ${commit.slice(0, 7)}`),
      ]);
      expect(next.json.next).toContain(" recover --environment production");
      // Pasted by a person, or by the next run of a schedule.
      const recovered =
        word === "journal:stable.marked"
          ? await stage.fromAfar("recover", {}, NEXT)
          : await stage.shop.paste(next.json.next, { env: stage.env() });
      expect(recovered.code, recovered.stderr).toBe(0);
      expect(recovered.json.outputs).toMatchObject({ recovery: "forward", commit });
      await stage.settled(commit);
      await stage.expectStable();
    });
  });

  test("with its health passed, a rollback by hand takes it back all the same", async () => {
    await shared.with(async (stage) => {
      await stage.change();
      await stage.kill("journal:step.done health", "deploy", {}, FIRST);
      await expectTakenBack(stage);
    });
  });

  test("inside a migration, between two of them, ends what runs on in the database", async () => {
    await shared.with(async (stage) => {
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

test("a deploy that is killed after it was confirmed stays confirmed, and the next command moves its tags", async () => {
  await shared.with(async (stage) => {
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

async function expectBlocked(stage: Stage, commit: string): Promise<Run> {
  const status = await stage.fromAfar("status");
  expect(status.json.outputs).toMatchObject({ state: "open", stable: stage.stable });
  const id = status.json.outputs.deploy as string;
  expect(status.stderr).toContain(`deploy ${id} of ${commit.slice(0, 7)} is open (100.1)`);
  expect(status.json.next).toContain(" rollback --environment production --confirm production");
  const next = await stage.run("deploy", {}, NEXT);
  expect(next.code).toBe(2);
  expect(next.json.message).toContain(id);
  expect(next.json.next).toContain(" rollback --environment production --confirm production");
  return next;
}

async function expectTakenBack(stage: Stage): Promise<void> {
  const back = await stage.fromAfar("rollback", { confirm: "production", reason: "it was killed" });
  expect(back.stderr).toMatch(/(?:is back|was and is) on/);
  expect(back.code).toBe(0);
  expect(back.json.outputs).toMatchObject({ "rolled-back": true, commit: stage.stable });
  await stage.expectStable();
}
