import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { healthScript } from "../../../../src/deploy/watchdog/health-script.ts";
import { lockScript } from "../../../../src/deploy/watchdog/lock-script.ts";
import type { WatchdogPlan } from "../../../../src/deploy/watchdog/plan.ts";
import { watchdogScript } from "../../../../src/deploy/watchdog/script.ts";
import { removeAct, stopAct, tagAct, upAct } from "../../../../src/rollout/compose/acts.ts";
import { shellProblems } from "../../../lab/shellcheck.ts";

const NEW = "0123456789abcdef0123456789abcdef01234567";
const OLD = "76543210fedcba9876543210fedcba9876543210";
const engine = { command: ["docker", "compose"] };
const project = { machine: undefined as never, directory: "/srv/shop", command: ["docker", "compose"], files: [] };
const undo = [upAct(project, ["web"])];
const plan: WatchdogPlan = {
  title: "The watchdog of a deploy.",
  deploy: "20261128T120000Z-0123456",
  commit: NEW,
  target: { commit: OLD, why: "it's latest-stable", apart: false },
  folder: "/state/watchdog/one's",
  paths: { lock: "/state/lock", beat: "/state/beat", journal: "/state/journal.jsonl", running: "/state/running" },
  holder: { id: "held", owner: "ada@desk@x" },
  id: "dog",
  silentSeconds: 600,
  app: {
    folder: "/srv/shop",
    stop: [{ ...stopAct(engine, "shop", ["web"]), mayFail: true, undo }],
    place: [
      { what: "the files", words: ["git", "checkout", "--detach", OLD], folder: "/srv/shop" },
      tagAct(engine, "savepoint/shop-web:old", "shop-web"),
      { ...upAct(project, ["web"]), timeLimit: 60_000 },
    ],
  },
  database: {
    name: "shop",
    entry: { kind: "service", engine: ["docker"], labels: ["com.docker.compose.project=shop", "com.docker.compose.service=postgres"] },
    outside: ["postgres", "template1"],
    copy: { name: "shop_warm_20261128T120000Z_abcdef", oid: "16384", row: "777" },
    savepoint: "20261128T120000Z-0123456",
    settings: [`ALTER DATABASE "shop_warm_20261128T120000Z_abcdef" SET work_mem TO '4MB'`],
    mark: "@8b1a9953c461",
    histories: ["public.schema_migrations"],
  },
  health: {
    service: {
      engine: ["sudo", "-E", "docker"],
      labels: ["com.docker.compose.project=shop", "com.docker.compose.service=it's"],
      ofCommit: true,
    },
    url: "http://localhost:3000/it's",
    status: [{ from: 200, to: 299 }],
    contains: "it's",
    version: { names: ["v1.2"], key: "commit" },
    timeoutSeconds: 60,
    successes: 3,
  },
};
const host = {
  ...plan,
  database: plan.database && { ...plan.database, entry: { kind: "host" as const, variables: { PGHOST: "/run/postgresql" } } },
};
const PLANS = [
  ["with a service's database", plan],
  ["with a database of the host's", host],
  ["without a database", { ...plan, database: undefined }],
  ["that asks for a text", { ...plan, health: { ...plan.health, version: { text: "1.0" } } }],
  ["that asks for a word", { ...plan, health: { ...plan.health, contains: undefined, version: { names: [], key: undefined } } }],
] as const;

