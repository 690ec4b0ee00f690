import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Machine } from "../../src/core/machine.ts";
import { Secret } from "../../src/core/secret.ts";
import { Settings } from "../../src/core/settings.ts";
import { openClone } from "../../src/machine/git/clone.ts";
import { connectSsh } from "../../src/machine/ssh/ssh.ts";
import { rolloutSection } from "../../src/rollout/inputs.ts";
import { scriptOf } from "../../src/rollout/script.ts";
import { openStrategy } from "../../src/rollout/strategies.ts";
import { type ComposeShop, openComposeShop } from "../lab/compose-shop.ts";
import { docker } from "../lab/engine.ts";
import { type Host, startHost } from "../lab/host.ts";
import { needs } from "../lab/needs.ts";
import { quietPorts } from "../lab/quiet-ports.ts";
import { shellProblems } from "../lab/shellcheck.ts";

await needs("engine", "host");

let host: Host;
let shop: ComposeShop;
let machine: Machine;
beforeEach(async () => {
  host = await startHost();
  shop = await openComposeShop(host);
  const key = new Secret(host.key);
  machine = await connectSsh(
    { user: host.user, host: host.address, port: host.port, key, knownHosts: host.knownHosts },
    { terminal: false, home: host.home, env: {}, ...quietPorts() },
  );
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
});

/** What a rollback's code part does on the host, as the port tells it, written as a script. */
async function scriptOfRollback({ running, target }: { readonly running: string; readonly target: string }): Promise<string> {
  const opened = (await shop.journal()).findLast((entry) => entry.kind === "deploy.opened");
  const prepared = (await shop.journal()).findLast((entry) => entry.kind === "step.done" && entry.step === "prepare");
  const about = {
    clone: await openClone(machine, shop.appDir),
    settings: new Settings([], "rollout").section(rolloutSection),
    shared: { "app-dir": shop.appDir, "compose-command": "docker compose", "compose-file": undefined, "database-service": "postgres" },
    ports: quietPorts(),
    said: false,
    deploy: { from: opened.from as string, prepared: prepared.result },
  };
  const told = (commit: string, previous = "") => ({
    SAVEPOINT_ENVIRONMENT: "production",
    SAVEPOINT_COMMIT: commit,
    SAVEPOINT_PREVIOUS_COMMIT: previous,
    SAVEPOINT_ID: opened.deploy as string,
  });
  const now = await openStrategy({ ...about, commit: running, environment: told(running) });
  const then = await openStrategy({ ...about, commit: target, environment: told(target, running) });
  expect([now.kind, then.kind]).toEqual(["compose", "compose"]);
  const moving = await then.plan.switchTo({ commit: target, stopped: true, edits: "keep", exact: true });
  const acts = [...(await now.plan.stop()), ...moving];
  const script = scriptOf("Back to the version before.", acts);
  expect(shellProblems(script, acts)).toEqual([]);
  return script;
}

/** By busybox's shell and tools, and of the host's own no more than git, the engine's client and what they need. */
async function runOnHost(script: string): Promise<void> {
  await writeFile(join(host.folder, "back.sh"), script);
  const applets = 'mkdir -p busybox && for tool in $(busybox --list); do ln -sf "$(command -v busybox)" "busybox/$tool"; done';
  await host.run(`${applets} && PATH="$PWD/busybox:$PATH" busybox sh back.sh 2>&1`, { cwd: host.folder });
}

/** Everything that tells which version it is: of each container its image, by the names that the compose file gives, and what is left in the folder. */
async function state(): Promise<unknown> {
  const containers = await Promise.all(
    (await shop.containers()).map(async ({ id, service, state: how }) => {
      const image = await docker(["inspect", "--format", "{{.Image}} {{.Config.Image}}", id]);
      // The database's is never another one.
      return `${service} ${how} ${image} ${service === "postgres" ? id : ""}`;
    }),
  );
  const named = await docker(["image", "inspect", "--format", "{{.Id}}", `${shop.project}-web`]);
  const files = await host.run("git status --porcelain; git stash list; ls -A", { cwd: shop.appDir });
  return { health: await answering(), head: await shop.head(), containers: containers.toSorted(), named, files };
}

async function answering(): ReturnType<ComposeShop["health"]> {
  for (let turn = 0; turn < 400; turn += 1) {
    const health = await shop.health();
    if (health !== undefined) return health;
    await new Promise((done) => setTimeout(done, 50));
  }
  return undefined;
}

