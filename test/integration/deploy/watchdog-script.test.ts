import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Settings } from "../../../src/core/settings.ts";
import type { WatchdogPlan } from "../../../src/deploy/watchdog/plan.ts";
import { watchdogScript } from "../../../src/deploy/watchdog/script.ts";
import { statePaths } from "../../../src/journal/paths.ts";
import { openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { rolloutSection } from "../../../src/rollout/inputs.ts";
import { openStrategy } from "../../../src/rollout/strategies.ts";
import { type Busybox, busyboxOnly } from "../../lab/busybox.ts";
import { quietPorts } from "../../lab/quiet-ports.ts";
import { openShop, type Shop, START, STOP } from "../../lab/shop.ts";

const WIDER = { "002_wider.sql": "-- UP\nALTER TABLE notes ADD wide int;\n-- DOWN\nALTER TABLE notes DROP wide;\n" };

let shop: Shop;
let tools: Busybox;
let target: string;
let asDeployed: unknown;
let turn = 0;
const running: ChildProcess[] = [];
beforeAll(async () => {
  [shop, tools] = await Promise.all([openShop({ profile: { backup: { verify: "restore", warm: true } } }), busyboxOnly()]);
  // What the app's own commands call, and psql, are the host's.
  for (const tool of ["git", "nohup", "psql"]) {
    const program = execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
    if (!existsSync(join(tools.folder, tool))) await symlink(program, join(tools.folder, tool));
  }
  ({ commit: target } = await shop.deployed());
  asDeployed = await state();
});
afterEach(() => {
  // What one that ended has started is the app.
  for (const child of running.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await tools?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  turn += 1;
});

/** How a script's time went: by which shell, with which programs, and what it is to find. */
interface Watched {
  readonly shell: readonly string[];
  readonly path: string;
  readonly migrations?: Readonly<Record<string, string>>;
  /** The version gone back to does not pass so often as is wanted. */
  readonly unhealthy?: true;
  /** It is killed before its so-manieth entry of the journal. */
  readonly killedBefore?: number;
}

/** The plan of the deploy that is open, by the same acts as a rollback's. */
async function planOf(folder: string, commit: string): Promise<WatchdogPlan> {
  const journal = await shop.journal();
  const { deploy } = journal.findLast((entry) => entry.kind === "deploy.opened") as { deploy: string };
  const { result } = journal.findLast((entry) => entry.kind === "step.done" && entry.step === "backup");
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
  const told = (to: string, previous = "") => ({
    SAVEPOINT_ENVIRONMENT: "production",
    SAVEPOINT_COMMIT: to,
    SAVEPOINT_PREVIOUS_COMMIT: previous,
    SAVEPOINT_ID: deploy,
  });
  const now = await openStrategy({ ...about, commit, environment: told(commit) });
  const then = await openStrategy({ ...about, commit: target, environment: told(target, commit) });
  const url = new URL(shop.database.url);
  return {
    title: "The watchdog of a test.",
    deploy,
    commit,
    target: { commit: target, why: "it is latest-stable", apart: false },
    folder,
    paths: statePaths(shop.stateDir),
    holder: { id: "of nobody", owner: `${300 + turn}.1` },
    id: `dog${turn}`,
    silentSeconds: 4,
    app: {
      folder: shop.appDir,
      stop: await now.plan.stop({ foreseen: true }),
      place: await then.plan.switchTo({ commit: target, stopped: true, edits: "keep", exact: true, removesNothing: true }),
    },
    database: {
      name: shop.database.name,
      entry: {
        kind: "host",
        variables: { PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: decodeURIComponent(url.password) },
      },
      outside: ["postgres", "template1"],
      copy: result.warm,
      savepoint: result.backup,
      settings: [],
      mark: "@test",
      histories: ["public.schema_migrations"],
    },
    health: {
      url: `${shop.url}/health`,
      status: [{ from: 200, to: 299 }],
      contains: undefined,
      version: { names: [], key: "commit" },
      timeoutSeconds: 60,
      successes: 2,
    },
  };
}

/** sha256sum, by which each entry is sealed: before one of them it kills the script. */
async function killing(folder: string, path: string, before: number | undefined): Promise<string> {
  if (before === undefined) return path;
  const place = join(folder, "first");
  await mkdir(place);
  const real = execFileSync("sh", ["-c", "command -v sha256sum"], { encoding: "utf8", env: { PATH: path } }).trim();
  const stub = `#!/bin/sh\nn=$(($(cat ${place}/n) + 1)); echo $n >${place}/n\n[ $n -lt ${before} ] || kill -KILL "$(cat ${folder}/pid)"\nexec ${real} "$@"\n`;
  writeFileSync(join(place, "n"), "0\n");
  writeFileSync(join(place, "sha256sum"), stub);
  chmodSync(join(place, "sha256sum"), 0o755);
  return `${place}:${path}`;
}

async function until(what: string, holds: () => boolean, seconds = 120): Promise<void> {
  const over = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > over) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** A deploy step by step, with the script started before it changes anything and armed once its run is gone; returns how that ended. */
async function watched({
  shell,
  path,
  migrations,
  killedBefore,
  unhealthy,
}: Watched): Promise<{ readonly code: number | null; readonly log: string; readonly commit: string }> {
  const commit = await shop.commit({
    on: target,
    behaviour: { broken: "out of order" },
    migrations: { ...migrations },
    message: `Turn ${turn}`,
  });
  const step = async (operation: string, flags = {}): Promise<void> => {
    const run = await shop.run(operation, flags, { workflow: `${300 + turn}.1` });
    expect(run.code, run.stderr).toBe(0);
  };
  await step("backup");
  const folder = join(shop.stateDir, "watchdog", `turn-${turn}`);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "script"),
    watchdogScript(unhealthy ? neverHealthy(await planOf(folder, commit)) : await planOf(folder, commit)),
  );
  await writeFile(join(folder, "proving"), "");
  await writeFile(join(folder, "ask"), "");
  const [program = "", ...words] = shell;
  const env = { PATH: await killing(folder, path, killedBefore), HOME: join(shop.folder, "home"), USER: "ada" };
  const child = spawn(program, [...words, join(folder, "script")], { cwd: "/", env, detached: true, stdio: "ignore" });
  running.push(child);
  const ended = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  const logged = (): string => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");
  await until("its proof", () => existsSync(join(folder, "seen")));
  expect(await readFile(join(folder, "seen"), "utf8"), logged()).toBe("proven\n");
  await step("migrate");
  await step("rollout");
  await shop.database.superuser(`INSERT INTO notes (body) VALUES ('written on turn ${turn}')`);
  renameSync(join(folder, "proving"), join(folder, "armed"));
  return { code: await ended, log: logged(), commit };
}