describe("the watchdog's script", () => {
  // It takes its time.
  test.each([PLANS[0], PLANS[2]])("%s is one that ShellCheck has nothing to say of", (_, one) => {
    expect(shellProblems(watchdogScript(one), [...one.app.stop, ...one.app.place])).toEqual([]);
  });

  test.each(PLANS)("%s is read by dash, bash and busybox", (_, one) => {
    for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
      const [program = "", ...words] = shell;
      const { status, stderr } = spawnSync(program, [...words, "-n"], { input: watchdogScript(one), encoding: "utf8" });
      expect([status, stderr], shell.join(" ")).toEqual([0, ""]);
    }
  });

  test.each(PLANS)("%s does nothing that it must not", (_, one) => {
    expect(forbidden(watchdogScript(one))).toEqual([]);
  });

  test("each thing that it must not do would be found", () => {
    const acts = [
      ["git", "fetch", "origin"],
      ["git", "push", "origin", "v1"],
      ["git", "tag", "latest-stable"],
      ["docker", "compose", "build"],
      ["docker", "compose", "up", "--build"],
      ["docker", "compose", "pull"],
      ["docker", "rm", "x"],
      ["docker", "image", "prune"],
      ["pg_restore", "x"],
      ["dropdb", "x"],
      ["psql", "-c", "DROP DATABASE x"],
      ["psql", "-c", "DELETE FROM notes"],
      removeAct(engine, "shop", ["worker"]).words,
    ];
    for (const words of acts) {
      const place = [{ what: "it", words }];
      expect(forbidden(watchdogScript({ ...plan, app: { ...plan.app, place } })), words.join(" ")).not.toEqual([]);
    }
  });
});

