import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { docker } from "./engine.ts";
import { createOrigin, git, type Origin } from "./git.ts";
import type { Host } from "./host.ts";
import { NODE_IMAGE, POSTGRES_IMAGE } from "./images.ts";
import { freePort } from "./postgres.ts";
import { CLI, COMPILED } from "./program.ts";
import {
  confirmed,
  type ActionRun,
  type Change,
  ended,
  type Flags,
  type Health,
  launch,
  merged,
  pasteIn,
  type Profile,
  type Run,
  runEntry,
  type RunOptions,
  settingsFile,
  toldIn,
  workflowOf,
} from "./shop.ts";

/** A container of the shop's project. */
export interface ShopContainer {
  readonly id: string;
  readonly service: string;
  readonly state: string;
}

/**
 * The shop on a real server: a test host with the app's clone and its compose project (`web`, built from the commit, and
 * `postgres`, whose only role is a superuser, as the official image makes it), an untracked `.env`, a relative mount; an
 * origin that the host reaches over the network; a developer's checkout here.
 */
export interface ComposeShop extends AsyncDisposable {
  readonly host: Host;
  readonly origin: Origin;
  readonly checkout: string;
  /** On the host. */
  readonly appDir: string;
  /** On the host: the default one. */
  readonly stateDir: string;
  /** As `savepoint.yml` calls it. */
  readonly app: string;
  /** The compose project's name. */
  readonly project: string;
  /** The app's own, as this machine reaches it. */
  readonly url: string;
  /** What gives commands the way to the host: the key, and the keys it is known by. */
  readonly ssh: Readonly<Record<string, string>>;
  /** Commits and pushes a version, and returns its commit. The checkout is on it afterwards. */
  commit(change?: Change): Promise<string>;
  /** `savepoint <operation> --flag value … --json`, as a process here. A flag of `true` stands alone. */
  run(operation: string, flags?: Flags, options?: RunOptions): Promise<Run>;
  /** The same from a folder that holds nothing, with no more than the host and the environment. */
  fromAfar(operation: string, flags?: Flags, options?: RunOptions): Promise<Run>;
  /** Runs a printed command as whoever pastes it into a shell, from a folder that knows nothing. */
  paste(command: string): Promise<Run>;
  /** The same as `run`, but not waited for. */
  start(operation: string, flags?: Flags, options?: RunOptions): { readonly child: ChildProcess; readonly done: Promise<Run> };
  /** A built action as a process, started as a runner starts it; it is given no more than these inputs. */
  action(name: string, inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<ActionRun>;
  health(): Promise<Health | undefined>;
  /** The commit that is checked out on the host. */
  head(): Promise<string>;
  /** Commits by the origin's tag names. */
  tags(): Promise<ReadonlyMap<string, string>>;
  // oxlint-disable-next-line no-explicit-any -- read as whoever opens the file sees it
  journal(): Promise<readonly any[]>;
  /** Runs SQL as the superuser, asked of the database itself. While a deploy runs: in `postgres`, not in `shop`. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Compose by hand, as the host's user: what it said. */
  compose(...words: readonly string[]): Promise<string>;
  /** All containers of the project, also stopped ones. */
  containers(): Promise<readonly ShopContainer[]>;
  /** Whether the host reaches the origin. */
  serveOrigin(served: boolean): Promise<void>;
}

export interface ComposeShopOptions {
  /** How the database is named. Default: `database-service: postgres`. With `url`, `database-url: env:DATABASE_URL`, for a host with PostgreSQL's tools. */
  readonly database?: "service" | "url";
  readonly profile?: Profile;
  /** How compose is called on the host, also by hand. Default: `docker compose`. */
  readonly composeCommand?: (host: Host) => string;
  /** The name of the folder that it lies in. Default: the project's name. */
  readonly folder?: string;
  /** The first version's files, given the compose project's name and the usual compose file: more, or others. */
  readonly files?: (project: string, compose: string) => Readonly<Record<string, string>>;
  /** Whether only the database is up: the app's clone is fresh, and no version of it ever ran. */
  readonly fresh?: boolean;
  /** The superuser that the database's service makes. Default: `shop`, whom the app is too. */
  readonly superuser?: string;
}

const DOCKERFILE = `FROM ${NODE_IMAGE}
COPY server.cjs behaviour.json ./
ARG COMMIT
ENV COMMIT=$COMMIT LISTEN=0.0.0.0 PORT=3000
CMD ["node", "server.cjs"]
`;

const COMPOSE = `services:
  web:
    build:
      context: .
      args:
        COMMIT: \${SAVEPOINT_COMMIT:-by-hand}
    restart: unless-stopped
    environment:
      DATABASE_URL: postgres://shop:\${DB_PASSWORD}@postgres/shop
    ports:
      - \${PORT}:3000
    volumes:
      - ./uploads:/srv/uploads
    depends_on:
      postgres:
        condition: service_healthy
  postgres:
    image: ${POSTGRES_IMAGE}
    command: ["-c", "fsync=off"]
    restart: unless-stopped
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: \${DB_PASSWORD}
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: pg_isready -q -h 127.0.0.1
      # Often until it is there, and then hardly ever: each look starts a process in the container.
      interval: 1h
      start_period: 120s
      start_interval: 200ms
volumes:
  data:
`;

const PASSWORD = "secret-word";
let shops = 0;

/** Opens a shop on the host, its first version brought up by hand, as before anybody knew of savepoints. */
export async function openComposeShop(host: Host, options: ComposeShopOptions = {}): Promise<ComposeShop> {
  shops += 1;
  const [origin, port, databasePort] = await Promise.all([createOrigin({ onDisk: true }), freePort(), freePort()]);
  const project = `shop${process.pid}x${shops}`;
  const [appDir, checkout] = [join(host.folder, options.folder ?? project), join(origin.folder, "work")];
  const [home, empty] = [join(origin.folder, "home"), join(origin.folder, "empty")];
  for (const folder of [home, empty]) await mkdir(folder);
  const byUrl = options.database === "url";
  const composeCommand = options.composeCommand?.(host) ?? "docker compose";
  const { superuser = "shop" } = options;
  let profile = merged(
    {
      host: host.login,
      "app-dir": appDir,
      ...(options.composeCommand !== undefined && { "compose-command": composeCommand }),
      ...(byUrl ? { "database-url": "env:DATABASE_URL" } : { "database-service": "postgres" }),
      health: { url: `http://localhost:${port}/health`, "expect-version": "json:commit", timeout: "60s", interval: "100ms", successes: 2 },
    },
    options.profile ?? {},
  );
  const app = `shop${shops}`;
  const settings = (changed: Profile): string => settingsFile(changed).replace(/^app: shop$/m, `app: ${app}`);
  const ssh = { SAVEPOINT_SSH_KEY: host.key, SAVEPOINT_SSH_KNOWN_HOSTS: host.knownHosts };
  const plain: Record<string, string | undefined> = { PATH: process.env["PATH"], HOME: home, USER: "ada", LC_ALL: "C.UTF-8", ...COMPILED };
  const daemon = await startDaemon(origin.folder, host.runner);

  const start = (operation: string, given: Flags = {}, run: RunOptions = {}) => {
    const words = Object.entries(confirmed(operation, given, run)).flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [`--${name}`, String(value)],
    );
    const env = {
      ...plain,
      ...ssh,
      ...(run.workflow === undefined ? { SAVEPOINT_RUN: "ada@desk" } : workflowOf(run.workflow)),
      ...run.env,
    };
    const child = launch([CLI, operation, ...words, "--json"], run, { cwd: checkout, env });
    const done = ended(child).then((end): Run => ({ ...end, json: toldIn(end.stdout) }));
    return { child, done };
  };