function neverHealthy(plan: WatchdogPlan): WatchdogPlan {
  return { ...plan, health: { ...plan.health, successes: 10_000, timeoutSeconds: 3 } };
}

/** Everything that tells which version it is. */
async function state(): Promise<unknown> {
  const git = (...words: readonly string[]): string => execFileSync("git", ["-C", shop.appDir, ...words], { encoding: "utf8" });
  const columns = await shop.database.superuser("SELECT column_name FROM information_schema.columns WHERE table_name = 'notes' ORDER BY 1");
  const history = await shop.database.superuser("SELECT version FROM schema_migrations ORDER BY 1");
  const health = await shop.health();
  return {
    health: { status: health?.status, commit: health?.commit },
    head: await shop.head(),
    files: git("status", "--porcelain"),
    columns,
    history,
  };
}

/** That it is back on the stable version, idle, and no row that was written is nowhere. */
async function expectBack(log: string): Promise<void> {
  const status = await shop.run("status");
  expect(status.json, log).toMatchObject({
    outputs: { state: "idle", running: target, stable: target },
    details: { lock: { state: "free" } },
  });
  expect(await state(), log).toMatchObject({ head: target, health: { status: 200, commit: target }, history: [{ version: "001" }] });
  const names = (
    await shop.database.superuser(`SELECT datname FROM pg_database WHERE datname ~ '^${shop.database.name}(_failed_.*)?$'`)
  ).map((row) => String(row["datname"]));
  const rows = await Promise.all(
    names.map(async (name) => await shop.database.superuser(`SELECT body FROM notes WHERE body = 'written on turn ${turn}'`, name)),
  );
  expect(rows.flat().length, "rows that are nowhere").toBeGreaterThan(0);
  const journal = await shop.run("journal");
  expect(journal.code, journal.stdout).toBe(0);
}

const dash = { shell: ["dash"], path: process.env["PATH"] ?? "" };

