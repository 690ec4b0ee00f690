import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleWorkflow } from "../e2e/examples.ts";
import { type Ended, openWorkflowRunner, type WorkflowRunner } from "../lab/act.ts";
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

async function act(workflow: string, runId: number, inputs?: Readonly<Record<string, string>>): Promise<Ended> {
  const { shop, host } = stage;
  return await runner.run({
    checkout: shop.checkout,
    workflow,
    event: inputs === undefined ? "push" : "workflow_dispatch",
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
});
