import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forAct, openWorkflowRunner } from "../lab/act.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";

const own = async (name: string): Promise<string> =>
  forAct(await readFile(new URL(`../../.github/workflows/${name}`, import.meta.url), "utf8"));

test("the workflows that can be called, copied as they are and pressed: deploys with and without migrations, a backup, back", async () => {
  await using shop = await openShop({ profile: { backup: { verify: null } } });
  const home = join(shop.folder, "host-home");
  await mkdir(home);
  await using host = await startSshd({ env: { HOME: home } });
  await using runner = await openWorkflowRunner();
  const names = ["deploy.yml", "rollback.yml", "backup.yml"];
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [`.github/workflows/${name}`, await own(name)] as const)));
  const press = async (workflow: string, runId: number, inputs: Readonly<Record<string, string>>) =>
    await runner.run({
      checkout: shop.checkout,
      secrets: { SSH_KEY: host.key },
      // What the forms leave empty.
      vars: { SSH_HOST: `${host.user}@${host.host}:${host.port}`, SSH_KNOWN_HOSTS: host.knownHosts },
      env: { GITHUB_REPOSITORY: "acme/shop" },
      workflow,
      event: "workflow_dispatch",
      runId,
      inputs: { environment: "production", ...inputs },
    });
  const state = { "state-dir": join(home, ".local/state/savepoint/shop/production"), environment: "production" };
  const backups = async () =>
    ((await shop.run("list", state, { cwd: home })).json.details.backups as readonly { readonly purpose: string }[]).map(
      ({ purpose }) => purpose,
    );

  const first = await shop.commit({ files, profile: { "state-dir": null } });
  const deployed = await press("deploy.yml", 321, { migrate: "true" });
  expect(deployed.log).not.toContain("::error");
  expect(deployed.green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });

  const second = await shop.commit();
  const without = await press("deploy.yml", 322, { migrate: "false" });
  expect(without.green).toBe(true);
  expect(without.step("Migrate")).toBeUndefined();
  expect(await shop.health()).toMatchObject({ status: 200, commit: second });

  expect((await press("backup.yml", 323, { purpose: "manual" })).green).toBe(true);
  expect((await press("backup.yml", 324, { purpose: "scheduled" })).green).toBe(true);
  expect(await backups()).toEqual(["scheduled", "manual", "pre-deploy", "pre-deploy"]);

  const back = await press("rollback.yml", 325, { database: "auto", reason: "orders fail", confirm: "production", "dry-run": "false" });
  expect(back.log).not.toContain("::error");
  expect(back.green).toBe(true);
  expect(back.outputs("Roll back")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "kept" });
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
});
