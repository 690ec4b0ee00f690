import type { ChildProcess } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import type { ActionRun } from "../lab/shop.ts";
import { treeOf } from "../lab/tree-of.ts";
import { casesOf } from "../lab/weekly.ts";
import { Stage, SharedStage } from "./stage.ts";

const shared = new SharedStage(async () => await Stage.open());
afterAll(async () => await shared[Symbol.asyncDispose]());

/**
 * As GitHub cancels a step: SIGINT, 7.5 s later SIGTERM, and then the end of the whole process tree. GitHub gives it 2.5 s more;
 * here it gets a minute, so that no busy machine decides: what stopping waits for, and how long, is in
 * test/unit/machine/group.test.ts. Milliseconds.
 */
const PATIENCE = 7_500;
const LAST_PATIENCE = 60_000;

interface Cancelling {
  /** Whether it is time to. */
  readonly begun: (stage: Stage) => Promise<boolean>;
  readonly trip?: string | undefined;
  /** SIGTERM follows so many milliseconds later, if it has not ended by then. */
  readonly patience?: number | undefined;
}

interface Cancelled extends ActionRun {
  /** The signals that it took. */
  readonly took: readonly string[];
}

/** Runs a built action and cancels it as soon as `begun` says so. */
async function cancel(stage: Stage, action: string, { begun, trip = "", patience = PATIENCE }: Cancelling): Promise<Cancelled> {
  const took: string[] = [];
  const armed = await stage.tripwire.arm(trip);
  const ended = new AbortController();
  let cancelling: Promise<void> | undefined;
  const started = (child: ChildProcess): void => {
    cancelling = (async () => {
      await armed.aim(child);
      while (!ended.signal.aborted && !(await begun(stage))) await sleep(20);
      for (const [signal, given] of [
        ["SIGINT", patience],
        ["SIGTERM", LAST_PATIENCE],
      ] as const) {
        if (ended.signal.aborted) return;
        took.push(signal);
        child.kill(signal);
        for (let waited = 0; waited < given && !ended.signal.aborted; waited += 20) await sleep(20);
      }
      if (ended.signal.aborted) return;
      took.push("SIGKILL");
      for (const pid of treeOf(child.pid ?? 0)) process.kill(pid, "SIGKILL");
    })();
  };
  const run = await stage.shop.action(action, {}, { env: stage.env({ ...armed.env, TRIP_SIGNAL: "CONT" }), started });
  ended.abort();
  await cancelling;
  return { ...run, took };
}