  const first = await origin.commitFiles(
    {
      "server.cjs": await readFile(new URL("shop-server.cjs", import.meta.url), "utf8"),
      Dockerfile: DOCKERFILE,
      "compose.yml": byUrl
        ? COMPOSE.replace("    volumes:\n      - data", `    ports:\n      - ${databasePort}:5432\n    volumes:\n      - data`)
        : COMPOSE,
      ".gitignore": ".env\nuploads/\n",
      "migrations/001_notes.sql": "-- UP\nCREATE TABLE notes (id serial PRIMARY KEY, body text);\n-- DOWN\nDROP TABLE notes;\n",
      "behaviour.json": JSON.stringify({ query: "SELECT 1" }),
      "savepoint.yml": settings(profile),
      ...options.files?.(project, COMPOSE),
    },
    "Version 1.0",
  );
  const composeFiles = (profile["compose-file"] as readonly string[] | undefined) ?? [];
  const compose = async (...words: readonly string[]): Promise<string> =>
    await host.run([composeCommand, ...composeFiles.flatMap((file) => ["--file", file]), ...words].join(" "), { cwd: appDir });
  await host.run(`git clone --quiet ${daemon.url}/origin.git "$APP" && cd "$APP" && git checkout --quiet --detach ${first}`, {
    env: { APP: appDir },
  });
  const environment = { PORT: port, DB_PASSWORD: PASSWORD, DATABASE_URL: `postgres://shop:${PASSWORD}@localhost:${databasePort}/shop` };
  await host.run(
    `mkdir uploads && chmod 777 uploads && printf '%s\\n' ${Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ")} >.env`,
    { cwd: appDir },
  );
  await host.publish(port);
  if (byUrl) await host.publish(databasePort);
  await (options.fresh === true ? compose("up", "--detach", "--wait", "postgres") : compose("up", "--detach", "--build", "--quiet-pull"));

