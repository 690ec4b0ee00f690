import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cancelled, Failure } from "../../src/core/failure.ts";
import type { Machine } from "../../src/core/machine.ts";
import { type Clone, openClone } from "../../src/machine/git/clone.ts";
import { localMachine } from "../../src/machine/process/local.ts";
import type { ComposeApp } from "../../src/rollout/compose/app.ts";
import { retainedName } from "../../src/rollout/compose/images.ts";
import { type PreparedCompose, prepareCompose } from "../../src/rollout/compose/prepare.ts";
import { pruneImages } from "../../src/rollout/compose/prune.ts";
import { removal, removeBrought } from "../../src/rollout/compose/stop.ts";
import { Standstill } from "../../src/rollout/standstill.ts";
import { composeStrategy } from "../../src/rollout/compose/compose.ts";
import { docker, engineEnv } from "../lab/engine.ts";
import { createOrigin, type Origin } from "../lab/git.ts";
import { NODE_IMAGE, POSTGRES_IMAGE } from "../lab/images.ts";
import { needs } from "../lab/needs.ts";

await needs("engine");

const SETTINGS = {
  strategy: "compose" as const,
  command: undefined,
  services: undefined,
  "stop-command": undefined,
  "start-command": undefined,
  transport: "fetch" as const,
};
const COMPOSE = `
services:
  web:
    build: .
    depends_on: [postgres]
    env_file: .env.web
    volumes: ["./uploads:/uploads"]
    init: true
  postgres:
    image: ${POSTGRES_IMAGE}
    entrypoint: ["sleep", "1000"]
    init: true
    environment: { POSTGRES_PASSWORD: "secret" }
    volumes: ["data:/var/lib/postgresql/data"]
volumes: { data: {} }
`;
const DOCKERFILE = `FROM ${NODE_IMAGE}\nCOPY version.txt* /app/\nCMD ["sh", "-c", "cat /app/version.txt; exec sleep 1000"]\n`;

let origin: Origin;
let machine: Machine;
let clone: Clone;
let project: string;
let said: string[];
let first: string;
let cancel: AbortController;

beforeEach(async () => {
  origin = await createOrigin({ onDisk: true });
  machine = localMachine({ env: { ...process.env, ...engineEnv() } });
  first = await origin.commitFiles({ "compose.yml": COMPOSE, Dockerfile: DOCKERFILE, "version.txt": "1.0\n" }, "1.0");
  project = `cmp${Math.random().toString(36).slice(2, 8)}`;
  clone = await openClone(machine, await origin.clone(project));
  writeFileSync(join(clone.directory, ".env.web"), "COLOUR=blue\n");
  mkdirSync(join(clone.directory, "uploads"));
  said = [];
  cancel = new AbortController();
});
afterEach(async () => {
  await docker(["compose", "--project-name", project, "down", "--volumes", "--remove-orphans", "--timeout", "1"]);
  const images = (await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]))
    .split("\n")
    .filter((name) => name.includes(project));
  if (images.length > 0) await docker(["image", "rm", "--force", ...images]);
  await origin[Symbol.asyncDispose]();
});

const compose = async (...words: string[]) => await docker(["compose", ...words], { cwd: clone.directory });
const up = async () => await compose("up", "--detach", "--build");
const container = async (service: string) => await compose("ps", "--all", "--quiet", service);
const imageOf = async (service: string) => await docker(["inspect", "--format", "{{.Image}}", await container(service)]);
const idOf = async (image: string) => await docker(["image", "inspect", "--format", "{{.Id}}", image]);
const note = (kind: string) => (line: string) => void said.push(`${kind}: ${line}`);

function ports() {
  return {
    signal: cancel.signal,
    clock: { now: () => new Date(), sleep: async (ms: number) => await sleep(ms) },
    report: {
      step: async <T>(_: string, body: () => Promise<T>) => await body(),
      say: note("say"),
      detail: note("detail"),
      notice: note("notice"),
      warning: note("warning"),
      mask: () => undefined,
    },
  };
}

function app(more: Partial<ComposeApp> = {}): ComposeApp {
  return {
    project: { machine, directory: clone.directory, command: ["docker", "compose"], files: [], environment: { SAVEPOINT_COMMIT: "c" } },
    name: undefined,
    services: undefined,
    databaseService: undefined,
    changing: [],
    added: [],
    ...more,
  };
}

async function prepare(commit: string, more: Partial<ComposeApp> = {}): Promise<PreparedCompose> {
  await clone.fetch({ commit });
  return await prepareCompose({ app: app(more), clone, commit, previous: await clone.head(), ports: ports() });
}

