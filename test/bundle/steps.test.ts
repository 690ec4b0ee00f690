import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settledShop } from "../lab/settled-shop.ts";
import { openShop } from "../lab/shop.ts";
import { declaredOutputs, expectNothingOwned, expectWellFormed, HOSTILE } from "./pages.ts";

const RENAMES = { "002_scribbles.sql": "-- UP\nALTER TABLE notes RENAME TO scribbles;\n-- DOWN\nALTER TABLE scribbles RENAME TO notes;\n" };

/** Of `migrate` with `command: lint` alone. */
const OF_LINT = ["findings", "risk"];

test("steps in processes of their own, with nothing passed between them, are one deploy; each sets all its outputs", async () => {
  await using shop = await openShop();
  const commit = await shop.commit({ message: HOSTILE });
  const steps = [
    ["rollout", { phase: "prepare" }],
    ["backup", {}],
    ["migrate", {}],
    ["rollout", {}],
    ["health-check", {}],
    ["mark-stable", {}],
  ] as const;
  /** Said only where there is something to say. */
  const maybe = new Set(["reason", "previous-stable", "previous-commit", "downtime", "downtime-ms", ...OF_LINT]);
  for (const [name, inputs] of steps) {
    const run = await shop.action(name, inputs, { workflow: "7.1" });
    expect(run.stdout).not.toMatch(/^::error/m);
    expect(run.code).toBe(0);
    expectWellFormed(run.summary);
    expectNothingOwned(run.stdout);
    expect(Object.keys(run.outputs).sort()).toEqual(
      expect.arrayContaining((await declaredOutputs(name)).filter((output) => !maybe.has(output)).sort()),
    );
  }
  const journal = await shop.journal();
  expect(journal.filter((entry) => entry.kind === "deploy.opened")).toHaveLength(1);
  expect(journal.filter((entry) => entry.kind === "step.done").map((entry) => entry.step)).toEqual([
    "prepare",
    "backup",
    "migrate",
    "switch",
    "health",
  ]);
  expect(await shop.health()).toMatchObject({ status: 200, commit });

  const nothing = await shop.action("rollback", {}, { workflow: "7.1" });
  expect(nothing).toMatchObject({ code: 0, outputs: { "rolled-back": "false", skipped: "nothing-open" } });
  expect(nothing.summary).toMatch(/^## ✓ Nothing to roll back on shop\/production: no deploy is open\n\s*\[run 7\.1\]/);
});

test("a step that fails says what stays open and sets what it knows; another run's rollback leaves it, its own takes it back", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: RENAMES, timeout: "1s" });
  for (const name of ["backup", "migrate", "rollout"]) expect(await shop.action(name)).toMatchObject({ code: 0 });
  const failed = await shop.action("health-check");
  expect(failed.code).toBe(1);
  expectWellFormed(failed.summary);
  expect(failed.outputs).toMatchObject({
    healthy: "false",
    attempts: expect.stringMatching(/^\d+$/),
    "elapsed-ms": expect.stringMatching(/^\d+$/),
    reason: expect.stringContaining("HTTP 500"),
  });
  expect(failed.summary).toContain("stays open: backup done, migrate done, prepare done, switch done, health failed.");
  expect(failed.summary).toContain("savepoint rollback --environment production --confirm production");

  const marked = await shop.action("mark-stable");
  expect(marked.code).toBe(1);
  expect(marked.stdout).toContain("its last health check did not pass");
  const other = await shop.action("rollback", {}, { workflow: "101.1" });
  expect(other).toMatchObject({ code: 0, outputs: { "rolled-back": "false", skipped: "not-owner" } });

  const back = await shop.action("rollback");
  expect(back.code).toBe(0);
  expectWellFormed(back.summary);
  expect(back.outputs).toMatchObject({ "rolled-back": "true", commit, "database-action": "restored" });
  expect(Object.keys(back.outputs).sort()).toEqual((await declaredOutputs("rollback")).filter((output) => output !== "skipped").sort());
  // Said once: the summary of what was taken back is the step's that did it.
  expect(back.summary.match(/Bring it back/g)).toHaveLength(1);
  expect(back.stdout.match(/Bring it back/g)).toHaveLength(1);
  const twice = await shop.action("rollback");
  expect(twice).toMatchObject({ code: 0, summary: "", outputs: { skipped: "nothing-open" } });
  expect(twice.stdout).toMatch(/Nothing to roll back on shop\/production: deploy \S+ was taken back already/);
});

