import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openShop } from "../lab/shop.ts";

const HOSTED = { RUNNER_ENVIRONMENT: "github-hosted" };

test("on a GitHub-hosted runner without a host nothing keeps state; what needs none works all the same", async () => {
  await using shop = await openShop({ profile: { "state-dir": null } });
  await shop.commit();
  for (const name of ["backup", "rollout", "deploy"]) {
    const refused = await shop.action(name, {}, { env: HOSTED });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("State would be kept on this GitHub-hosted runner and die with it.%0AGive `host`");
    expect(refused.stdout).toContain("`host: ${{ vars.SSH_HOST }}` already, that is empty for this job");
  }
  expect(await shop.health()).toBeUndefined();
  const migrated = await shop.action("migrate", {}, { env: HOSTED });
  expect(migrated).toMatchObject({ code: 0, outputs: { applied: '["001"]', pending: "[]", current: "001" } });
  await shop.byHand("start");
  const runs = { ...HOSTED, GITHUB_SHA: await shop.head() };
  const healthy = await shop.action("health-check", { "expect-version": "" }, { env: runs });
  expect(healthy).toMatchObject({ code: 0, outputs: { healthy: "true" } });
  const stable = await shop.action("mark-stable", {}, { env: runs });
  expect(stable).toMatchObject({ code: 0, outputs: { commit: runs.GITHUB_SHA } });
  expect((await shop.tags()).get("latest-stable")).toBe(runs.GITHUB_SHA);
  const nothing = await shop.action("rollback", {}, { env: HOSTED });
  expect(nothing).toMatchObject({ code: 0, outputs: { skipped: "nothing-open" } });
  expect(existsSync(join(shop.folder, "home", ".local"))).toBe(false);
});
