import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerStage } from "./stage.ts";
import type { Behaviour } from "../lab/shop.ts";

let stage: ServerStage;
beforeAll(async () => {
  stage = await ServerStage.open();
  // A table that the app does not use: whoever locks it holds a dump up, and nothing else.
  await stage.shop.sql("CREATE TABLE held (id int)");
  await stage.settled(stage.stable);
});
afterAll(async () => await stage?.[Symbol.asyncDispose]());

/** As GitHub cancels a step: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end. Milliseconds. */
const PATIENCE = 7_500;
const LAST_PATIENCE = 2_500;

interface Moment {
  readonly at: string;
  /** Somebody else has the table locked. */
  readonly held?: true;
  /** Whether it is there. */
  readonly begun: () => Promise<boolean>;
  readonly sql?: string;
  readonly dockerfile?: string;
  readonly behaviour?: Behaviour;
}

const runsOnHost = (words: RegExp) => async (): Promise<boolean> => (await stage.host.processes()).some((line) => words.test(line));
const inDatabase = (where: string) => async (): Promise<boolean> =>
  (await stage.shop.sql(`SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${where}`, "postgres")).length > 0;
const inStep = (step: string) => async (): Promise<boolean> => {
  const last = (await stage.shop.journal()).at(-1);
  return last?.kind === "step.started" && last.step === step;
};

const moments: readonly Moment[] = [
  { at: "while it builds", begun: runsOnHost(/compose.* build /), dockerfile: "RUN sleep 100" },
  { at: "while it dumps", begun: inDatabase("wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'"), held: true },
  {
    at: "inside a migration",
    begun: inDatabase("query LIKE '%pg_sleep(1000)%'"),
    sql: "CREATE TABLE half (id int); SELECT pg_sleep(1000);",
  },
  { at: "while it switches", begun: runsOnHost(/compose.* up /) },
  { at: "while it waits for health", begun: inStep("health"), behaviour: { startMs: 100_000 } },
];

describe("a deploy over SSH that is cancelled", () => {
  test.each(moments)("$at: it stops, nothing goes on by itself, and the rollback step takes it back", async (moment) => {
    const { shop } = stage;
    const workflow = "600.1";
    const dockerfile = await shop.host.run("cat Dockerfile", { cwd: shop.appDir });
    await shop.commit({
      files: {
        ...stage.migration(moment.sql),
        ...(moment.dockerfile !== undefined && { Dockerfile: `${dockerfile}\n${moment.dockerfile}\n` }),
      },
      ...(moment.behaviour && { behaviour: moment.behaviour }),
    });
    const holder = moment.held && shop.sql("BEGIN; LOCK TABLE held; SELECT pg_sleep(1000)").catch(() => undefined);
    if (holder) await stage.until(inDatabase("query LIKE '%LOCK TABLE held%' AND wait_event = 'PgSleep'"));
    const { child, done } = shop.start("deploy", {}, { workflow });
    const ended = done.then(() => true);
    let over = false;
    void ended.then(() => (over = true));
    await stage.until(async () => over || (await moment.begun()));
    expect(over, `it ended before it was ${moment.at}`).toBe(false);
    child.kill("SIGINT");
    for (const [signal, patience] of [
      ["SIGTERM", PATIENCE],
      ["SIGKILL", LAST_PATIENCE],
    ] as const) {
      await Promise.race([ended, new Promise((wait) => setTimeout(wait, patience))]);
      if (!over) child.kill(signal);
    }
    const run = await done;
    await shop.commit({ files: { Dockerfile: `${dockerfile}\n` } });
    expect(`${run.code} ${run.signal}\n${run.stderr}`).toMatch(/^130 null\n/);
    await shop.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE held;%' AND pid <> pg_backend_pid()",
    );
    await holder;
    const back = await shop.run("rollback", {}, { workflow });
    stage.expectEnd(back, 0);
    await stage.expectStable();
  });
});
