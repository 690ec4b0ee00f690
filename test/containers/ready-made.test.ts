import { expect, test } from "vitest";
import { exampleWorkflow } from "../e2e/examples.ts";
import { openWorkflowRunner } from "../lab/act.ts";
import { openComposeShop } from "../lab/compose-shop.ts";
import { startHost } from "../lab/host.ts";

test("README's workflow, to the letter: a compose project on a server is deployed, and taken back when it fails", async () => {
  await using host = await startHost();
  await using shop = await openComposeShop(host);
  await using runner = await openWorkflowRunner();
  const workflow = await exampleWorkflow("deploy.yml", {
    "deploy@shop.example": host.login,
    "/srv/shop": shop.appDir,
    "http://localhost:3000": `http://localhost:${new URL(shop.url).port}`,
  });
  const deploy = async (runId: number) =>
    await runner.run({
      checkout: shop.checkout,
      workflow: "deploy.yml",
      event: "push",
      runId,
      secrets: { SSH_KEY: host.key },
      vars: { SSH_KNOWN_HOSTS: host.knownHosts },
      env: { GITHUB_REPOSITORY: "acme/shop", SAVEPOINT_HEALTH_TIMEOUT: "30s" },
    });

  const first = await shop.commit({
    files: { "savepoint.yml": null, ".github/workflows/deploy.yml": workflow },
    migrations: { "002_authors.sql": "-- UP\nALTER TABLE notes ADD author text;\n" },
  });
  const good = await deploy(401);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect((await shop.tags()).get("latest-stable")).toBe(first);

  await shop.commit({
    files: { "savepoint.yml": null },
    migrations: { "003_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n" },
  });
  const bad = await deploy(402);
  expect(bad.green).toBe(false);
  expect(bad.outputs("acme/savepoint@v1")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(bad.step("Take back what was cancelled")).toBe("success");
  expect(bad.outputs("Take back what was cancelled")).toMatchObject({ "rolled-back": "false", skipped: "nothing-open" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await shop.sql("SELECT author FROM notes")).toEqual([]);
}, 400_000);