  const url = `http://127.0.0.1:${port}`;
  const stateDir = join(host.home, ".local/state/savepoint", app, "production");
  const containers = async (): Promise<readonly ShopContainer[]> => {
    const format = `{{.ID}} {{.Label "com.docker.compose.service"}} {{.State}}`;
    const listed = await docker(["ps", "--all", "--filter", `label=com.docker.compose.project=${project}`, "--format", format]);
    return listed
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [id = "", service = "", state = ""] = line.split(" ");
        return { id, service, state };
      });
  };
  // Asked for once: it stays while the container does.
  let address: string | undefined;
  const connected = async (database: string): Promise<pg.Client> => {
    const known = address;
    if (address === undefined) {
      const id = (await containers()).find(({ service }) => service === "postgres")?.id ?? "";
      address = await docker(["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id]);
    }
    const client = new pg.Client({ host: address, user: superuser, password: PASSWORD, database });
    // What a test holds a lock with may be ended by what is tested: who asks next is told, nobody else.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      address = undefined;
      if (known === undefined) throw error;
      return await connected(database);
    }
  };
  return {
    host,
    origin,
    checkout,
    appDir,
    stateDir,
    app,
    project,
    url,
    ssh,
    start,
    compose,
    containers,
    async commit(change = {}) {
      profile = merged(profile, change.profile ?? {});
      if (change.on !== undefined) await git(checkout, "read-tree", "-u", "--reset", change.on);
      const migrations = Object.entries(change.migrations ?? {}).map(([name, sql]) => [`migrations/${name}`, sql] as const);
      return await origin.commitFiles(
        {
          "savepoint.yml": settings(change.timeout === undefined ? profile : merged(profile, { health: { timeout: change.timeout } })),
          "behaviour.json": JSON.stringify(change.behaviour ?? {}),
          ...Object.fromEntries(migrations),
          ...change.files,
        },
        change.message ?? "A change",
      );
    },
    run: async (operation, flags, run) => await start(operation, flags, run).done,
    fromAfar: async (operation, flags, run) =>
      await start(operation, { host: host.login, app, environment: "production", ...flags }, { ...run, cwd: empty }).done,
    paste: async (command) => await pasteIn(command, { cwd: empty, env: { ...plain, ...ssh, SAVEPOINT_RUN: "ada@desk" } }),
    action: async (name, inputs, run = {}) =>
      await runEntry({ folder: origin.folder, checkout, env: plain }, name, inputs, {
        ...run,
        env: { GITHUB_REPOSITORY: `acme/${app}`, ...run.env },
      }),
    async health() {
      try {
        const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(20_000) });
        const body = await response.text();
        return { status: response.status, body, commit: response.ok ? (JSON.parse(body) as { commit: string }).commit : undefined };
      } catch {
        return undefined;
      }
    },
    head: async () => await host.run("git rev-parse HEAD", { cwd: appDir }),
    async tags() {
      const lines = await git(origin.url, "for-each-ref", "--format=%(refname:short) %(objectname) %(*objectname)", "refs/tags");
      return new Map(
        lines
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split(" "))
          .map(([name = "", object = "", commit = ""]) => [name, commit === "" ? object : commit]),
      );
    },
    async journal() {
      const text = await readFile(join(stateDir, "journal.jsonl"), "utf8");
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown);
    },
    async sql(text, database = "shop") {
      const client = await connected(database);
      try {
        return (await client.query(text)).rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    serveOrigin: async (served) => await (served ? daemon.start() : daemon.stop()),
    async [Symbol.asyncDispose]() {
      await compose("down", "--volumes", "--remove-orphans", "--timeout=1").catch(() => undefined);
      // By name: by its id an image would lose all names, the lab's own too.
      const images = await docker([
        "image",
        "ls",
        "--format",
        "{{.Repository}}:{{.Tag}}",
        "--filter",
        `reference=*${project}*`,
        "--filter",
        `reference=*/${project}*`,
      ]);
      const unique = [...new Set(images.split("\n").filter(Boolean))];
      if (unique.length > 0) await docker(["image", "rm", "--force", ...unique]).catch(() => undefined);
      await daemon.stop();
      await origin[Symbol.asyncDispose]();
    },
  };
}

interface Daemon {
  /** `git://address:port`. */
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Git's own server for the bare repositories in a folder. */
async function startDaemon(folder: string, address: string): Promise<Daemon> {
  const port = await freePort();
  // Not through `git`, which would leave it behind when killed.
  const program = join(await git(folder, "--exec-path"), "git-daemon");
  let child: ChildProcess | undefined;
  const kill = (): void => void child?.kill("SIGKILL");
  process.once("exit", kill);
  const daemon: Daemon = {
    url: `git://${address}:${port}`,
    async start() {
      const words = [
        "--reuseaddr",
        `--listen=${address}`,
        `--port=${port}`,
        "--export-all",
        "--enable=receive-pack",
        `--base-path=${folder}`,
      ];
      child = spawn(program, [...words, folder], { stdio: "ignore" });
      while (!(await reachable(port, address))) await new Promise((done) => setTimeout(done, 20));
    },
    async stop() {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = new Promise((done) => ending.once("exit", done));
      ending.kill("SIGTERM");
      await gone;
    },
  };
  await daemon.start();
  return daemon;
}

async function reachable(port: number, address: string): Promise<boolean> {
  return await new Promise((done) => {
    const socket = connect(port, address);
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
