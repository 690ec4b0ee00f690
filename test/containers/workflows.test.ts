import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleWorkflow } from "../e2e/examples.ts";
import { type Ended, openWorkflowRunner, type WorkflowRun, type WorkflowRunner } from "../lab/act.ts";
import { ServerStage } from "./stage.ts";

let stage: ServerStage;
let runner: WorkflowRunner;
beforeAll(async () => {
  const names = ["deploy-steps.yml", "rollback.yml"];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [`.github/workflows/${name}`, await exampleWorkflow(name)] as const)),
  );
  [stage, runner] = await Promise.all([ServerStage.open({ first: { files } }), openWorkflowRunner()]);
});
afterAll(async () => {
  await runner?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

async function act(
  workflow: string,
  runId: number,
  inputs?: Readonly<Record<string, string>>,
  event: WorkflowRun["event"] = inputs === undefined ? "push" : "workflow_dispatch",
): Promise<Ended> {
  const { shop, host } = stage;
  return await runner.run({
    checkout: shop.checkout,
    workflow,
    event,
    runId,
    secrets: { SSH_KEY: host.key },
    vars: { SSH_KNOWN_HOSTS: host.knownHosts, SSH_HOST: host.login },
    env: { GITHUB_REPOSITORY: `acme/${shop.app}` },
    ...(inputs && { inputs }),
  });
}

describe("a user's workflows, run by a real runner, against a server", () => {
  test("a step for each action: a good deploy is stable", async () => {
    const commit = await stage.shop.commit({ files: stage.migration() });
    const run = await act("deploy-steps.yml", 701);
    expect(run.log).not.toContain("::error");
    expect(run.green).toBe(true);
    expect(run.step("Roll back")).toBeUndefined();
    await stage.settled(commit);
    await stage.expectStable();
  });

  test("a step for each action: what is not healthy is taken back by the last step, code and database", async () => {
    await stage.shop.commit({ files: stage.migration("ALTER TABLE notes RENAME TO scribbles;"), timeout: "10s" });
    const run = await act("deploy-steps.yml", 702);
    expect(run.green).toBe(false);
    expect(run.step("Check health")).toBe("failure");
    expect(run.step("Mark stable")).toBeUndefined();
    expect(run.outputs("Roll back")).toMatchObject({ "rolled-back": "true", commit: stage.stable, "database-action": "restored" });
    await stage.expectStable();
  });

  test("pressed by hand: to the version before, and back its schema", async () => {
    const before = stage.known;
    const next = await stage.shop.commit({ files: stage.migration() });
    expect((await act("deploy-steps.yml", 703)).green).toBe(true);
    await stage.settled(next);
    const inputs = { environment: "production", reason: "orders fail", confirm: "production", to: "", database: "restore" };
    const back = await act("rollback.yml", 704, inputs);
    expect(back.log).not.toContain("::error");
    expect(back.green).toBe(true);
    stage.returned(before);
    await stage.expectStable();
    expect(await readFile(join(stage.shop.stateDir, "journal.jsonl"), "utf8")).not.toContain(stage.host.key.split("\n")[1]);
  });

  test("every night a backup, restored and compared, and thinned out among its own; by hand it counts apart", async () => {
    const files = { ".github/workflows/backup.yml": await backupOf("postgres") };
    await stage.shop.commit({ files });
    const before = await backups();
    const nights: Ended[] = [];
    for (const runId of [711, 712]) nights.push(await act("backup.yml", runId, undefined, "schedule"));
    const byHand = await act("backup.yml", 713, {});
    for (const run of [...nights, byHand]) {
      expect(run.log).not.toContain("::error");
      expect(run.green).toBe(true);
      expect(run.outputs("acme/savepoint/actions/backup@v1")).toMatchObject({ verified: "restore" });
    }
    const [first, second] = nights.map((run) => run.outputs("acme/savepoint/actions/backup@v1")["savepoint"]);
    // The newer night takes the older one's place, and nothing else's.
    expect(nights[1]?.outputs("acme/savepoint/actions/backup@v1")["deleted"]).toBe(JSON.stringify([first]));
    const manual = byHand.outputs("acme/savepoint/actions/backup@v1")["savepoint"];
    expect(await backups()).toEqual([`manual ${manual}`, `scheduled ${second}`, ...before]);
    await stage.expectStable();
  });

  test("a backup that cannot be made is red, says why and what to do, and leaves the earlier ones alone", async () => {
    await stage.shop.commit({ files: { ".github/workflows/backup.yml": await backupOf("database") } });
    const before = await backups();
    const run = await act("backup.yml", 714, undefined, "schedule");
    expect(run.green).toBe(false);
    expect(run.log).toContain("has no service database");
    expect(run.log).toContain("postgres, web");
    expect(run.summaries.join("\n")).toContain("has no service database");
    expect(await backups()).toEqual(before);
    await stage.expectStable();
  });
});

/** The ready-made backup as this shop would have it, with little room for old ones. */
async function backupOf(service: string): Promise<string> {
  const workflow = await exampleWorkflow("backup.yml", {
    "deploy@shop.example": stage.host.login,
    "/srv/shop": stage.shop.appDir,
    "database-service: postgres": `database-service: ${service}`,
  });
  return `${workflow}          keep-last: 1\n          keep-daily: 1\n          min-keep: 1\n`;
}

/** `purpose id`, newest first. */
async function backups(): Promise<readonly string[]> {
  const listed = (await stage.shop.fromAfar("list")).json.details.backups as readonly { readonly purpose: string; readonly id: string }[];
  return listed.map(({ purpose, id }) => `${purpose} ${id}`);
}