test("a rollback that fails is red, names the damaged backup, shows each part's state, and one command goes on", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: RENAMES });
  for (const name of ["backup", "migrate", "rollout"]) expect(await shop.action(name)).toMatchObject({ code: 0 });
  const backups = join(shop.stateDir, "backups");
  for (const file of await readdir(backups)) if (file.endsWith(".dump")) await writeFile(join(backups, file), "cut short");
  const run = await shop.action("rollback");
  expect(run.code).toBe(1);
  expectWellFormed(run.summary);
  expect(run.outputs).toEqual({ "rolled-back": "false" });
  expect(run.stdout).toContain("its dump has 9 bytes instead of");
  expect(run.summary).toContain(`- schema: not ${commit.slice(0, 7)}'s`);
  expect(run.summary).toContain("- lock: held, until a rollback finishes it");
  expect(run.summary).toContain("```sh\nsavepoint rollback --environment production --confirm production --database down");
  expect(run.summary).toContain("✗ rollback (");
});

test("a restore drill and a restore by hand run as actions, and name what they replaced", async () => {
  await using shop = await settledShop();
  const { savepoint } = shop.first;
  const saved = await shop.action("backup", { purpose: "manual" });
  expect(saved).toMatchObject({ code: 0, outputs: { verified: "read", deleted: "[]" } });
  const drill = await shop.action("restore", { backup: "latest", drill: "true" });
  expect(drill.code).toBe(0);
  expect(drill.summary).toContain("Drill passed");
  await fetch(shop.url, { method: "POST" });
  const asked = await shop.action("restore", { backup: saved.outputs["savepoint"] ?? "" });
  expect(asked.code).toBe(1);
  expect(asked.stdout).toContain("Give `confirm: production`");
  const run = await shop.action("restore", { backup: saved.outputs["savepoint"] ?? "", confirm: "production" });
  expect(run.code).toBe(0);
  expectWellFormed(run.summary);
  expect(run.outputs).toMatchObject({ database: shop.database.name, "replaced-database": expect.stringContaining(shop.database.name) });
  expect(run.summary).toContain("| public.notes | 1 | 0 | 1 |");
  expect(await shop.database.sql("SELECT count(*)::int AS notes FROM notes")).toEqual([{ notes: 0 }]);
  expect(savepoint).not.toBe(saved.outputs["savepoint"]);
});

