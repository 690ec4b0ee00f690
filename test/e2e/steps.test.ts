import { expect, test } from "vitest";
import { openWorkflowRunner } from "../lab/act.ts";
import { openShop } from "../lab/shop.ts";
import { exampleWorkflow } from "./examples.ts";

const RENAMES = { "002_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n-- DOWN\nALTER TABLE scribbles RENAME TO notes;\n" };
const ADDS = { "002_scribbles.sql": "-- UP\nCREATE TABLE scribbles (id int);\n-- DOWN\nDROP TABLE scribbles;\n" };

test("a workflow of single actions, on a runner beside the app: good, bad and taken back, good again; without a rollback step too", async () => {
  await using shop = await openShop({ profile: { backup: { verify: null } } });
  await using runner = await openWorkflowRunner();
  const deploy = async (runId: number) =>
    await runner.run({ checkout: shop.checkout, workflow: "deploy.yml", event: "push", runId, secrets: { SSH_KEY: "not needed here" } });
  const tables = async () =>
    (await shop.database.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")).map(
      (row) => row["table_name"],
    );

  const first = await shop.commit({ files: { ".github/workflows/deploy.yml": await exampleWorkflow("deploy-steps.yml") } });
  const good = await deploy(101);
  expect(good.log).not.toContain("::error");
  expect(good.green).toBe(true);
  expect(["Prepare", "Back up", "Migrate", "Roll out", "Check health", "Mark stable", "Roll back"].map((name) => good.step(name))).toEqual([
    ...Array.from({ length: 6 }, () => "success"),
    undefined,
  ]);
  expect(good.outputs("Back up")).toMatchObject({ verified: "restore", savepoint: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{7}$/) });
  const { "stable-tag": tag = "" } = good.outputs("Mark stable");
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await shop.head()).toBe(first);
  expect(await shop.tags()).toEqual(
    new Map([
      ["latest-stable", first],
      [tag, first],
    ]),
  );
  expect((await shop.journal()).filter((entry) => entry.kind === "deploy.opened")).toHaveLength(1);
  expect(good.summaries.at(-1)).toContain("```mermaid\ngantt");

  await fetch(shop.url, { method: "POST" });
  const second = await shop.commit({ migrations: RENAMES, timeout: "3s" });
  const bad = await deploy(102);
  expect(bad.green).toBe(false);
  expect(bad.step("Check health")).toBe("failure");
  expect(bad.step("Mark stable")).toBeUndefined();
  expect(bad.step("Roll back")).toBe("success");
  expect(bad.outputs("Check health")).toMatchObject({ healthy: "false", reason: expect.stringContaining("HTTP 500") });
  expect(bad.outputs("Roll back")).toMatchObject({ "rolled-back": "true", commit: first, "database-action": "restored" });
  expect(bad.summaries.join("\n")).toContain('relation "notes" does not exist');
  expect(await shop.health()).toMatchObject({ status: 200, commit: first });
  expect(await shop.head()).toBe(first);
  expect(await tables()).toEqual(["notes", "schema_migrations"]);
  expect(await shop.database.sql("SELECT count(*)::int AS notes FROM notes")).toEqual([{ notes: 1 }]);
  expect((await shop.tags()).get("latest-stable")).toBe(first);
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "deploy.closed", as: "rolled-back", on: first });
  const status = await shop.run("status");
  expect(status.json).toMatchObject({ outputs: { state: "idle", running: first, stable: first }, details: { lock: { state: "free" } } });

  const third = await shop.commit({ migrations: ADDS, timeout: "30s" });
  expect(third).not.toBe(second);
  expect((await deploy(103)).green).toBe(true);
  expect(await shop.health()).toMatchObject({ status: 200, commit: third });
  expect(await tables()).toEqual(["notes", "schema_migrations", "scribbles"]);
  expect((await shop.tags()).get("latest-stable")).toBe(third);

  // Without that step the end of the job does it: its first action that finds the deploy open, and no other.
  const workflow = await exampleWorkflow("deploy-steps.yml");
  const without = workflow.slice(0, workflow.indexOf("      - name: Roll back"));
  await shop.commit({
    files: { ".github/workflows/deploy.yml": without },
    migrations: { "003_jottings.sql": "-- UP\nALTER TABLE notes RENAME TO jottings;\n" },
    timeout: "3s",
  });
  const left = await deploy(104);
  expect(left.green).toBe(false);
  expect(left.step("Check health")).toBe("failure");
  expect(left.log.match(/This job left deploy \S+ of \S+ open; it is taken back\./g)).toHaveLength(1);
  expect(left.log.match(/Nothing is left to do on shop\/production: no deploy is open\./g)).toHaveLength(4);
  expect(await shop.health()).toMatchObject({ status: 200, commit: third });
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "deploy.closed", as: "rolled-back", on: third });
});
