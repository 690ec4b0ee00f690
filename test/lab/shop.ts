import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { miscounted } from "./counted.ts";
import { stringify } from "yaml";
import { endAllIn } from "./folder.ts";
import { createOrigin, git, type Origin } from "./git.ts";
import { type FreshDatabase, freePort, freshDatabase } from "./postgres.ts";
import { CLI, COMPILED, NODE } from "./program.ts";
import { ageState } from "./age-state.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** How a version of the app behaves; part of its commit. Nothing given: it starts at once and is healthy. */
export interface Behaviour {
  /** /health answers 500 with this. */
  readonly broken?: string;
  /** Ends at its start, with this on stderr. */
  readonly crash?: string;
  /** Does not listen before so many milliseconds. */
  readonly startMs?: number;
  /** Exits after so many requests. */
  readonly dieAfter?: number;
  /** Runs this at its start: an app that migrates by itself. */
  readonly startSql?: string;
  /** What /health asks the database. Default: `SELECT count(*) FROM notes`. */
  readonly query?: string;
}

export interface Change {
  /** Begins with the files of this commit again. Default: those of the last one. */
  readonly on?: string;
  /** Content by path; null removes. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** SQL by file name in `migrations/`. */
  readonly migrations?: Readonly<Record<string, string>>;
  /** Default: a healthy one. */
  readonly behaviour?: Behaviour;
  /** Changes of the environment's settings in `savepoint.yml`, section by section; they stay for later commits. */
  readonly profile?: Profile;
  /** How long health may take, for this version alone. Short for one that is to fail; else plenty. */
  readonly timeout?: string;
  readonly message?: string;
}

export type Profile = Readonly<Record<string, unknown>>;
export type Flags = Readonly<Record<string, string | number | true>>;

export interface RunOptions {
  /** More environment variables; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the developer's checkout. */
  readonly cwd?: string;
  /** As the steps of this workflow run and attempt (`100.1`), not as a person at a terminal. */
  readonly workflow?: string;
  /** The words of a program that runs the command: what follows them. */
  readonly under?: readonly string[];
  /** Another program than the command line, which takes its words. */
  readonly program?: string;
  /** Told of the process at once: to be signalled. */
  readonly started?: (child: ChildProcess) => void;
}

/** A command that ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  /** The result object only: the commands are run with `--json`. */
  readonly stdout: string;
  /** The story. */
  readonly stderr: string;
  // oxlint-disable-next-line no-explicit-any -- what it holds is what the tests are about
  readonly json: any;
}

export interface ActionRun extends Omit<Run, "json"> {
  /** What was written to GITHUB_OUTPUT. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface Health {
  readonly status: number;
  readonly body: string;
  /** The commit that answers, where it is healthy. */
  readonly commit: string | undefined;
}

/**
 * A small shop: a database (its owner is no superuser), a bare origin, a developer's checkout, and "the host", this
 * machine, with the app's clone, its `.env` and a state directory. The app is healthy where it can count its `notes`.
 */
