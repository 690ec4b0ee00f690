import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ActionRun, Behaviour } from "../lab/shop.ts";
import { needs } from "../lab/needs.ts";
import { ServerStage } from "./stage.ts";
import { DEPLOY, LAST } from "./workflows.ts";

await needs("engine", "host", "act");

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open({ workflows: { "deploy.yml": "deploy.yml" } });
  // A table that the app does not use: whoever locks it holds a dump up, and nothing else.
  await stage.shop.sql("CREATE TABLE held (id int)");
  await stage.settled(stage.stable);
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

/**
 * GitHub sends SIGINT first, and others 7.5 s and 10 s later. That one is enough is what is seen here, however busy the machine is;
 * GitHub's own times are kept in test/faults/cancelled.test.ts. Milliseconds.
 */
const SIGNALS = [
  ["SIGINT", 60_000],
  ["SIGKILL", 60_000],
] as const;
const SLOW = "CREATE TABLE half (id int); SELECT pg_sleep(1000);";

interface Moment {
  readonly at: string;
  /** Somebody else has the table locked. */
  readonly held?: true;
  /** Whether it is there. */
  readonly begun: () => Promise<boolean>;
  readonly sql?: string;
  readonly dockerfile?: string;
  readonly behaviour?: Behaviour;
  /** What becomes of the database on the way back. */
  readonly database: "kept" | "restored";
}

const runsOnHost = (words: RegExp) => async (): Promise<boolean> => (await stage.host.processes()).some((line) => words.test(line));
const inDatabase = (where: string) => async (): Promise<boolean> =>
  (await stage.shop.sql(`SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${where}`, "postgres")).length > 0;
const inStep = (step: string) => async (): Promise<boolean> => {
  const last = (await stage.shop.journal()).at(-1);
  return last?.kind === "step.started" && last.step === step;
};

const inMigration = inDatabase("query LIKE '%pg_sleep(1000)%'");

const moments: readonly Moment[] = [
  { at: "while it builds", begun: runsOnHost(/compose.* build /), dockerfile: "RUN sleep 100", database: "kept" },
  { at: "while it dumps", begun: inDatabase("wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'"), held: true, database: "kept" },
  { at: "inside a migration", begun: inMigration, sql: SLOW, database: "restored" },
  { at: "while it switches", begun: runsOnHost(/compose.* up /), database: "restored" },
  { at: "while it waits for health", begun: inStep("health"), behaviour: { startMs: 100_000 }, database: "restored" },
];

/** Runs the built entry as the workflow's step, and cancels it as soon as it is there. */
async function cancelled(workflow: string, begun: () => Promise<boolean>): Promise<ActionRun & { readonly took: readonly string[] }> {
  const took: string[] = [];
  let over = false;
  const cancelling: Promise<void>[] = [];
  const started = (child: ChildProcess): void => {
    child.once("exit", () => (over = true));
    const cancel = async (): Promise<void> => {
      await stage.until(async () => over || (await begun()));
      for (const [signal, patience] of SIGNALS) {
        if (over) return;
        took.push(signal);
        child.kill(signal);
        const until = Date.now() + patience;
        await stage.until(async () => over || Date.now() >= until);
      }
    };
    cancelling.push(cancel());
  };
  const run = await stage.workflows.entry("deploy", { workflow, started });
  await Promise.all(cancelling);
  return { ...run, took };
}

describe("a deploy over SSH that is cancelled", () => {
  test.each(moments)("$at: it stops, nothing goes on by itself, and the rollback step takes it back", async (moment) => {
    const { shop } = stage;
    const workflow = "600.1";
    await stage.commit({
      files: {
        ...stage.migration(),
        ...(moment.sql !== undefined && stage.migration(moment.sql)),
        ...(moment.dockerfile !== undefined && (await stage.changed("Dockerfile", /$/, `${moment.dockerfile}\n`))),
      },
      ...(moment.behaviour && { behaviour: moment.behaviour }),
    });
    const holder = moment.held && shop.sql("BEGIN; LOCK TABLE held; SELECT pg_sleep(1000)").catch(() => undefined);
    if (holder) await stage.until(inDatabase("query LIKE '%LOCK TABLE held%' AND wait_event = 'PgSleep'"));
    const run = await cancelled(workflow, moment.begun);
    expect([run.code, run.signal, run.took], run.stdout).toEqual([1, null, ["SIGINT"]]);
    expect(run.stdout).toContain("stopping safely");
    expect(run.summary).toMatch(/cancelled/i);
    await shop.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE held;%' AND pid <> pg_backend_pid()",
    );
    await holder;
    const back = await stage.workflows.entry("rollback", { workflow });
    expect(back.code, back.stdout).toBe(0);
    expect(back.outputs).toMatchObject({ "rolled-back": "true", commit: stage.stable, "database-action": moment.database });
    await stage.expectStable();
  });

  test("as a whole run, inside a migration: the step is killed at once, and the last one of the same run takes it back", async () => {
    await stage.commit({ files: { ...stage.migration(), ...stage.migration(SLOW) } });
    const { child, done } = stage.workflows.start("deploy.yml");
    await stage.until(async () => child.exitCode !== null || (await inMigration()));
    child.kill("SIGINT");
    const run = await done;
    expect(run.green).toBe(false);
    expect([run.step(DEPLOY), run.step(LAST)], run.log).toEqual(["failure", "success"]);
    expect(run.log).not.toContain("stopping safely");
    expect(run.outputs(LAST)).toMatchObject({ "rolled-back": "true", commit: stage.stable, "database-action": "restored" });
    expect(await inMigration()).toBe(false);
    await stage.expectStable();
  });
});
