import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Settings } from "../../../src/core/settings.ts";
import { openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { rolloutSection } from "../../../src/rollout/inputs.ts";
import { scriptOf } from "../../../src/rollout/script.ts";
import { openStrategy } from "../../../src/rollout/strategies.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { openShop, type Shop, START, STOP } from "../../lab/shop.ts";
import { quietPorts } from "../../lab/quiet-ports.ts";
import { shellProblems } from "../../lab/shellcheck.ts";

let shop: Shop;
let tools: Busybox;
beforeEach(async () => {
  [shop, tools] = await Promise.all([openShop(), busyboxOnly()]);
  // What the app's own commands call is theirs to have there.
  for (const tool of ["git", "nohup"]) {
    const program = execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
    if (!existsSync(join(tools.folder, tool))) await symlink(program, join(tools.folder, tool));
  }
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
  await tools[Symbol.asyncDispose]();
});

/** What a rollback's code part does on the host, as the port tells it, written as a script. */
async function scriptOfRollback({ running, target }: { readonly running: string; readonly target: string }): Promise<string> {
  const settings = new Settings(
    [{ source: "with:", raw: { rollout: { "stop-command": STOP, "start-command": START } } }],
    "rollout",
  ).section(rolloutSection);
  const about = {
    clone: await openClone(localMachine(), shop.appDir),
    settings,
    shared: { "app-dir": shop.appDir, "compose-command": "docker compose", "compose-file": undefined, "database-service": undefined },
    ports: quietPorts(),
    said: true,
    deploy: undefined,
  };
  const told = (commit: string, previous = "") => ({
    SAVEPOINT_ENVIRONMENT: "production",
    SAVEPOINT_COMMIT: commit,
    SAVEPOINT_PREVIOUS_COMMIT: previous,
    SAVEPOINT_ID: "i",
  });
  const now = await openStrategy({ ...about, commit: running, environment: told(running) });
  const then = await openStrategy({ ...about, commit: target, environment: told(target, running) });
  const moving = await then.plan.switchTo({ commit: target, stopped: true, edits: "keep", exact: true });
  const acts = [...(await now.plan.stop()), ...moving];
  const script = scriptOf("Back to the version before.", acts);
  expect(shellProblems(script, acts)).toEqual([]);
  return script;
}

/** On the host alone: busybox's shell and tools, git, and nothing that this process has set. */
async function runOnHost(script: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const file = join(shop.folder, "back.sh");
  await writeFile(file, script);
  const env = { PATH: tools.folder, HOME: join(shop.folder, "home"), USER: "ada" };
  const { status, stdout, stderr } = spawnSync(join(tools.folder, "sh"), [file], { cwd: "/", env, encoding: "utf8" });
  return { code: status, said: stdout + stderr };
}

/** Everything that tells which version it is. */
async function state(): Promise<unknown> {
  const [health, head] = await Promise.all([shop.health(), shop.head()]);
  const git = (...words: readonly string[]): string => execFileSync("git", ["-C", shop.appDir, ...words], { encoding: "utf8" });
  // What was set aside has the time in its name.
  const files = git("status", "--porcelain").replaceAll(/\d{8}T\d{6}Z/g, "T");
  const kept = git("for-each-ref", "--format=%(objecttype)", "refs/savepoint/edits").split("\n").filter(Boolean).length > 0;
  return { health, head, files, branch: git("branch", "--show-current"), kept };
}

/** A version that answers, and is not healthy; with what a failed version leaves in its folder. */
async function failed(): Promise<string> {
  const commit = await shop.commit({ behaviour: { broken: "out of order" }, files: { "new.txt": "new" } });
  const run = await shop.run("rollout", {}, { workflow: "300.1" });
  expect(run.code, run.stderr).toBe(0);
  expect(await answer()).toMatchObject({ status: 500 });
  // Not before it answers: it reads this file when it starts.
  await writeFile(join(shop.appDir, "behaviour.json"), "{}");
  return commit;
}

test("the script of a rollback, run by busybox sh, ends as the rollback does: commands", async () => {
  const { commit: target } = await shop.deployed();
  const first = await failed();
  const back = await shop.run("rollback", {}, { workflow: "300.1" });
  expect(back.code, back.stderr).toBe(0);
  const asRolledBack = await state();
  expect(asRolledBack).toMatchObject({ head: target, health: { status: 200, commit: target } });

  await shop.commit({ on: target });
  const again = await failed();
  expect(again).not.toBe(first);
  const script = await scriptOfRollback({ running: again, target });
  const ended = await runOnHost(script);
  expect(ended.code, `${ended.said}\n${script}`).toBe(0);
  expect(await answer(), ended.said).toMatchObject({ commit: target });
  expect(await state()).toEqual(asRolledBack);
});

test("a script that cannot put the files in place starts again what it stopped, and says what failed", async () => {
  await shop.deployed();
  const running = await shop.head();
  const script = await scriptOfRollback({ running, target: "0123456789012345678901234567890123456789" });
  const { code, said } = await runOnHost(script);
  expect(code).toBe(1);
  expect(said).toContain("the files of 0123456 failed");
  expect(await answer(), said).toMatchObject({ commit: running });
  expect(await shop.head()).toBe(running);
});

/** What answers, as soon as something does. */
async function answer(): ReturnType<Shop["health"]> {
  for (let turn = 0; turn < 600; turn += 1) {
    const health = await shop.health();
    if (health !== undefined) return health;
    await new Promise((done) => setTimeout(done, 50));
  }
  return undefined;
}