async function sleep(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

/** Whether a process of the stage runs these words. */
function runs(words: RegExp): (stage: Stage) => Promise<boolean> {
  return async (stage) => stage.processes().some((line) => words.test(line));
}

async function inDatabase(stage: Stage): Promise<boolean> {
  const rows = await stage.shop.database.superuser(
    `SELECT FROM pg_stat_activity WHERE datname = '${stage.shop.database.name}' AND query LIKE '%pg_sleep(1000)%' AND pid <> pg_backend_pid()`,
    "postgres",
  );
  return rows.length > 0;
}

async function inHealth(stage: Stage): Promise<boolean> {
  return (await stage.shop.journal()).at(-1)?.step === "health";
}

/** The rollback step of the same run, as `if: failure() || cancelled()` starts it. */
async function expectTakenBack(stage: Stage, action: string): Promise<void> {
  const back = await stage.shop.action("rollback", {}, { env: stage.env() });
  expect(back.stdout + back.stderr).toContain(stage.stable.slice(0, 7));
  expect(back.code).toBe(0);
  expect(back.outputs).toMatchObject({ "rolled-back": "true", commit: stage.stable, "database-action": action });
  await stage.expectStable();
}

function expectStopped(run: Cancelled): void {
  expect(run.stdout).toContain("stopping safely");
  expect(run.took, run.stdout).not.toContain("SIGKILL");
  expect(run.code).toBe(1);
  expect(run.summary).toMatch(/cancelled/i);
}

/** A deploy's, and what becomes of the database on the way back. */
interface Moment extends Cancelling {
  readonly at: string;
  readonly action: "kept" | "restored";
  readonly sql?: string;
  /** Comes before the start-command. */
  readonly start?: string;
  readonly broken?: true;
}

const SLOW = "CREATE TABLE second (id int); SELECT pg_sleep(1000);";

describe("a deploy that is cancelled", () => {
  const weekly: readonly Moment[] = [
    // The backup alone is cancelled there, below.
    { at: "while it dumps", begun: runs(/sleep 1000/), trip: "tool:dump", action: "kept" },
    { at: "while it reads the dump back", begun: runs(/sleep 1000/), trip: "tool:read", action: "kept" },
    { at: "while the app starts", begun: runs(/lab-slow/), start: "sh -c ': lab-slow; sleep 1000; :'", action: "restored" },
  ];
  const always: readonly Moment[] = [
    { at: "while it proves the dump by restoring it", begun: runs(/sleep 1000/), trip: "tool:restore", action: "kept" },
    { at: "inside a migration", begun: inDatabase, sql: SLOW, action: "restored" },
    {
      at: "while the app starts and does not let itself be ended, and SIGTERM follows while it stops",
      begun: runs(/lab-deaf/),
      start: "sh -c 'trap \"\" TERM INT; : lab-deaf; sleep 1000; :'",
      patience: 100,
      action: "restored",
    },
    { at: "while it waits for health", begun: inHealth, broken: true, action: "restored" },
  ];
  test.each(casesOf({ always, weekly }))(
    "$at stops safely, says where it stands, and the rollback step takes it back",
    async ({ action, ...moment }) => {
      await shared.with(async (stage) => {
        await stage.change(moment.sql, {
          ...(moment.start !== undefined && { start: moment.start }),
          ...(moment.broken === true && { broken: "not yet" }),
        });
        const run = await cancel(stage, "deploy", moment);
        expectStopped(run);
        for (const told of [run.stdout, run.summary]) {
          expect(told).toMatch(/Deploy \S+ of \S+ to shop\/production stays open: /);
          expect(told).toContain(
            action === "kept" ? "It changed nothing" : "savepoint rollback --environment production --confirm production",
          );
        }
        await expectTakenBack(stage, action);
      });
    },
  );
});

describe("one step of a deploy that is cancelled", () => {
  test("backup leaves no half file, and the rollback step closes its deploy", async () => {
    await shared.with(async (stage) => {
      await stage.change();
      expectStopped(await cancel(stage, "backup", { begun: runs(/sleep 1000/), trip: "tool:dump" }));
      await expectTakenBack(stage, "kept");
    });
  });

  test("migrate ends its session in the database, and the rollback step takes it back", async () => {
    await shared.with(async (stage) => {
      await stage.change(SLOW);
      const backup = await stage.shop.action("backup", {}, { env: stage.env() });
      expect(backup.code, backup.stdout).toBe(0);
      expectStopped(await cancel(stage, "migrate", { begun: inDatabase }));
      expect(await inDatabase(stage)).toBe(false);
      await expectTakenBack(stage, "restored");
    });
  });

  test("rollback leaves the deploy open, and is taken up again", async () => {
    await shared.with(async (stage) => {
      await stage.change();
      await stage.kill("journal:step.started health", "deploy", {}, { workflow: "100.1" });
      expectStopped(await cancel(stage, "rollback", { begun: runs(/sleep 1000/), trip: "tool:restore" }));
      await expectTakenBack(stage, "restored");
    });
  });
});

describe("a deploy whose log nobody reads any more", () => {
  const readersGone = async (stage: Stage, child: ChildProcess): Promise<void> => {
    while ((await stage.shop.journal()).at(-1)?.step !== "health") await sleep(20);
    child.stdout?.destroy();
    child.stderr?.destroy();
  };

  test("as an action ends by itself, and the rollback step takes it back", async () => {
    await shared.with(async (stage) => {
      await stage.change(undefined, { broken: "not yet" });
      let gone: Promise<void> | undefined;
      const started = (child: ChildProcess): void => void (gone = readersGone(stage, child));
      const run = await stage.shop.action("deploy", {}, { env: stage.env({ RUNNER_DEBUG: "1" }), started });
      await gone;
      expect(run).toMatchObject({ code: 1, signal: null });
      await expectBackOrTakenBack(stage);
    });
  });

  test("as a command ends by itself, and rollback takes it back", async () => {
    await shared.with(async (stage) => {
      await stage.change(undefined, { broken: "not yet" });
      const { child, done } = stage.shop.start("deploy", { debug: true }, { workflow: "100.1", env: stage.env() });
      await readersGone(stage, child);
      const run = await done.catch(() => undefined);
      expect(run?.signal ?? null).toBeNull();
      expect(child.exitCode).toBe(130);
      await expectBackOrTakenBack(stage);
    });
  });

  async function expectBackOrTakenBack(stage: Stage): Promise<void> {
    const back = await stage.shop.action("rollback", {}, { env: stage.env() });
    expect(back.code, back.stdout).toBe(0);
    await stage.expectStable();
  }
});