function strategy(commit: string, how: ComposeApp, standstill?: Standstill) {
  return composeStrategy(how, {
    clone,
    commit,
    settings: SETTINGS,
    environment: {},
    ports: ports(),
    decides: true,
    ...(standstill !== undefined && { standstill }),
  });
}

async function change(commit: string, more: Partial<ComposeApp> = {}) {
  return await strategy(commit, app(more)).switchTo({ commit });
}

async function back(commit: string, prepared: PreparedCompose) {
  const before = { commit, images: prepared.running };
  const compose = strategy(commit, app({ changing: prepared.changing, added: prepared.added, name: prepared.project, before }));
  await compose.stop();
  return await compose.switchTo({ commit, stopped: true, edits: "keep" });
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw new Error(`no Failure, but ${String(error)}`, { cause: error });
  return error;
}

test("a container that did not end when it was told to is named, with the time that it took, at a switch and at a stop", async () => {
  const stubborn = COMPOSE.replace("init: true\n  postgres:", "stop_grace_period: 2s\n  postgres:");
  const deaf = DOCKERFILE.replace("exec sleep 1000", "trap '' TERM; while :; do sleep 1; done");
  const settled = async (): Promise<void> => {
    // A shell that has not set its trap yet ends when it is told to.
    while ((await compose("logs", "web")) === "") await sleep(50);
    await sleep(300);
  };
  await origin.commitFiles({ "compose.yml": stubborn, Dockerfile: deaf }, "deaf");
  await clone.git.run(["pull", "--quiet"]);
  await up();
  await settled();
  const second = await origin.commitFiles({ "version.txt": "1.1\n" }, "1.1");
  const prepared = await prepare(second);
  const standstill = new Standstill(ports().clock);
  await strategy(second, app(), standstill).switchTo({ commit: second });
  standstill.answered(0);
  const deafened = "web did not end on SIGTERM within 2 s and was killed";
  expect(standstill.downtime?.parts.map(({ what }) => what)).toEqual([
    deafened,
    `start of ${second.slice(0, 7)} until its first healthy answer`,
  ]);
  expect(standstill.downtime?.parts[0]?.ms).toBeGreaterThanOrEqual(1900);
  expect(standstill.downtime?.ms).toBeLessThan(20_000);

  await settled();
  const stopping = app({ changing: prepared.changing, added: prepared.added, name: prepared.project });
  const back = strategy(first, stopping, standstill);
  await back.stop();
  await back.switchTo({ commit: first, stopped: true, edits: "keep" });
  standstill.answered(0);
  const again = standstill.downtime?.parts.map(({ what }) => what) ?? [];
  expect(again.filter((what) => what === deafened)).toHaveLength(1);
  expect(again[0]).toBe(deafened);
});

test("what the engine does not stop or remove is told by name, and is neither stopped nor gone", async () => {
  const worker = `  worker:\n    build: .\n    init: true\nvolumes: { data: {} }`;
  await origin.commitFiles({ "compose.yml": COMPOSE.replace("volumes: { data: {} }", worker) }, "two services");
  await clone.git.run(["pull", "--quiet"]);
  await up();
  // Stops the first one alone, and removes nothing.
  const tool = join(origin.folder, "engine");
  const half =
    '[ "$1" = stop ] && { docker stop "$2" >/dev/null; echo gone away >&2; exit 1; }\n[ "$1" = rm ] && { echo busy >&2; exit 1; }';
  writeFileSync(tool, `#!/bin/sh\n${half}\nexec docker "$@"\n`);
  chmodSync(tool, 0o755);
  const limping = app({ project: { ...app().project, command: [tool, "compose"] }, added: ["worker"] });
  expect(await strategy(first, limping).stop()).toBe("failed");
  expect(said.find((line) => line.startsWith("warning"))).toMatch(
    /^warning: Stopping (web|worker) failed \(exit 1\) on this machine; (web|worker) is stopped\. It said: gone away\. /,
  );
  const up2 = await removeBrought({ app: limping, ports: ports() });
  expect(up2.map(({ service }) => service)).toContain("worker");
  expect(said.join("\n")).toMatch(/warning: .*worker.* could not be removed \(exit 1\): .*rm --force/);
  await strategy(first, app()).start();
  expect(await docker(["inspect", "--format", "{{.State.Status}}", await container("web"), await container("worker")])).toBe(
    "running\nrunning",
  );
  // What a way back prints where it could not remove them.
  const names = up2.map(({ name }) => name);
  expect((await clone.machine.run({ words: ["sh", "-c", removal(app(), up2)] })).code).toBe(0);
  const there = (await docker(["ps", "--all", "--format", "{{.Names}}"])).split("\n");
  expect(names.filter((name) => there.includes(name))).toEqual([]);
});