describe("the service that a watchdog asks for", () => {
  const asked = { ...plan.health, service: { engine: ["docker"], labels: ["com.docker.compose.service=web"], ofCommit: true } };
  /** What it says of containers that the engine tells so, look after look. */
  async function looks(...told: readonly (readonly string[])[]): Promise<readonly string[]> {
    const folder = await mkdtemp(join(tmpdir(), "savepoint-dog-"));
    try {
      const docker = `#!/bin/sh\ncd ${folder}/$(cat ${folder}/look) || exit 1\nif [ "$1" = ps ]; then ls; else for id do :; done; cat "$id"; fi\n`;
      await writeFile(join(folder, "docker"), docker, { mode: 0o755 });
      for (const [look, containers] of told.entries()) {
        await mkdir(join(folder, String(look)));
        for (const [id, one] of containers.entries()) await writeFile(join(folder, String(look), `c${id}`), `${one}\n`);
      }
      const turn = 'echo "$look" >look; if service_is_up; then echo up; else echo "$reason"; fi';
      const script = `cd ${folder}\n${healthScript(asked, OLD)}\nfor look in ${told.map((_, at) => at).join(" ")}; do ${turn}; done`;
      const { stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8", env: { PATH: `${folder}:${process.env["PATH"]}` } });
      expect(stderr).toBe("");
      return stdout.trim().split("\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  test.each([
    ["runs, healthy, of the version", [[`running/healthy/0/${OLD}`]], ["up"]],
    ["has no health check, or says no version", [["running//0/"], ["running/none/0/"]], ["up", "up"]],
    ["is not there", [[]], ["the service has no container"]],
    ["is starting", [[`running/starting/0/${OLD}`]], ["the container of the service is starting"]],
    [
      "has one that is not healthy",
      [[`running/healthy/0/${OLD}`, `running/unhealthy/0/${OLD}`]],
      ["the container of the service is unhealthy"],
    ],
    ["has ended", [[`exited//0/${OLD}`]], ["the container of the service is exited"]],
    ["is of another version", [[`running/healthy/0/${NEW}`]], ["the container of the service is of another version"]],
    ["was restarted", [["running//1/"], ["running//2/"], ["running//2/"]], ["up", "the container of the service was restarted", "up"]],
  ])("that %s", async (_, told, said) => {
    expect(await looks(...told)).toEqual(said);
  });
});

/** How one that is armed and hears of nobody finds things. */
interface Found {
  readonly lock: string;
  readonly journal?: string;
  readonly armed?: boolean;
  /** What git says is checked out; undefined where it cannot be asked. */
  readonly head?: string | undefined;
  /** What psql does with its input, where there is a database. */
  readonly psql?: string;
  /** Once it has said this, it is told that it is not needed. */
  readonly until?: string;
  /** What git says then, for a while, before that. */
  readonly afterwards?: string;
}

/** How one ends in a folder of its own: its exit, what it said last, and how it stands then. */
async function left(about: Found): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-dog-"));
  const path = (name: string): string => join(folder, name);
  const paths = { lock: path("lock"), beat: path("beat"), journal: path("journal.jsonl"), running: path("running") };
  const database = about.psql === undefined ? undefined : host.database;
  const one = { ...plan, folder, paths, silentSeconds: 1, database, app: { folder, stop: [], place: [] } };
  const log = async (): Promise<string> => await readFile(path("log"), "utf8").catch(() => "");
  try {
    await mkdir(path("bin"));
    const checkedOut = async (head: string): Promise<void> => {
      await writeFile(path("bin/git.new"), `#!/bin/sh\n${head}\n`, { mode: 0o755 });
      await rename(path("bin/git.new"), path("bin/git"));
    };
    const { head = "none" } = about;
    await checkedOut("head" in about && about.head === undefined ? "exit 128" : `echo ${head}`);
    await writeFile(path("bin/psql"), `#!/bin/sh\n${about.psql ?? "exit 2"}\n`, { mode: 0o755 });
    await writeFile(path("script"), watchdogScript(one));
    await writeFile(path("stamp"), "as before\n");
    await writeFile(path("lock"), about.lock);
    await writeFile(path("journal.jsonl"), about.journal ?? "");
    if (about.armed !== false) await writeFile(path("armed"), "");
    const child = spawn("sh", [path("script")], { stdio: "ignore", env: { PATH: `${path("bin")}:${process.env["PATH"]}` } });
    const ended = new Promise((done) => child.once("exit", done));
    const { until } = about;
    if (until !== undefined) {
      await vi.waitFor(async () => expect(await log()).toContain(until), { timeout: 60_000, interval: 200 });
      if (about.afterwards !== undefined) {
        await checkedOut(`echo ${about.afterwards}`);
        // Longer than it waits between two looks.
        await Promise.race([ended, sleep(8000)]);
      }
      await rename(path("armed"), path("confirmed")).catch(() => undefined);
    }
    const code = await ended;
    const said = (await log()).trim().split("\n").at(-1)?.replace(/^\S+ /, "");
    const lock = await readFile(path("lock"), "utf8").catch(() => undefined);
    const journal = await readFile(path("journal.jsonl"), "utf8");
    return [code, said, existsSync(path("armed")), lock === about.lock, ...(journal.includes('"as":"abandoned"') ? ["abandoned"] : [])];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// Each waits, mostly.
describe.concurrent("a watchdog that hears of nobody", () => {
  const held = JSON.stringify({ id: "held", fence: 7, owner: "ada@desk", since: "2026-11-28T12:00:00.000Z" });
  const another = JSON.stringify({
    id: "next",
    fence: 8,
    owner: "bob@desk",
    deploy: "20261128T130000Z-fedcba9",
    since: "2026-11-28T13:00:00.000Z",
  });
  const goesOn = JSON.stringify({ id: "next", fence: 8, owner: "ada@desk", deploy: plan.deploy, since: "2026-11-28T13:00:00.000Z" });
  // As a run writes it, and as the script itself does.
  const closed = `{"v":2,"owner":"ada@desk","fence":7,"deploy":"${plan.deploy}","kind":"deploy.closed","as":"failed"}\n`;
  const byScript = `{"v":2,"owner":"watchdog","deploy":"${plan.deploy}","kind":"deploy.closed","deploy":"${plan.deploy}","as":"failed"}\n`;

  test.each([
    { what: "was told that it is not needed", about: { lock: held, armed: false }, ends: [0, "not needed any more", false, true] },
    {
      what: "finds the lock another deploy's",
      about: { lock: another },
      ends: [0, "the lock is not that of this deploy any more", true, true],
    },
    { what: "finds nobody's lock", about: { lock: "" }, ends: [0, "the lock is not that of this deploy any more", true, true] },
    { what: "finds its deploy over", about: { lock: goesOn, journal: closed }, ends: [0, "this deploy is over", true, true] },
    { what: "finds that another ended it", about: { lock: goesOn, journal: byScript }, ends: [0, "this deploy is over", true, true] },
  ])("and $what goes, and touches nothing", async ({ about, ends }) => {
    expect(await left(about)).toEqual(ends);
  });

  test.each([
    ["whose lock it was armed under", held],
    ["that somebody went on with", goesOn],
  ])("of a deploy %s takes it", async (_, lock) => {
    // There is nothing there that it could go back to.
    expect(await left({ lock })).toEqual([1, expect.stringContaining("another commit is checked out"), false, false]);
  });

  /** What its run wrote: of each step its name, whether it began alone, failed or was done. */
  const wrote = (...steps: readonly string[]): string =>
    steps
      .flatMap((one) => {
        const [step = "", ended = "done"] = one.split(" ");
        return (ended === "began" ? ["started"] : ["started", ended]).map(
          (what) => `{"v":2,"owner":"ada@desk","fence":7,"deploy":"${plan.deploy}","kind":"step.${what}","step":"${step}","intent":{}}\n`,
        );
      })
      .join("");
  const before = wrote("prepare", "backup");
  const lost = "\0".repeat(700);
  const closes = [0, "closed: nothing was changed, and nothing was touched", false, false, "abandoned"];
  /** psql that answers whatever is asked, and tells the schema so. */
  const telling = (stamp: string): string =>
    `case $(cat) in 'SELECT 1;') echo 1 ;; *pg_terminate_backend*) ;; *'FROM pg_stat_activity'*) echo 0 ;; *) ${stamp} ;; esac`;

  test.each<{ readonly what: string; readonly about: Omit<Found, "lock">; readonly ends: readonly unknown[] }>([
    { what: "no database", about: { journal: before, head: OLD }, ends: closes },
    { what: "zero bytes of a loss of power in it", about: { journal: `${lost}${before}`, head: OLD }, ends: closes },
    { what: "the schema as it was", about: { journal: before, head: OLD, psql: telling("echo 'as before'") }, ends: closes },
    { what: "a database that cannot be asked", about: { journal: before, head: OLD, psql: "exit 2" }, ends: closes },
    {
      what: "another schema all the same",
      about: { journal: before, head: OLD, psql: telling("echo another") },
      ends: [1, expect.stringContaining("could not swap the copy"), false, false],
    },
    {
      what: "another version on the host",
      about: { journal: before, head: NEW },
      ends: [1, expect.stringContaining("another commit is checked out"), false, false],
    },
    {
      what: "a step that was begun",
      about: { journal: wrote("prepare", "backup", "migrate began"), head: NEW },
      ends: [1, expect.stringContaining("another commit is checked out"), false, false],
    },
    {
      what: "a step that was begun, and no answer of git",
      about: { journal: wrote("prepare", "backup", "migrate began"), head: undefined },
      ends: [1, "failed: The watchdog could not ask git what is checked out; the app was not touched.", false, false],
    },
    {
      what: "a journal that tells of no step",
      about: { journal: "", head: NEW },
      ends: [1, expect.stringContaining("another commit is checked out"), false, false],
    },
  ])("of a deploy that changed nothing, by its journal, closes it; with $what", async ({ about, ends }) => {
    expect(await left({ lock: held, ...about })).toEqual(ends);
  });

  const whole = wrote("prepare", "backup", "migrate", "switch", "health");
  const goesBack = [1, expect.stringContaining("another commit is checked out"), false, false];

  test.each<{ readonly what: string; readonly about: Omit<Found, "lock">; readonly ends: readonly unknown[] }>([
    {
      what: "is left to its run and to recover",
      about: { journal: whole, head: NEW, until: "it is not taken back" },
      ends: [0, "not needed any more", false, true],
    },
    {
      what: "is left so where a loss of power left zero bytes in the journal",
      about: { journal: `${lost}${whole}`, head: NEW, until: "it is not taken back" },
      ends: [0, "not needed any more", false, true],
    },
    {
      what: "is left so where git cannot be asked",
      about: { journal: whole, head: undefined, until: "it is not taken back" },
      ends: [0, "not needed any more", false, true],
    },
    {
      what: "is left so for good, whatever somebody checks out there then",
      about: { journal: whole, head: NEW, until: "it is not taken back", afterwards: "other" },
      ends: [0, "not needed any more", false, true],
    },
    { what: "goes back where another version is on the host", about: { journal: whole, head: "other" }, ends: goesBack },
    { what: "goes back where something was begun after it", about: { journal: whole + wrote("migrate began"), head: NEW }, ends: goesBack },
    { what: "goes back where the next one failed", about: { journal: whole + wrote("health failed"), head: NEW }, ends: goesBack },
    { what: "goes back where a rollback was begun", about: { journal: whole + wrote("rollback began"), head: NEW }, ends: goesBack },
  ])("of a deploy whose health check passed: $what", async ({ about, ends }) => {
    expect(await left({ lock: held, ...about })).toEqual(ends);
  });
});

describe("a part of the script", () => {
  /** With pauses that are none, in a folder of its own. */
  async function said(script: (folder: string) => string): Promise<readonly string[]> {
    const folder = await mkdtemp(join(tmpdir(), "savepoint-dog-"));
    const start = "set -u\nsay() { printf '%s\\n' \"$*\"; }\nsleep() { command sleep 0.01; }\n";
    try {
      const child = spawn("sh", ["-c", start + script(folder)], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.on("data", (part: Buffer) => (text += part.toString()));
      await new Promise((done) => child.once("close", done));
      return text.trim().split("\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  test("goes on giving signs of life where some could not be given, and says so once", async () => {
    const lines = await said((folder) => {
      const paths = {
        lock: `${folder}/lock`,
        beat: `${folder}/gone/beat`,
        journal: `${folder}/journal.jsonl`,
        running: `${folder}/running`,
      };
      return `${lockScript({ ...plan, paths })}
fence=8
printf '{"id":"dog"}\\n' >lock
seen() { tries=0; until "$@" || [ "$tries" -ge 1000 ]; do sleep 1; tries=$((tries + 1)); done; "$@" || say 'not seen'; }
keep_beating 2>/dev/null >>log
seen grep -q 'no sign of life' log
command sleep 0.5
mkdir gone
seen [ -e gone/beat ]
rm gone/beat
seen [ -e gone/beat ]
kill "$beater"
cat log`;
    });
    expect(lines).toEqual(["no sign of life could be given; it is tried again"]);
  });

  test("asks for health by the address as it is written", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, answer) => {
      asked.push(url);
      answer.end("it's well");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{a,b}[1-2]`;
    try {
      const health = { ...plan.health, service: undefined, url, version: undefined };
      expect(await said(() => `${healthScript(health, OLD)}\nask && say passed || say "$reason"`)).toEqual(["passed"]);
      expect(asked).toEqual(["/{a,b}[1-2]"]);
    } finally {
      server.close();
    }
  });
});

/** Fetch, build, pull, restore a dump, run DOWN or hooks, drop or delete, move tags, mark stable. Its own notes and the lock it may remove. */
const FORBIDDEN: readonly RegExp[] = [
  /\bgit\b.*\b(?:fetch|pull|push|clone|tag|gc|prune)\b/,
  /\b(?:docker|compose)\b.*\b(?:build|rm|rmi|prune|down|kill|create|run|restart)\b/,
  /\b(?:docker|compose)\b.*\bpull\b(?! never)/,
  /--build\b/,
  /\brm --force\b/,
  /\b(?:pg_restore|pg_dump|dropdb|createdb|dropuser)\b/,
  /\b(?:DROP|TRUNCATE|DELETE FROM|CREATE DATABASE|CREATE TABLE|INSERT INTO|UPDATE \w+ SET)\b/,
  /"kind":"(?:stable\.|tags\.|health\.passed)/,
  /"as":"confirmed"/,
];

function forbidden(script: string): readonly string[] {
  return script
    .split("\n")
    .filter((line) => !/^\s*(?:#|--)/.test(line))
    .map((line) => line.replaceAll(/--no-build|--no-deps/g, ""))
    .filter((line) => FORBIDDEN.some((one) => one.test(line)));
}
