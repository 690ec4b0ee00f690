import { expect, test } from "vitest";
import { settledShop } from "../lab/settled-shop.ts";
import { openShop } from "../lab/shop.ts";
import { expectNothingOwned, expectWellFormed, HOSTILE, readSummary } from "./pages.ts";

const RENAMES = { "002_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n-- DOWN\nALTER TABLE scribbles RENAME TO notes;\n" };

test("a good deploy sets its outputs and shows at a glance what is true now and when what ran", async () => {
  await using shop = await openShop({
    profile: { backup: { verify: null }, rollout: { command: "echo '::error::owned'; echo '::set-output name=commit::owned' >&2" } },
  });
  const before = await shop.commit({ behaviour: { query: "SELECT 1" } });
  await shop.checkOut(before);
  await shop.byHand("start");
  const commit = await shop.commit({ message: HOSTILE });
  const run = await shop.action("deploy");
  expect(run.stdout).not.toMatch(/^::error/m);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
  expectNothingOwned(run.stdout);
  expectWellFormed(run.summary);
  const short = commit.slice(0, 7);
  const { prose, blocks } = readSummary(run.summary);
  expect(prose).toContain(`${short} is deployed and stable on shop/production`);
  expect(prose).toMatch(new RegExp(`^\\| code \\| ${before.slice(0, 7)} → ${short} \\|$`, "m"));
  expect(prose).toMatch(/^\| database \| 1 migration applied \(001\), now at 001 \|$/m);
  expect(prose).toMatch(/^\| app \| healthy after /m);
  expect(prose).toMatch(/^\| savepoint \| \S+: .* restored and compared/m);
  expect(
    blocks
      .find(({ language }) => language === "mermaid")
      ?.lines.map((line) => /✓ (\w+)/.exec(line)?.[1])
      .filter(Boolean),
  ).toEqual(["prepare", "backup", "migrate", "switch", "health"]);
  expect(run.outputs).toMatchObject({
    commit,
    "previous-commit": before,
    applied: '["001"]',
    "rolled-back": "false",
    "stable-tag": expect.stringMatching(/^stable-\d{8}-\d{6}$/),
  });
  expect(run.outputs["savepoint"]).toContain(short);
  expect(run.outputs["backup-file"]).toContain(shop.stateDir);
});

test("a deploy that was taken back is red, and says why, what is true now and where the replaced data is", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ message: HOSTILE, migrations: RENAMES, behaviour: { broken: HOSTILE }, timeout: "1s" });
  const run = await shop.action("deploy");
  expect(run.code).toBe(1);
  expectNothingOwned(run.stdout);
  expectWellFormed(run.summary);
  const annotations = run.stdout.split("\n").filter((line) => line.startsWith("::error"));
  expect(annotations).toEqual([
    expect.stringMatching(
      /^::error title=deploy::The app is not healthy: HTTP 500 .*%0Ashop\/production is back on [0-9a-f]{7}, healthy after .*; fix the cause and deploy again\./,
    ),
  ]);
  const replaced = run.outputs["replaced-database"] ?? "";
  expect(run.outputs).toMatchObject({ commit, "rolled-back": "true", "database-action": "restored", applied: '["002"]' });
  expect(await shop.database.sql(`SELECT 1 AS there FROM pg_database WHERE datname = '${replaced}'`)).toEqual([{ there: 1 }]);
  const { prose, blocks } = readSummary(run.summary);
  expect(prose).toContain(`is on ${commit.slice(0, 7)} again`);
  expect(prose).toContain("lock: released");
  // Pasted as it stands it shows what it would do: with the confirmation, code and schema would be apart after a good way back.
  expect(prose.replaceAll("\\", "")).toMatch(new RegExp(`savepoint restore --environment production --backup ${replaced}(?! --confirm)`));
  expect(blocks.some(({ lines }) => lines.some((line) => line.includes("<script>")))).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
});

test("a cancelled deploy says in its summary where it stands, and its rollback step takes it back", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: RENAMES, behaviour: { startMs: 60_000 } });
  const run = await shop.action(
    "deploy",
    {},
    {
      started(child) {
        child.stdout?.on("data", (text: string) => {
          if (text.includes("Checking the health")) child.kill("SIGINT");
        });
      },
    },
  );
  expect(run.code).not.toBe(0);
  expectWellFormed(run.summary);
  expect(run.summary).toMatch(/^## ⏹ deploy: Cancelled\.\n/);
  expect(run.summary).toContain("stays open: prepare done, backup done, migrate done, switch done");
  expect(run.summary).toContain("savepoint rollback --environment production --confirm production");
  expect(run.outputs).toMatchObject({ "rolled-back": "false", applied: '["002"]', savepoint: expect.any(String) });
  const back = await shop.action("rollback");
  expect(back.code).toBe(0);
  expect(back.outputs).toMatchObject({ "rolled-back": "true", commit, "database-action": "restored" });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
});