test("without a rollback step the end of the job takes its deploy back, once, and no other job's; killed at it, the next one or recover goes on", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  const reached = join(shop.folder, "reached");
  const go = join(shop.folder, "go");
  const hook = `touch ${reached}; until [ -f ${go} ]; do sleep 0.1; done`;
  const job = { env: { GITHUB_JOB: "deploy" } };
  const failing = async (): Promise<void> => {
    for (const name of ["backup", "migrate", "rollout"]) expect(await shop.action(name, {}, job)).toMatchObject({ code: 0 });
    const failed = await shop.action("health-check", {}, job);
    expect(failed.code).toBe(1);
    expect(failed.summary).toContain("until it is taken back: at the end of this job, by a rollback step of this run");
  };
  const killedAtItsEnd = async (): Promise<void> => {
    for (const mark of [reached, go]) await rm(mark, { force: true });
    let child: ChildProcess | undefined;
    const post = shop.action("health-check-post", {}, { ...job, started: (one) => (child = one) });
    await expect.poll(() => existsSync(reached), { timeout: 60_000 }).toBe(true);
    child?.kill("SIGKILL");
    // What it had begun on the host lives on.
    await writeFile(go, "");
    expect((await post).signal).toBe("SIGKILL");
  };
  await shop.commit({ migrations: RENAMES, timeout: "1s", profile: { hooks: { "before-rollback": hook } } });
  await failing();
  const other = await shop.action("health-check-post", {}, { env: { GITHUB_JOB: "smoke" } });
  expect(other).toMatchObject({ code: 0, summary: "" });
  expect(other.stdout).toMatch(/is left as it is: `deploy`, another job of this run, had a part in it/);
  await killedAtItsEnd();
  const back = await shop.action("rollout-post", {}, job);
  expect(back).toMatchObject({ code: 0, outputs: {} });
  expectWellFormed(back.summary);
  expect(back.stdout).toMatch(/This job left deploy \S+ of \S+ open; it is taken back\./);
  expect(await shop.health()).toMatchObject({ status: 200, commit });
  expect(await shop.database.sql("SELECT count(*)::int AS notes FROM notes")).toEqual([{ notes: 0 }]);
  const over = await shop.action("backup-post", {}, job);
  expect(over).toMatchObject({ code: 0, summary: "" });
  expect(over.stdout).toContain("Nothing is left to do on shop/production: no deploy is open.");

  await shop.commit({ files: { again: "1" }, timeout: "1s" });
  await failing();
  await killedAtItsEnd();
  const recovered = await shop.run("recover", { confirm: "production" });
  expect(recovered.json).toMatchObject({ exit: 0, outputs: { recovery: "back", commit } });
  expect(await shop.health()).toMatchObject({ status: 200, commit });
});

test("the end of a job closes what changed nothing, asks nobody twice, and is silent about what its step was told wrongly", async () => {
  await using shop = await settledShop();
  const { commit } = shop.first;
  await shop.commit({ migrations: RENAMES });
  const job = { env: { GITHUB_JOB: "deploy", RUNNER_TEMP: shop.folder } };
  expect(await shop.action("backup", {}, job)).toMatchObject({ code: 0 });
  const wrong = await shop.action("backup-post", { "keep-lst": "3" }, job);
  expect(wrong).toMatchObject({ code: 0, summary: "" });
  expect(wrong.stdout).not.toMatch(/^::error/m);
  // What looks at files alone is told no way to the host.
  for (const inputs of [{ command: "lint" }, { "dry-run": "true" }]) {
    const looked = await shop.action("migrate-post", { ...inputs, host: "deploy@127.0.0.1:9" }, job);
    expect(looked).toMatchObject({ code: 0, summary: "" });
    expect(looked.stdout).toContain("The step only looked: nothing of it is open.");
  }
  const closed = await shop.action("backup-post", {}, job);
  expect(closed).toMatchObject({ code: 0, summary: "" });
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "deploy.closed", as: "abandoned", on: commit });

  const byHand = { env: { ...job.env, SAVEPOINT_ROLLBACK_AUTOMATIC: "false" }, workflow: "101.1" };
  for (const name of ["backup", "migrate", "rollout"]) expect(await shop.action(name, {}, byHand)).toMatchObject({ code: 0 });
  const asked = await shop.action("rollout-post", {}, byHand);
  expect(asked.code).toBe(1);
  expect(asked.stdout).toContain("is not taken back. Nothing is taken back by itself here");
  expect((await shop.journal()).at(-1)).toMatchObject({ kind: "deploy.closed", as: "failed", blocks: true });
  // Of a later step that was not told `automatic: false`.
  const again = await shop.action("backup-post", {}, { ...job, workflow: "101.1" });
  expect(again).toMatchObject({ code: 0, summary: "" });
  expect(again.stdout).toContain("what failed is not tried again unasked");
});