/** A version that answers, and is not healthy, and brings a service of its own. */
async function failed(target: string): Promise<string> {
  const compose = await host.run(`git show ${target}:compose.yml`, { cwd: shop.appDir });
  const worker = "services:\n  worker:\n    build: .\n    command: sleep 1000\n    init: true\n";
  const commit = await shop.commit({
    on: target,
    behaviour: { broken: "out of order" },
    files: { "compose.yml": `${compose.replace("services:\n", worker)}\n`, "new.txt": "new" },
  });
  const run = await shop.run("rollout", {}, { workflow: "300.1" });
  expect(run.code, run.stderr).toBe(0);
  expect(await answering()).toMatchObject({ status: 500 });
  expect((await shop.containers()).map(({ service }) => service).toSorted()).toEqual(["postgres", "web", "worker"]);
  return commit;
}

test("the script of a rollback, run by busybox sh on the host, ends as the rollback does: compose", async () => {
  const deployed = await shop.run("deploy");
  expect(deployed.code, deployed.stderr).toBe(0);
  const target = await shop.head();
  await failed(target);
  const back = await shop.run("rollback", {}, { workflow: "300.1" });
  expect(back.code, back.stderr).toBe(0);
  const asRolledBack = await state();
  expect(asRolledBack).toMatchObject({ head: target, health: { status: 200, commit: target } });

  const running = await failed(target);
  const script = await scriptOfRollback({ running, target });
  await runOnHost(script);
  expect(await state(), script).toEqual(asRolledBack);
});

/** What the journal says of the deploy's end. */
async function closing(): Promise<Record<string, unknown> | undefined> {
  return (await shop.journal()).findLast((entry) => entry.kind === "deploy.opened" || entry.kind === "deploy.closed");
}

async function until(what: string, holds: () => Promise<boolean>, seconds: number): Promise<void> {
  const over = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > over) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

// Two whole deploys and the silence that a watchdog waits for: a busy machine takes more than the usual limit.
test("a deploy whose run was killed behind its switch is taken back by the host: code, schema and rows of one version, and the lock is free", async () => {
  const first = await shop.run("deploy", { "health-service": "web" });
  expect(first.code, first.stderr).toBe(0);
  const target = await shop.head();
  const commit = await shop.commit({
    on: target,
    behaviour: { broken: "out of order" },
    migrations: { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" },
  });
  const { child, done } = shop.start("deploy", { watchdog: "30s", "health-service": "web" }, { workflow: "400.1" });
  const switched = async (): Promise<boolean> =>
    (await shop.journal()).some((entry) => entry.kind === "step.done" && entry.step === "switch" && entry.result.commit === commit);
  await Promise.race([until("the switch", switched, 240), done.then((run) => Promise.reject(new Error(`it ended: ${run.stderr}`)))]);
  child.kill("SIGKILL");
  await done;
  await shop.sql("INSERT INTO notes (body, wide) VALUES ('written on the new version', 1)");

  await until("its end", async () => (await closing())?.["kind"] === "deploy.closed", 240);
  const folder = `${shop.stateDir}/watchdog`;
  const log = await host.run(`cat ${folder}/*/log`);
  expect(await host.run(`grep -c 'label=com.docker.compose.service=web' ${folder}/*/script`)).toMatch(/^[1-9]/);
  expect(await closing(), log).toMatchObject({ as: "rolled-back", on: target, schema: "proven", owner: "watchdog" });
  expect(await state(), log).toMatchObject({ head: target, health: { status: 200, commit: target } });
  const columns = await shop.sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'notes' AND column_name = 'wide'");
  expect(columns).toEqual([]);
  const { replaced } = (await shop.journal()).findLast((entry) => entry.kind === "database.replaced") as { replaced: string };
  expect(await shop.sql("SELECT body FROM notes WHERE wide = 1", replaced)).toEqual([{ body: "written on the new version" }]);
  const status = await shop.run("status");
  expect(status.json, log).toMatchObject({
    outputs: { state: "idle", running: target, stable: target },
    details: { lock: { state: "free" } },
  });
  expect((await shop.run("journal")).code).toBe(0);

  // Its script ended with the deploy. One that goes well tells its own, which goes, too.
  await shop.commit({ on: target, behaviour: {}, message: "A good one" });
  const good = await shop.run("deploy", { watchdog: "30s" }, { workflow: "401.1" });
  expect(good.code, good.stderr).toBe(0);
  await until("the end of its watchdog", async () => !(await host.processes()).some((line) => line.includes("/watchdog/")), 60);
  expect((await shop.journal()).filter((entry) => entry.kind === "watchdog.armed")).toHaveLength(2);
  const stood = await host.run(
    `ls ${folder}/*/confirmed ${folder}/*/fired | wc -l; tail -n 1 ${folder}/*-${(await shop.head()).slice(0, 7)}/log`,
  );
  expect(stood).toMatch(/^2\n.*not needed any more$/);
}, 900_000);