describe("preparing", () => {
  test("builds beside the running version: its container, its image's name and its files stay as they are", async () => {
    await up();
    const before = { web: await container("web"), named: await idOf(`${project}-web`), image: await imageOf("web") };
    const second = await origin.commitFiles({ "version.txt": "1.1\n" }, "1.1");
    const prepared = await prepare(second);
    expect({ web: await container("web"), named: await idOf(`${project}-web`), image: await imageOf("web") }).toEqual(before);
    expect(readFileSync(join(clone.directory, "version.txt"), "utf8")).toBe("1.0\n");
    expect(prepared).toMatchObject({ project, changing: ["web"], added: [], running: { web: before.image } });
    expect(prepared.images["web"]).toBe(await idOf(retainedName(project, "web", second)));
    expect(prepared.images["web"]).not.toBe(before.image);
    expect(await idOf(retainedName(project, "web", first))).toBe(before.image);
    expect(existsSync(join(clone.gitDirectory, "savepoint/tree"))).toBe(false);
  });

  test("a build that fails leaves nothing behind and shows its last lines", async () => {
    await up();
    const bad = await origin.commitFiles({ Dockerfile: `${DOCKERFILE}RUN echo 'this is why' && exit 3\n` }, "bad");
    const web = await container("web");
    const error = await failure(prepare(bad));
    expect(error).toMatchObject({ code: "build-failed", exit: 1 });
    expect(error.evidence.join("\n")).toContain("this is why");
    expect(await container("web")).toBe(web);
    expect(await docker(["image", "ls", "--quiet", retainedName(project, "web", bad)])).toBe("");
    expect(existsSync(join(clone.gitDirectory, "savepoint/tree"))).toBe(false);
  });

  test("a build that is cancelled ends, and leaves nothing behind", async () => {
    const slow = await origin.commitFiles({ Dockerfile: `FROM ${NODE_IMAGE}\nRUN echo building; sleep 300\n` }, "slow");
    const preparing = prepare(slow).then(
      () => "done",
      (error: unknown) => error,
    );
    while (!said.some((line) => /\d building$/.test(line))) await sleep(50);
    cancel.abort();
    expect(await preparing).toBeInstanceOf(Cancelled);
    expect(await docker(["image", "ls", "--quiet", retainedName(project, "web", slow)])).toBe("");
    expect(existsSync(join(clone.gitDirectory, "savepoint/tree"))).toBe(false);
  });

  test("a folder with quotes, spaces and `$()` in its name is only a folder", async () => {
    const name = `${project} é '"$(touch hacked)"`;
    clone = await openClone(machine, await origin.clone(name));
    writeFileSync(join(clone.directory, ".env.web"), "");
    const prepared = await prepare(first);
    // As compose itself takes a project's name from a folder's.
    expect(prepared.project).toBe(`${project}touchhacked`);
    expect(prepared.images["web"]).toMatch(/^sha256:/);
    expect(existsSync(join(clone.directory, "hacked"))).toBe(false);
  });

  test("small untracked files are there for the build, uploads and what git tracks otherwise are not taken from app-dir", async () => {
    writeFileSync(join(clone.directory, "secret.pem"), "pem\n");
    for (let at = 0; at < 100; at += 1) writeFileSync(join(clone.directory, "uploads", `${at}`), "x");
    const commit = await origin.commitFiles(
      { "version.txt": "1.1\n", Dockerfile: `FROM ${NODE_IMAGE}\nCOPY . /app/\nCMD ["sleep", "1000"]\n` },
      "copies all",
    );
    await prepare(commit);
    const list = await docker(["run", "--rm", retainedName(project, "web", commit), "sh", "-c", "cd /app; ls -A; cat version.txt"]);
    expect(list.split("\n").toSorted()).toEqual([".env.web", "1.1", "Dockerfile", "compose.yml", "secret.pem", "version.txt"]);
  });

  test("a project of that name that runs from another folder is refused", async () => {
    await up();
    const other = join(origin.folder, "elsewhere", basename(clone.directory));
    mkdirSync(join(origin.folder, "elsewhere"));
    clone = await openClone(machine, await origin.clone(join("elsewhere", basename(clone.directory))));
    writeFileSync(join(other, ".env.web"), "");
    const error = await failure(prepare(first));
    expect(error).toMatchObject({ code: "other-folder", exit: 2 });
    expect(error.message).toContain(realpathSync(join(origin.folder, project)));
  });

  test("a commit that renames the project, has no compose file, or one that cannot be read is refused", async () => {
    await up();
    const renamed = await origin.commitFiles({ "compose.yml": `name: other${COMPOSE}` }, "renamed");
    expect(await failure(prepare(renamed))).toMatchObject({ code: "other-name", exit: 2 });
    const broken = await origin.commitFiles({ "compose.yml": "services: [" }, "broken");
    expect(await failure(prepare(broken))).toMatchObject({ code: "compose-config", exit: 2 });
    const none = await origin.commitFiles({ "compose.yml": null }, "none");
    expect(await failure(prepare(none))).toMatchObject({ code: "no-compose-file", exit: 2 });
  });

  test("what runs though the files do not name it, or only in a profile that is not active, is told of, and left running", async () => {
    const more = (...names: readonly string[]): string =>
      COMPOSE.replace(
        "volumes: { data: {} }",
        `${names.map((name) => `  ${name}: { image: ${NODE_IMAGE}, command: ["sleep", "1000"], init: true, profiles: [${name}] }\n`).join("")}volumes: { data: {} }`,
      );
    writeFileSync(join(clone.directory, "compose.yml"), more("debug", "old"));
    await docker(["compose", "--profile", "*", "up", "--detach", "debug", "old"], { cwd: clone.directory });
    writeFileSync(join(clone.directory, "compose.yml"), COMPOSE);
    await prepare(await origin.commitFiles({ "compose.yml": more("debug") }, "without old"));
    const notices = said.filter((line) => line.startsWith("notice"));
    expect(notices.find((line) => line.includes("the new version has no such service"))).toMatch(/: old \(\S+-old-1\):/);
    expect(notices.find((line) => line.includes("COMPOSE_PROFILES"))).toMatch(/: debug \(\S+-debug-1\):/);
  });

  test("compose files in a folder of their own: builds, `.env` and relative paths are that folder's, as compose has it", async () => {
    const files = {
      "deploy/compose.yml": COMPOSE.replace("build: .", "build: ./web"),
      "deploy/web/Dockerfile": DOCKERFILE,
      "deploy/web/version.txt": "${VERSION}\n",
    };
    const commit = await origin.commitFiles({ ...files, "compose.yml": null, Dockerfile: null }, "moved");
    mkdirSync(join(clone.directory, "deploy"));
    writeFileSync(join(clone.directory, "deploy/.env.web"), "COLOUR=green\n");
    writeFileSync(join(clone.directory, "deploy/.env"), `COMPOSE_PROJECT_NAME=${project}\n`);
    const mine = { project: { ...app().project, files: ["deploy/compose.yml"] } };
    expect((await prepare(commit, mine)).project).toBe(project);
    await change(commit, mine);
    const [web] = (
      await docker([
        "ps",
        "--quiet",
        "--filter",
        `label=com.docker.compose.project=${project}`,
        "--filter",
        "label=com.docker.compose.service=web",
      ])
    ).split("\n");
    expect(await docker(["inspect", "--format", "{{json .Config.Env}}", web ?? ""])).toContain("COLOUR=green");
    expect(await docker(["inspect", "--format", "{{(index .Mounts 0).Source}}", web ?? ""])).toBe(join(clone.directory, "deploy/uploads"));
  });

  test("a database among `services`, and a service that there is not, are refused", async () => {
    expect(await failure(prepare(first, { services: ["postgres"] }))).toMatchObject({ code: "database-service", exit: 2 });
    const error = await failure(prepare(first, { services: ["web", "worcker"] }));
    expect(error).toMatchObject({ code: "unknown-service", exit: 2 });
    expect(error.hint).toContain("web");
  });
});

