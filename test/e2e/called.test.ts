import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkflowRunner } from "../lab/act.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

test("the ready-made workflows, called: two deploys, a backup, a rollback tried and done, a bad deploy taken back", async () => {
  await using shop = await openShop({ profile: { backup: { verify: null } } });
  const home = join(shop.folder, "host-home");
  await mkdir(home);
  await using host = await startSshd({ env: { HOME: home } });
  await using runner = await openWorkflowRunner();
  const reached = `${host.user}@${host.host}:${host.port}`;
  const files = {
    ".github/workflows/deploy.yml": await exampleWorkflow("deploy-call.yml"),
    ".github/workflows/rollback.yml": await exampleWorkflow("rollback-call.yml", { "deploy@shop.example": reached }),
    ".github/workflows/backup.yml": await exampleWorkflow("backup-call.yml"),
  };
  const world = {
    checkout: shop.checkout,
    secrets: { SSH_KEY: host.key },
    vars: { SSH_KNOWN_HOSTS: host.knownHosts },
    env: { GITHUB_REPOSITORY: "acme/shop" },
  };
  const deploy = async (runId: number) => await runner.run({ ...world, workflow: "deploy.yml", event: "push", runId });
  const press = async (workflow: string, runId: number, inputs: Readonly<Record<string, string>>) =>
    await runner.run({ ...world, workflow, event: "workflow_dispatch", runId, inputs });
  const state = { "state-dir": join(home, ".local/state/savepoint/shop/production"), environment: "production" };
  const backups = async () => (await shop.run("list", state, { cwd: home })).stdout;

  const first = await shop.commit({ files, profile: { host: reached, "state-dir": null } });
  const good = await deploy(301);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  const second = await shop.commit({ migrations: { "002_authors.sql": "-- UP\nALTER TABLE notes ADD author text;\n" } });
  expect((await deploy(302)).green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: second });

  const backup = await press("backup.yml", 303, {});
  expect(backup.green).toBe(true);
  expect(backup.outputs("Back up")).toMatchObject({ verified: "restore" });
  expect(await backups()).toContain("manual");

  const wanted = { environment: "production", reason: "orders fail", database: "restore" };
  const tried = await press("rollback.yml", 304, { ...wanted, "dry-run": "true" });
  expect(tried.green).toBe(true);
  expect(tried.outputs("Roll back")).toMatchObject({ "rolled-back": "false", commit: first, "database-action": "restore" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: second });
  const back = await press("rollback.yml", 306, { ...wanted, confirm: "production", "dry-run": "false" });
  expect(back.green).toBe(true);
  expect(back.outputs("Roll back")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });

  await shop.commit({ migrations: { "003_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n" }, timeout: "3s" });
  const bad = await deploy(307);
  expect(bad.green).toBe(false);
  expect(bad.outputs("Roll back")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
});