describe("the watchdog's script takes a deploy back on a host by itself", () => {
  test("run by dash it ends as a rollback does: the copy is swapped in, and what was written since is in the replaced database", async () => {
    const { code, log, commit } = await watched({ ...dash, migrations: WIDER });
    expect(code, log).toBe(0);
    await expectBack(log);
    const byItself = await state();
    const entries = (await shop.journal()).filter((entry) => entry.owner === "watchdog");
    expect(entries.map(({ kind, step }) => [kind, step].join(" ").trim())).toEqual([
      "lock.taken",
      "step.started rollback",
      "database.replaced",
      "step.done rollback",
      "went-back",
      "deploy.closed",
    ]);
    expect(entries.at(-3)?.result).toMatchObject({
      commit: target,
      database: "restored",
      replaced: expect.stringMatching(/_failed_\d{14}$/),
    });

    turn += 1;
    await shop.commit({ on: target, behaviour: { broken: "out of order" }, migrations: WIDER, message: "By hand" });
    for (const operation of ["backup", "migrate", "rollout"]) {
      const run = await shop.run(operation, {}, { workflow: "401.1" });
      expect(run.code, `${operation}: ${run.stderr}`).toBe(0);
    }
    const back = await shop.run("rollback", {}, { workflow: "401.1" });
    expect(back.code, back.stderr).toBe(0);
    expect(byItself).toEqual(await state());
    expect(byItself).toEqual(asDeployed);
    const again = await shop.run("deploy", { commit }, { workflow: "402.1" });
    expect([again.code, again.stderr], "quarantined, as after any way back").toEqual([2, expect.stringContaining("allow-quarantined")]);
  });

  test.each<{ readonly what: string; readonly how: Watched }>([
    { what: "busybox, and no tools but its own, psql and git", how: { shell: [], path: "" } },
    { what: "bash", how: { ...dash, shell: ["bash", "--posix"] } },
  ])("run by $what it keeps a database whose schema is the target's, with every row", async ({ what, how }) => {
    const busybox = what.startsWith("busybox");
    const { code, log } = await watched(busybox ? { shell: [join(tools.folder, "sh")], path: tools.folder } : how);
    expect(code, log).toBe(0);
    await expectBack(log);
    expect(await state()).toEqual(asDeployed);
    const done = (await shop.journal()).findLast((entry) => entry.kind === "step.done" && entry.owner === "watchdog");
    expect(done.result).toMatchObject({ database: "kept", replaced: null });
    expect(await shop.database.superuser(`SELECT FROM notes WHERE body = 'written on turn ${turn}'`)).toHaveLength(1);
  });

  test("a version that is back and not healthy is told as that, and the lock is free", async () => {
    const { code, log } = await watched({ ...dash, unhealthy: true });
    expect(code, log).toBe(1);
    const closed = (await shop.journal()).findLast((entry) => entry.kind === "deploy.closed");
    expect(closed).toMatchObject({
      owner: "watchdog",
      as: "failed",
      blocks: false,
      on: target,
      why: expect.stringContaining("the app is not healthy: it did not pass 10000 times"),
    });
    expect(await state()).toEqual(asDeployed);
    const status = await shop.run("status");
    expect([status.code, status.json.outputs.state, status.json.details.lock.state], status.stderr).toEqual([3, "idle", "free"]);
    const asked = await shop.run("health-check", { commit: target });
    expect(asked.code, asked.stderr).toBe(0);
    await expectBack(log);
  });

  test.each<{ readonly before: number; readonly what: string; readonly said: boolean }>([
    { before: 3, what: "the app was stopped", said: true },
    { before: 4, what: "all is back, and nothing says so", said: false },
  ])("killed when $what, recover goes on from there", async ({ before, said }) => {
    const { code, log } = await watched({ ...dash, migrations: WIDER, killedBefore: before });
    expect([code, log.includes("fired")], log).toEqual([null, true]);
    await shop.age(70);
    const env = { SAVEPOINT_LOCK_LEASE: "1m" };
    if (said) {
      const asked = await shop.run("recover", {}, { workflow: "403.1", env });
      expect(asked.code, asked.stderr).toBe(3);
    }
    const run = await shop.run("recover", said ? { confirm: "production" } : {}, { workflow: "403.1", env });
    expect(run.code, run.stderr).toBe(0);
    await expectBack(log + run.stderr);
    expect(await state()).toEqual(asDeployed);
  });
});