describe("switching and going back", () => {
  beforeEach(up);

  test("starts what changed and never the database; project, volumes and relative mounts stay", async () => {
    const postgres = await container("postgres");
    // Also where its definition changes: a database is not recreated by a deploy.
    const second = await origin.commitFiles({ "version.txt": "1.1\n", "compose.yml": COMPOSE.replace('"secret"', '"other"') }, "1.1");
    const prepared = await prepare(second);
    const done = await change(second);
    expect(done.images).toEqual({ web: prepared.images["web"] });
    expect(await imageOf("web")).toBe(prepared.images["web"]);
    expect(await container("postgres")).toBe(postgres);
    const [mount] = JSON.parse(await docker(["inspect", "--format", "{{json .Mounts}}", await container("web")])) as { Source: string }[];
    expect(mount?.Source).toBe(join(clone.directory, "uploads"));
    expect(await docker(["ps", "--quiet", "--filter", `label=com.docker.compose.project=${project}`])).toMatch(/^\S+\n\S+$/);
  });

  test("the way back neither builds nor fetches: the very image that ran before, and what the failed version brought is gone", async () => {
    const before = await imageOf("web");
    const postgres = await container("postgres");
    const worker = `  worker:\n    image: ${NODE_IMAGE}\n    command: ["sleep", "1000"]\n    init: true\nvolumes: { data: {} }`;
    const second = await origin.commitFiles(
      { "version.txt": "1.1\n", "compose.yml": COMPOSE.replace("volumes: { data: {} }", worker) },
      "1.1",
    );
    const prepared = await prepare(second);
    expect(prepared.added).toEqual(["worker"]);
    await change(second);
    expect(await container("worker")).not.toBe("");
    said.length = 0;
    await back(first, prepared);
    expect(said.filter((line) => /Built|Pulled|build:|pull:/.test(line))).toEqual([]);
    expect(await imageOf("web")).toBe(before);
    expect(await container("postgres")).toBe(postgres);
    const left = await docker(["ps", "--all", "--format", "{{.Names}}", "--filter", `label=com.docker.compose.project=${project}`]);
    expect(left.split("\n").toSorted()).toEqual([`${project}-postgres-1`, `${project}-web-1`]);
  });

  test("an image that was pruned is built once more, with a warning", async () => {
    const second = await origin.commitFiles({ "version.txt": "1.1\n" }, "1.1");
    const prepared = await prepare(second);
    await change(second);
    await docker(["image", "rm", "--force", retainedName(project, "web", first)]);
    await back(first, { ...prepared, running: {} });
    expect(said.find((line) => line.startsWith("warning"))).toContain("web");
    expect(await docker(["logs", await container("web")])).toContain("1.0");
  });

  test("a service that does not stay up fails the switch at once, with its last lines", async () => {
    const dying = DOCKERFILE.replace(/CMD.*\n/, 'CMD ["sh", "-c", "echo cannot reach the moon >&2; exit 7"]\n');
    const second = await origin.commitFiles({ Dockerfile: dying }, "dies");
    const prepared = await prepare(second);
    const error = await failure(change(second));
    expect(error).toMatchObject({ code: "service-down", message: "`web` does not stay up after the start." });
    expect(error.evidence.join("\n")).toMatch(/web .*exited with code 7[\s\S]*cannot reach the moon/);
    await back(first, prepared);
    expect(await docker(["inspect", "--format", "{{.State.Status}}", await container("web")])).toBe("running");
  });

  test("only the services that are named are changed", async () => {
    const worker = `  worker:\n    build: .\n    init: true\nvolumes: { data: {} }`;
    const second = await origin.commitFiles(
      { "version.txt": "1.1\n", "compose.yml": COMPOSE.replace("volumes: { data: {} }", worker) },
      "1.1",
    );
    expect((await prepare(second, { services: ["worker"] })).changing).toEqual(["worker"]);
    const web = await container("web");
    await change(second, { services: ["worker"] });
    expect(await container("web")).toBe(web);
    expect(await container("worker")).not.toBe("");
  });

  test("compose is called as it is said, also from a path with words before it", async () => {
    const log = join(origin.folder, "calls");
    const tool = join(origin.folder, "docker-compose");
    writeFileSync(tool, `#!/bin/sh\necho "$*" >> '${log}'\nexec docker compose "$@"\n`);
    chmodSync(tool, 0o755);
    const second = await origin.commitFiles({ "version.txt": "1.1\n" }, "1.1");
    const called = app().project;
    const mine = { project: { ...called, command: ["env", "LC_ALL=C", tool] } };
    await prepare(second, mine);
    await change(second, mine);
    expect(readFileSync(log, "utf8")).toMatch(/build[\s\S]*up --detach --no-build/);
    expect(await docker(["logs", await container("web")])).toContain("1.1");
  });

  test("images of older versions go, those that are kept stay", async () => {
    const commits: string[] = [first];
    for (const version of ["1.1", "1.2"]) {
      const commit = await origin.commitFiles({ "version.txt": `${version}\n` }, version);
      await prepare(commit);
      await change(commit);
      commits.push(commit);
    }
    const gone = await pruneImages(app().project, { name: project, services: ["web"], keep: new Set(commits.slice(1)) });
    expect(gone).toEqual([retainedName(project, "web", first)]);
    expect(await idOf(retainedName(project, "web", commits[1] ?? ""))).toMatch(/^sha256/);
  });
});
