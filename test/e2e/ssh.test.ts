import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkflowRunner } from "../lab/act.ts";
import { openShop, START, STOP } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { exampleWorkflow } from "./examples.ts";

test("the ready-made workflows over SSH: two good deploys, by hand to the version before, a bad one taken back", async () => {
  await using shop = await openShop({ profile: { backup: { verify: null } } });
  const home = join(shop.folder, "host-home");
  await mkdir(home);
  await using host = await startSshd({ env: { HOME: home } });
  await using runner = await openWorkflowRunner();
  await writeFile(join(shop.folder, "start.sh"), START);
  await writeFile(join(shop.folder, "stop.sh"), STOP);
  const reached = `${host.user}@${host.host}:${host.port}`;
  const files = {
    // Everything is said in the workflow.
    "savepoint.yml": null,
    ".github/workflows/rollback.yml": await exampleWorkflow("rollback.yml"),
    ".github/workflows/deploy.yml": await exampleWorkflow("deploy-command.yml", {
      "deploy@shop.example": reached,
      "/srv/shop": shop.appDir,
      "sudo systemctl stop shop": "sh ../stop.sh",
      "npm ci --omit=dev": "echo $SAVEPOINT_COMMIT >>../built",
      "sudo systemctl start shop": "sh ../start.sh",
      "http://localhost:3000/health": `${shop.url}/health`,
    }),
  };
  const world = {
    checkout: shop.checkout,
    secrets: { SSH_KEY: host.key },
    vars: { SSH_HOST: reached, SSH_KNOWN_HOSTS: host.knownHosts },
    env: { GITHUB_REPOSITORY: "acme/shop", SAVEPOINT_HEALTH_TIMEOUT: "10s" },
  };
  const deploy = async (runId: number) => await runner.run({ ...world, workflow: "deploy.yml", event: "push", runId });
  const goBack = async (runId: number, inputs: Readonly<Record<string, string>>) =>
    await runner.run({
      ...world,
      workflow: "rollback.yml",
      event: "workflow_dispatch",
      runId,
      inputs: { environment: "production", ...inputs },
    });
  const state = join(home, ".local/state/savepoint/shop/production");
  const status = async () => (await shop.run("status", { "state-dir": state, environment: "production" }, { cwd: home })).json;

  const first = await shop.commit({ files });
  const good = await deploy(201);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  const second = await shop.commit({
    files,
    migrations: { "002_authors.sql": "-- UP\nALTER TABLE notes ADD author text;\n-- DOWN\nALTER TABLE notes DROP author;\n" },
  });
  expect((await deploy(202)).green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: second });
  expect((await shop.tags()).get("latest-stable")).toBe(second);
  expect(await readdir(join(state, "backups"))).toHaveLength(4);
  expect(await readFile(join(shop.folder, "built"), "utf8")).toBe(`${first}\n${second}\n`);

  const refused = await goBack(203, { reason: "orders fail", confirm: "production", to: "", database: "auto" });
  expect(refused.green).toBe(false);
  expect(refused.log).toContain("The database would be restored to the savepoint, and that was not said. Nothing was touched.");
  expect(await shop.health()).toMatchObject({ status: 200, commit: second });

  const back = await goBack(204, { reason: "orders fail", confirm: "production", to: "", database: "restore" });
  expect(back.log).not.toContain("::error");
  expect(back.green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await shop.head()).toBe(first);
  await expect(shop.database.sql("SELECT author FROM notes")).rejects.toThrow("author");
  expect((await shop.tags()).get("latest-stable")).toBe(first);
  expect((await status()).outputs).toMatchObject({ state: "idle", running: first, stable: first });

  await shop.commit({ files, migrations: { "003_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n" } });
  const bad = await deploy(205);
  expect(bad.green).toBe(false);
  expect(bad.outputs("acme/savepoint@v1")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await shop.head()).toBe(first);
  await expect(shop.database.sql("SELECT author FROM notes")).rejects.toThrow("author");
  expect(await shop.database.sql("SELECT body FROM notes")).toEqual([]);
  expect(await status()).toMatchObject({ outputs: { state: "idle", running: first, stable: first }, details: { lock: { state: "free" } } });
});