export interface Shop extends AsyncDisposable {
  readonly folder: string;
  readonly database: FreshDatabase;
  readonly origin: Origin;
  readonly checkout: string;
  readonly appDir: string;
  readonly stateDir: string;
  /** The app's own. */
  readonly url: string;
  /** Commits and pushes a version, and returns its commit. The checkout is on it afterwards. */
  commit(change?: Change): Promise<string>;
  /** `savepoint <operation> --flag value … --json`, as a process of its own. A flag of `true` stands alone. */
  run(operation: string, flags?: Flags, options?: RunOptions): Promise<Run>;
  /** Runs a printed command as whoever pastes it into a shell, from a folder that knows nothing. */
  paste(command: string, options?: RunOptions): Promise<Run>;
  /** The same as `run`, but not waited for: to be killed, or asked meanwhile. */
  start(operation: string, flags?: Flags, options?: RunOptions): { readonly child: ChildProcess; readonly done: Promise<Run> };
  /** The built action, as a runner starts it: `INPUT_*`, `GITHUB_*` files. The default workflow is `100.1`. */
  action(name: string, inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<ActionRun>;
  /** Waits for a `deploy` that must succeed; returns its result object. */
  deployed(change?: Change): Promise<{ readonly commit: string; readonly savepoint: string; readonly tag: string }>;
  /** What the app answers now; undefined where nothing listens. */
  health(): Promise<Health | undefined>;
  /** The commit that is checked out on the host. */
  head(): Promise<string>;
  /** Commits by the origin's tag names. */
  tags(): Promise<ReadonlyMap<string, string>>;
  // oxlint-disable-next-line no-explicit-any -- read as whoever opens the file sees it
  journal(): Promise<readonly any[]>;
  /** Lets so many seconds pass for lock and journal: all that was noted so far is older by them. */
  age(seconds: number): Promise<void>;
  /** Puts the host's files onto a commit by hand. */
  checkOut(commit: string): Promise<void>;
  /** Starts the app's commands by hand, as its developer would: `start` or `stop`. */
  byHand(what: "start" | "stop"): Promise<void>;
  /** From now on, the end of this process does not end what runs in the shop. */
  leave(): void;
}

/**
 * What starts and stops the app, as shell text run in its folder. It starts it as people do, in the background, and waits until
 * the app says that it listens, or is gone: a test gives a version that is to fail a second or two, and they are for what
 * the app answers, and not for how long a busy machine takes to start it. An app that is to come late says so at once.
 */
export const START =
  'set -a; . ./.env; set +a; test -x "$NODE"; rm -f app.up; APP_UP=app.up nohup "$NODE" server.cjs >app.log 2>&1 & echo $! >app.pid; turn=0; until [ -e app.up ] || ! grep -q "^State:.[^Z]" /proc/$!/status 2>/dev/null || [ $((turn += 1)) -gt 600 ]; do sleep 0.05; done';
// Waits until it is gone, or a zombie: kill -0 would find that one alive until somebody reaps it.
export const STOP =
  "if [ -f app.pid ]; then p=$(cat app.pid); kill $p 2>/dev/null || true; while grep -q '^State:.[^Z]' /proc/$p/status 2>/dev/null; do sleep 0.05; done; rm -f app.pid; fi";

/** What a shop is made of. */
export interface ShopWorld {
  readonly origin: Origin;
  readonly database: FreshDatabase;
  readonly port: number;
  /** Its settings, beside those that every shop has. */
  readonly profile?: Profile | undefined;
}

export async function openShop(options: { readonly database?: string; readonly profile?: Profile } = {}): Promise<Shop> {
  const [origin, database, port] = await Promise.all([createOrigin(), freshDatabase(options.database), freePort()]);
  const world = { origin, database, port, profile: options.profile };
  await furnish(world);
  return shopIn(world);
}

interface Places {
  readonly checkout: string;
  readonly appDir: string;
  readonly stateDir: string;
  readonly home: string;
  readonly url: string;
}

function placesOf({ origin: { folder }, port }: ShopWorld): Places {
  const [checkout, appDir, stateDir, home] = ["work", "app", "state", "home"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  return { checkout, appDir, stateDir, home, url: `http://127.0.0.1:${port}` };
}

function firstProfile(world: ShopWorld): Profile {
  const { appDir, stateDir, url } = placesOf(world);
  return merged(
    {
      "app-dir": appDir,
      "state-dir": stateDir,
      "database-url": "env:DATABASE_URL",
      // Not what most tests are about, and what it costs they would pay at every deploy; null gives the default back.
      backup: { verify: "read" },
      rollout: { "stop-command": STOP, "start-command": START },
      health: { url: `${url}/health`, "expect-version": "json:commit", timeout: "30s", interval: "50ms", successes: 2 },
    },
    world.profile ?? {},
  );
}

/** The first commit, and the host: the app's clone, which is on it, and its `.env`. */
async function furnish(world: ShopWorld): Promise<void> {
  const { origin, database, port } = world;
  const { appDir, home } = placesOf(world);
  await mkdir(home);
  const first = await origin.commitFiles(
    {
      "server.cjs": await readFile(new URL("shop-server.cjs", import.meta.url), "utf8"),
      ".gitignore": ".env\napp.pid\napp.log\napp.up\n",
      "migrations/001_notes.sql": "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body text);\n-- DOWN\nDROP TABLE notes;\n",
      "behaviour.json": "{}",
      "savepoint.yml": settingsFile(firstProfile(world)),
    },
    "Version 1.0",
  );
  await origin.clone("app");
  await git(appDir, "checkout", "--quiet", "--detach", first);
  const settings = { DATABASE_URL: database.url, PORT: port, NODE, PG_MODULE: join(REPOSITORY, "node_modules", "pg") };
  await writeFile(
    join(appDir, ".env"),
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
  );
}

/** The shop of a world that was furnished. */
export function shopIn(world: ShopWorld): Shop {
  const { origin, database } = world;
  const { folder } = origin;
  const { checkout, appDir, stateDir, home, url } = placesOf(world);
  let profile = firstProfile(world);
  const base: Record<string, string | undefined> = { PATH: process.env["PATH"], HOME: home, USER: "ada", LC_ALL: "C.UTF-8", ...COMPILED };

  const commit = async (change: Change = {}): Promise<string> => {
    profile = merged(profile, change.profile ?? {});
    if (change.on !== undefined) await git(checkout, "read-tree", "-u", "--reset", change.on);
    const migrations = Object.entries(change.migrations ?? {}).map(([name, sql]) => [`migrations/${name}`, sql] as const);
    return await origin.commitFiles(
      {
        "savepoint.yml": settingsFile(change.timeout === undefined ? profile : merged(profile, { health: { timeout: change.timeout } })),
        "behaviour.json": JSON.stringify(change.behaviour ?? {}),
        ...Object.fromEntries(migrations),
        ...change.files,
      },
      change.message ?? "A change",
    );
  };
  const start = (operation: string, given: Flags = {}, run: RunOptions = {}) => {
    const flags = confirmed(operation, given, run);
    const words = Object.entries(flags).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
    const env = { ...base, ...(run.workflow === undefined ? { SAVEPOINT_RUN: "ada@desk" } : workflowOf(run.workflow)), ...run.env };
    const child = launch([run.program ?? CLI, operation, ...words, "--json"], run, { cwd: checkout, env });
    const done = ended(child).then((end): Run => {
      const wrong = miscounted(end.stdout + end.stderr);
      if (wrong.length > 0) throw new Error(`${operation} counts wrongly: ${wrong.join("; ")}`);
      return { ...end, json: toldIn(end.stdout) };
    });
    return { child, done };
  };

  // A test that runs out of time does not dispose of its shop.
  const atExit = (): void => endAllIn(folder);
  process.once("exit", atExit);
  const shop: Shop = {
    folder,
    database,
    origin,
    checkout,
    appDir,
    stateDir,
    url,
    commit,
    start,
    run: async (operation, flags, run) => await start(operation, flags, run).done,
    paste: async (command, options = {}) =>
      await pasteIn(command, { cwd: options.cwd ?? home, env: { ...base, SAVEPOINT_RUN: "ada@desk", ...options.env } }),
    action: async (name, inputs, run) => await runEntry({ folder, checkout, env: base }, name, inputs, run),
    async deployed(change) {
      if (change !== undefined) await commit(change);
      const run = await shop.run("deploy");
      if (run.code !== 0) throw new Error(`the deploy ended with ${run.code}\n${run.stderr}`);
      const { commit: sha, savepoint, "stable-tag": tag } = run.json.outputs;
      return { commit: sha, savepoint, tag };
    },
    async health() {
      try {
        const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(20_000) });
        const body = await response.text();
        return { status: response.status, body, commit: response.ok ? (JSON.parse(body) as { commit: string }).commit : undefined };
      } catch {
        return undefined;
      }
    },
    head: async () => await git(appDir, "rev-parse", "HEAD"),
    async tags() {
      const lines = await git(origin.url, "for-each-ref", "--format=%(refname:short) %(objectname) %(*objectname)", "refs/tags");
      return new Map(
        lines
          .split("\n")
          .filter(Boolean)
          .map((line) => peeled(line.split(" "))),
      );
    },
    async journal() {
      const text = await readFile(join(stateDir, "journal.jsonl"), "utf8");
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown);
    },
    age: async (seconds) => await ageState(stateDir, seconds),
    async checkOut(sha) {
      await git(appDir, "fetch", "--quiet");
      await git(appDir, "checkout", "--quiet", "--detach", sha);
    },
    async byHand(what) {
      const end = await ended(
        spawn("sh", ["-c", what === "start" ? START : STOP], { cwd: appDir, env: base, stdio: ["ignore", "pipe", "pipe"] }),
      );
      if (end.code !== 0) throw new Error(`${what} ended with ${end.code}: ${end.stderr}`);
    },
    leave: () => void process.off("exit", atExit),
    async [Symbol.asyncDispose]() {
      shop.leave();
      endAllIn(folder);
      await database[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
  return shop;
}

/** Where a built action runs. */
export interface EntryWorld {
  /** The runner's own files go into folders in it. */
  readonly folder: string;
  readonly checkout: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A person who deploys or marks read the plan; whoever tests that says `confirm` himself. */
export function confirmed(operation: string, flags: Flags, { workflow, env }: RunOptions): Flags {
  const terminal = workflow === undefined && env?.["GITHUB_RUN_ID"] === undefined;
  if (!["deploy", "mark-stable"].includes(operation) || !terminal || flags["confirm"] !== undefined || flags["dry-run"] !== undefined)
    return flags;
  return { ...flags, confirm: String(flags["environment"] ?? "production") };
}

/** Runs a printed command as whoever pastes it into a shell. */
export async function pasteIn(command: string, world: Pick<EntryWorld, "env"> & { readonly cwd: string }): Promise<Run> {
  // What a workflow's log says of it: `savepoint` is `node …/cli.js`.
  const whole = command.replace(/^savepoint /, `${NODE} ${CLI} `);
  // Others that are printed (`sed`, `rm`) take no words of ours.
  const ours = /^(?:\S*\/)?node /.test(whole);
  const end = await ended(spawn("sh", ["-c", ours ? `${whole} --json` : whole], { ...world, stdio: ["ignore", "pipe", "pipe"] }));
  return { ...end, json: toldIn(end.stdout) };
}

let entries = 0;

/** A built action as a process, started as a runner starts it: `INPUT_*`, `GITHUB_*` files. The default workflow is `100.1`. */
export async function runEntry(
  { folder, checkout, env: base }: EntryWorld,
  name: string,
  inputs: Readonly<Record<string, string>> = {},
  run: RunOptions = {},
): Promise<ActionRun> {
  entries += 1;
  const files = join(folder, `runner-${entries}`);
  await mkdir(files);
  const paths = Object.fromEntries(["OUTPUT", "STEP_SUMMARY", "ENV", "STATE", "PATH"].map((file) => [`GITHUB_${file}`, join(files, file)]));
  for (const path of Object.values(paths)) await writeFile(path, "");
  const given = Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => [`INPUT_${input.replaceAll(" ", "_").toUpperCase()}`, value]),
  );
  const env = {
    ...base,
    GITHUB_ACTIONS: "true",
    CI: "true",
    GITHUB_WORKSPACE: checkout,
    ...workflowOf(run.workflow ?? "100.1"),
    GITHUB_SHA: await git(checkout, "rev-parse", "HEAD"),
    ...paths,
    ...given,
    ...run.env,
  };
  const end = await ended(launch([join(REPOSITORY, "dist", `${name}.js`)], run, { cwd: checkout, env }));
  return {
    ...end,
    outputs: wholeNumbers(outputsIn(await readFile(join(files, "OUTPUT"), "utf8"))),
    summary: await readFile(join(files, "STEP_SUMMARY"), "utf8"),
  };
}

/** The result object of a command. */
// oxlint-disable-next-line no-explicit-any -- what it holds is what the tests are about
export function toldIn(stdout: string): any {
  const json = stdout.trim() === "" ? undefined : JSON.parse(stdout);
  wholeNumbers(json?.outputs);
  return json;
}

/** Times and sizes are whole numbers, whatever was run: other steps of a workflow compare them. */
function wholeNumbers<T extends Readonly<Record<string, unknown>> | undefined>(outputs: T): T {
  const odd = Object.entries(outputs ?? {}).filter(([name, value]) => /-(?:ms|bytes)$/.test(name) && !/^\d+$/.test(String(value)));
  if (odd.length > 0) throw new Error(`no whole numbers: ${JSON.stringify(odd)}`);
  return outputs;
}

/** Node with these words, as the options say. */
export function launch(
  words: readonly string[],
  run: RunOptions,
  world: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): ChildProcess {
  const [program = "", ...rest] = [...(run.under ?? []), NODE, ...words];
  const child = spawn(program, rest, { cwd: run.cwd ?? world.cwd, env: world.env, stdio: ["ignore", "pipe", "pipe"] });
  run.started?.(child);
  return child;
}

/** A tag's name and the commit behind it, annotated or not. */
function peeled([name = "", object = "", commit = ""]: readonly string[]): readonly [string, string] {
  return [name, commit === "" ? object : commit];
}

export function settingsFile(profile: Profile): string {
  return stringify({ app: "shop", environments: { production: profile } });
}

/** Settings of one level of sections, the later ones over the earlier; null takes one away. */
export function merged(under: Profile, over: Profile): Profile {
  const result: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = result[name];
    if (value === null) delete result[name];
    else if (isSection(value) && isSection(before)) result[name] = merged(before, value);
    else result[name] = value;
  }
  return result;
}

function isSection(value: unknown): value is Profile {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function workflowOf(owner: string): Record<string, string> {
  const [run = "", attempt = "1"] = owner.split(".");
  return { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt, GITHUB_REPOSITORY: "example/shop", GITHUB_ACTOR: "ada" };
}

export async function ended(child: ChildProcess): Promise<Omit<Run, "json">> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8");
    child[name]?.on("data", (text: string) => (texts[name] += text));
  }
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** `name=value` and `name<<delimiter` as the runner reads them. */
function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    const plain = /^([^=]+)=(.*)$/.exec(line);
    if (heredoc) {
      const end = lines.indexOf(heredoc[2] ?? "", at + 1);
      outputs[heredoc[1] ?? ""] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (plain) outputs[plain[1] ?? ""] = plain[2] ?? "";
  }
  return outputs;
}
